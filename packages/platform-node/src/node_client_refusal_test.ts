import type { Server, Socket } from "node:net"
import { type ClientEncryption, CtiClient } from "@ctid/client"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { type Certificate, makeAuthority } from "../test/certificates.ts"
import { serving, startTlsServer, tlsServer } from "../test/servers.ts"
import { issueServerCertificate, makeCertificateAuthority } from "./certificate_authority.ts"
import { NodeClientTransport, type NodeClientTransportOptions } from "./node_client_transport.ts"

const authority = makeAuthority("the company's CA")
const stranger = makeAuthority("somebody else's CA")
const issue = (names: ReadonlyArray<string>, from = -30, until = 30): Certificate =>
  authority.issue({ name: "pbx", names, from, until })

/** The first line that anybody says inside TLS, to a server that shows this certificate. */
const server = (encryption: ClientEncryption, certificate: Certificate, heard: Array<string>): Server => {
  const listen = (socket: Socket): void => {
    socket
      .on("error", () => {})
      .on("data", (chunk) => {
        heard.push(chunk.toString())
        socket.end('{"class":"login_id","error_string":"toomuchusers:1"}\n')
      })
  }
  const shown = { cert: certificate.cert, key: certificate.key }
  if (encryption === "tls") return tlsServer(shown, listen)
  const said = { offer: '{"class":"starttls"}\n', confirmation: '{"class":"starttls","starttls":true}\n' }
  return startTlsServer(shown, said, listen)
}

const signIn = (options: NodeClientTransportOptions) =>
  Effect.flip(CtiClient.make({ login: "blue", password: Redacted.make("s3cret-word"), reconnect: false })).pipe(
    Effect.provide([NodeClientTransport.layer(options), NodeCrypto.layer])
  )

for (const encryption of ["tls", "starttls"] as const) {
  /** Why a client of the company is not signed in by that server, and what the server heard. */
  const refused = (certificate: Certificate, tls: NonNullable<NodeClientTransportOptions["tls"]> | undefined) =>
    Effect.gen(function* () {
      const heard: Array<string> = []
      const port = yield* serving(server(encryption, certificate, heard))
      const end = yield* signIn({ host: "127.0.0.1", port, encryption, tls })
      return { heard, tag: end._tag, message: end.message.replace(String(port), "PORT") }
    })

  const cases: ReadonlyArray<
    readonly [
      what: string,
      certificate: Certificate,
      tls: NonNullable<NodeClientTransportOptions["tls"]> | undefined,
      message: string
    ]
  > = [
    [
      "an unknown issuer",
      issue(["127.0.0.1"]),
      { ca: stranger.cert },
      "the certificate's issuer is not known here: give its CA certificate"
    ],
    [
      "an issuer that no CA of this machine vouches for",
      issue(["127.0.0.1"]),
      undefined,
      "the certificate's issuer is not known here: give its CA certificate"
    ],
    [
      "a wrong name",
      issue(["other.example", "192.0.2.1"]),
      { ca: authority.cert, serverName: "pbx.example" },
      "the certificate is for DNS:other.example, IP:192.0.2.1, not for pbx.example"
    ],
    [
      "a wrong address",
      issue(["other.example"]),
      { ca: authority.cert },
      "the certificate is for DNS:other.example, not for 127.0.0.1"
    ],
    [
      "an expired certificate",
      issue(["127.0.0.1"], -30, -1),
      { ca: authority.cert },
      "the certificate, or one of its issuers, has expired (or this machine's clock is wrong)"
    ],
    [
      "one that is not valid yet",
      issue(["127.0.0.1"], 1, 30),
      { ca: authority.cert },
      "the certificate is not valid yet (or this machine's clock is wrong)"
    ]
  ]

  describe(`@ctid/client over ${encryption}`, () => {
    for (const [what, certificate, tls, message] of cases) {
      it.live(`refuses ${what}, says precisely that, and tells the server nothing`, () =>
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* refused(certificate, tls), {
            heard: [],
            tag: "ClientTransportError",
            message: `127.0.0.1:PORT: ${message}`
          })
        })
      )
    }

    it.live("signs in at a server whose certificate is the CA's, for the name that is called", () =>
      Effect.gen(function* () {
        const own = yield* makeCertificateAuthority({ name: "Example's CA", days: 10 })
        const { certificate, key } = yield* issueServerCertificate(own, { names: ["cti.example", "127.0.0.1"], days: 5 })
        for (const serverName of [undefined, "cti.example"]) {
          const made = { cert: certificate, key: Redacted.value(key) }
          const { heard, tag } = yield* refused(made, { ca: own.certificate, serverName })
          assert.strictEqual(tag, "ClientLoginError")
          assert.match(heard[0] ?? "", /^\{"class":"login_id","userlogin":"blue",/)
        }
      })
    )
  })
}
