import { createServer, type Socket } from "node:net"
import type { TlsOptions } from "node:tls"
import { until } from "@ctid/testing/contracts/contract"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { makeAuthority } from "../test/certificates.ts"
import { serving, startTlsServer, tlsServer } from "../test/servers.ts"
import { readCertificates } from "./certificate.ts"
import { issueServerCertificate, makeCertificateAuthority } from "./certificate_authority.ts"
import { type ServedCertificate, type ServedCertificateOptions, servedCertificate } from "./served_certificate.ts"

const authority = makeAuthority("the company's CA")
const local = authority.issue({ name: "pbx", names: ["pbx.example", "127.0.0.1"] })
const said = { offer: '{"class":"starttls"}\n', confirmation: '{"class":"starttls","starttls":true}\n' }
const quiet = (socket: Socket): void => void socket.on("error", () => {}).resume()

const look = (port: number, options: Partial<ServedCertificateOptions> = {}) =>
  servedCertificate({ host: "127.0.0.1", port, ca: authority.cert, ...options })
const subjects = ({ chain }: ServedCertificate) => Result.getOrThrow(readCertificates(chain)).map(({ subject }) => subject)

describe("what a server shows", () => {
  for (const startTls of [false, true]) {
    const server = (options: TlsOptions) => serving(startTls ? startTlsServer(options, said, quiet) : tlsServer(options, quiet))

    it.live(`is its chain, and whether a client would believe it (${startTls ? "STARTTLS" : "TLS"})`, () =>
      Effect.gen(function* () {
        const own = yield* makeCertificateAuthority({ name: "Example's CA", days: 10 })
        const { certificate, key } = yield* issueServerCertificate(own, { names: ["cti.example"], days: 5 })
        const port = yield* server({ cert: certificate, key: Redacted.value(key) })
        const good = yield* look(port, { startTls, ca: own.certificate, serverName: "cti.example" })
        assert.deepStrictEqual(good, { chain: certificate, protocol: "TLSv1.3", refusal: null })
        assert.deepStrictEqual(subjects(good), ["CN=cti.example", "CN=Example's CA"])
        assert.strictEqual(
          (yield* look(port, { startTls, ca: own.certificate })).refusal,
          "the certificate is for DNS:cti.example, not for 127.0.0.1"
        )
        const strange = yield* look(port, { startTls })
        assert.strictEqual(strange.refusal, "the certificate's issuer is not known here: give its CA certificate")
        assert.strictEqual(strange.chain, certificate)
      })
    )
  }

  it.live("is seen also where no client would go on: expired, or TLS 1.0", () =>
    Effect.gen(function* () {
      const expired = authority.issue({ name: "old", names: ["127.0.0.1"], until: -1 })
      const old = { minVersion: "TLSv1", maxVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" } as const
      const seen = yield* look(yield* serving(tlsServer({ ...expired, ...old }, quiet)))
      assert.deepStrictEqual([subjects(seen), seen.protocol], [["CN=old", "CN=the company's CA"], "TLSv1"])
      assert.match(seen.refusal ?? "", /has expired/)
    })
  )

  it.live("leaves nothing behind at the server", () =>
    Effect.gen(function* () {
      let open = 0
      const server = tlsServer(local, quiet).on("connection", (socket: Socket) => {
        open++
        socket.on("close", () => open--)
      })
      const port = yield* serving(server)
      yield* Effect.all(
        Array.from({ length: 5 }, () => look(port)),
        { concurrency: 5 }
      )
      yield* until("all have left", () => open === 0)
    })
  )

  it.live("is nothing where no TLS is spoken, or it is not offered", () =>
    Effect.gen(function* () {
      const failure = (server: ReturnType<typeof createServer>, options: Partial<ServedCertificateOptions>) =>
        Effect.gen(function* () {
          const port = yield* serving(server)
          const error = yield* Effect.flip(look(port, options))
          return `${error.reason} ${error.message.replace(String(port), "PORT")}`
        })
      const says = (text: string) =>
        createServer((socket) => {
          quiet(socket)
          socket.write(text)
        })
      assert.strictEqual(
        yield* failure(says('{"class":"starttls"}\n'), {}),
        "tls 127.0.0.1:PORT: the other end does not speak TLS: is this its clear-text port?"
      )
      assert.strictEqual(
        yield* failure(says(""), { startTls: true, timeout: 200 }),
        "timeout 127.0.0.1:PORT: no offer of STARTTLS within 200 ms"
      )
      assert.strictEqual(
        yield* failure(says('{"class":"starttls"}\n{"class":"starttls","starttls":false}\n'), { startTls: true, timeout: 200 }),
        "timeout 127.0.0.1:PORT: no confirmation of STARTTLS within 200 ms"
      )
      const leaves = createServer((socket) => socket.on("error", () => {}).end(said.offer))
      assert.strictEqual(
        yield* failure(leaves, { startTls: true }),
        "tls 127.0.0.1:PORT: the other end closed the connection before its confirmation of STARTTLS"
      )
      const nobody = yield* Effect.flip(look(1))
      assert.strictEqual(nobody.reason, "connect")
      assert.strictEqual((yield* Effect.flip(look(70_000))).message, "127.0.0.1:70000: that is no port: use 1 to 65535")
    })
  )
})
