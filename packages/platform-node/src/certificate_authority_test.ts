import { execFileSync } from "node:child_process"
import { createPrivateKey, X509Certificate } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { connect, type PeerCertificate } from "node:tls"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { TestClock } from "effect/testing"
import { serving, tlsServer } from "../test/servers.ts"
import {
  issueClientCertificate,
  issueServerCertificate,
  type KeyedCertificate,
  makeCertificateAuthority
} from "./certificate_authority.ts"

const DAY = 86_400_000
const names = ["pbx.example", "localhost", "127.0.0.1", "::1"]

/** What `openssl verify` says of a chain, strictly; of a server's, unless the check names another purpose. */
const openssl = (authority: KeyedCertificate, server: KeyedCertificate, ...check: ReadonlyArray<string>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "ctid-ca-"))),
    (folder) =>
      Effect.sync(() => {
        const [ca, chain] = [join(folder, "ca.pem"), join(folder, "server.pem")]
        writeFileSync(ca, authority.certificate)
        writeFileSync(chain, server.certificate)
        const args = ["verify", "-x509_strict", "-purpose", "sslserver", ...check, "-CAfile", ca, chain]
        try {
          return execFileSync("openssl", args, { encoding: "utf8", stdio: "pipe" }).trim().replace(chain, "server.pem")
        } catch (error) {
          return String(error)
        }
      }),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
  )

/** The certificate that a verifying client of `node:tls` sees, or the code of its refusal. */
const handshake = (server: KeyedCertificate, ca: KeyedCertificate, servername: string) =>
  Effect.gen(function* () {
    const port = yield* serving(
      tlsServer({ cert: server.certificate, key: Redacted.value(server.key) }, (socket) => socket.on("error", () => {}))
    )
    const socket = yield* Effect.acquireRelease(
      Effect.sync(() => connect({ host: "127.0.0.1", port, ca: ca.certificate, servername })),
      (opened) => Effect.sync(() => opened.destroy())
    )
    return yield* Effect.callback<PeerCertificate | string>((resume) => {
      socket.on("error", (error: NodeJS.ErrnoException) => resume(Effect.succeed(error.code ?? error.message)))
      socket.on("secureConnect", () => resume(Effect.succeed(socket.getPeerCertificate())))
    })
  })

describe("a certificate authority of one's own", () => {
  for (const keyKind of ["ec", "rsa"] as const) {
    it.live(`issues what openssl and node:tls accept for each of its names (${keyKind})`, () =>
      Effect.gen(function* () {
        const authority = yield* makeCertificateAuthority({ name: "Example's CA", days: 3650, keyKind })
        const server = yield* issueServerCertificate(authority, { names, days: 825, keyKind })
        for (const check of [
          ["-verify_hostname", "pbx.example"],
          ["-verify_hostname", "localhost"],
          ["-verify_ip", "127.0.0.1"],
          ["-verify_ip", "::1"]
        ]) {
          assert.strictEqual(yield* openssl(authority, server, ...check), "server.pem: OK")
        }
        assert.match(yield* openssl(authority, server, "-verify_hostname", "other.example"), /ostname mismatch/)
        const seen = yield* handshake(server, authority, "pbx.example")
        assert.strictEqual(typeof seen === "string" ? seen : seen.subject.CN, "pbx.example")
      })
    )
  }

  it.live("issues clients what openssl accepts of a client, and of no server", () =>
    Effect.gen(function* () {
      const authority = yield* makeCertificateAuthority({ name: "Example's CA", days: 10 })
      const alice = yield* issueClientCertificate(authority, { name: "alice", days: 5 })
      assert.strictEqual(new X509Certificate(alice.certificate).subject, "CN=alice")
      assert.strictEqual(yield* openssl(authority, alice, "-purpose", "sslclient"), "server.pem: OK")
      assert.match(yield* openssl(authority, alice), /nsuitable certificate purpose/)
      for (const name of ["", "x".repeat(65)]) {
        assert.strictEqual((yield* Effect.flip(issueClientCertificate(authority, { name, days: 1 }))).reason, "name")
      }
    })
  )

  it.live("is not another one of the same name", () =>
    Effect.gen(function* () {
      const mine = yield* makeCertificateAuthority({ name: "the CA", days: 10 })
      const other = yield* makeCertificateAuthority({ name: "the CA", days: 10 })
      const server = yield* issueServerCertificate(mine, { names, days: 5 })
      assert.strictEqual(yield* handshake(server, other, "pbx.example"), "SELF_SIGNED_CERT_IN_CHAIN")
    })
  )

  it.effect("certificates begin a day ago, end when they should, and with their CA at the latest", () =>
    Effect.gen(function* () {
      const start = Date.UTC(2026, 5, 1)
      yield* TestClock.setTime(start)
      const authority = yield* makeCertificateAuthority({ name: "the CA", days: 36_500 })
      const server = new X509Certificate((yield* issueServerCertificate(authority, { names, days: 825 })).certificate)
      assert.strictEqual(server.validFromDate.getTime(), start - DAY)
      assert.strictEqual(server.validToDate.getTime(), start + 825 * DAY)
      const long = new X509Certificate((yield* issueServerCertificate(authority, { names, days: 100_000 })).certificate)
      assert.strictEqual(long.validToDate.getTime(), start + 36_500 * DAY)
      assert.strictEqual(new X509Certificate(authority.certificate).validToDate.getTime(), start + 36_500 * DAY)
    })
  )

  it.effect("the server's key may be kept, and its kinds are 2048 bits of RSA or P-256", () =>
    Effect.gen(function* () {
      const authority = yield* makeCertificateAuthority({ name: "the CA", days: 10 })
      const first = yield* issueServerCertificate(authority, { names, days: 5, keyKind: "rsa" })
      const second = yield* issueServerCertificate(authority, { names, days: 5, key: first.key })
      const third = yield* issueServerCertificate(authority, { names, days: 5 })
      assert.strictEqual(Redacted.value(second.key), Redacted.value(first.key))
      assert.notStrictEqual(second.certificate, first.certificate)
      assert.strictEqual(createPrivateKey(Redacted.value(first.key)).asymmetricKeyDetails?.modulusLength, 2048)
      assert.strictEqual(createPrivateKey(Redacted.value(third.key)).asymmetricKeyDetails?.namedCurve, "prime256v1")
    })
  )

  it.effect("refuses what is no name, and no names", () =>
    Effect.gen(function* () {
      const authority = yield* makeCertificateAuthority({ name: "the CA", days: 10 })
      const bad = yield* Effect.flip(issueServerCertificate(authority, { names: ["pbx", "two words"], days: 5 }))
      assert.deepStrictEqual([bad.reason, bad.message], ["name", '"two words" is no host name and no IP address'])
      const none = yield* Effect.flip(issueServerCertificate(authority, { names: [], days: 5 }))
      assert.strictEqual(none.reason, "name")
      for (const name of ["", "x".repeat(65)]) {
        assert.strictEqual((yield* Effect.flip(makeCertificateAuthority({ name, days: 1 }))).reason, "name")
      }
    })
  )

  it.effect("refuses an authority that is none, has ended, or whose key is another's", () =>
    Effect.gen(function* () {
      const authority = yield* makeCertificateAuthority({ name: "the CA", days: 10 })
      const other = yield* makeCertificateAuthority({ name: "the CA", days: 10 })
      const server = yield* issueServerCertificate(authority, { names, days: 5 })
      const refusal = (signer: KeyedCertificate) => Effect.flip(issueServerCertificate(signer, { names, days: 5 }))
      for (const [signer, message] of [
        [server, "the CA's certificate is not one that may sign others"],
        [{ ...authority, key: other.key }, "the CA's key does not belong to its certificate"],
        [{ ...authority, certificate: "hello" }, "the CA's certificate is no PEM text"],
        [{ ...authority, key: Redacted.make("hello") }, "the private key of the CA is no PEM text, or it is encrypted"]
      ] as const) {
        const error = yield* refusal(signer)
        assert.deepStrictEqual([error.reason, error.message], ["authority", message])
      }
      yield* TestClock.adjust("11 days")
      assert.strictEqual((yield* refusal(authority)).message, "the CA's certificate has expired: make a new CA")
    })
  )
})
