import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeAuthority } from "../test/certificates.ts"
import { inspectCertificateFiles } from "./certificate_files.ts"

const authority = makeAuthority("the company's CA")

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "ctid-certificate-"))),
  (made) => Effect.sync(() => rmSync(made, { recursive: true }))
)

/** The paths of a certificate and its key in files of their own. */
const written = (certificate: string, key: string, mode: number) =>
  Effect.map(folder, (made) => {
    const paths = { certificate: join(made, "server.pem"), key: join(made, "server.key") }
    writeFileSync(paths.certificate, certificate)
    writeFileSync(paths.key, key, { mode })
    return paths
  })

describe("a certificate's files", () => {
  it.live("are read with their chain, and nothing is said of good ones", () =>
    Effect.gen(function* () {
      const { cert, key } = authority.issue({ name: "pbx", names: ["pbx.example"], until: 100 })
      const paths = yield* written(`${cert}${makeAuthority("another", 100).cert}`, key, 0o600)
      const { chain, warnings } = yield* inspectCertificateFiles(paths)
      assert.deepStrictEqual(
        chain.map(({ subject }) => subject),
        ["CN=pbx", "CN=another"]
      )
      assert.deepStrictEqual(warnings, [])
    })
  )

  it.live("all that is wrong is told at once", () =>
    Effect.gen(function* () {
      const { cert } = authority.issue({ name: "pbx", names: ["pbx.example"], until: 10 })
      const paths = yield* written(cert, authority.issue({ name: "other" }).key, 0o644)
      const { warnings } = yield* inspectCertificateFiles(paths)
      const reasons = warnings.map(({ reason }) => reason)
      assert.deepStrictEqual(reasons, ["ends_soon", "key_mismatch", "key_readable_by_others"])
      assert.deepStrictEqual(
        (yield* inspectCertificateFiles({ certificate: paths.certificate })).warnings.map(({ reason }) => reason),
        ["ends_soon"]
      )
    })
  )

  it.live("a missing file and one without a certificate are refused by their names", () =>
    Effect.gen(function* () {
      const paths = yield* written("hello", "hello", 0o600)
      const none = yield* Effect.flip(inspectCertificateFiles(paths))
      assert.strictEqual(none.message, `${paths.certificate}: there is no certificate in PEM form in it`)
      const missing = yield* Effect.flip(inspectCertificateFiles({ certificate: `${paths.certificate}.old` }))
      assert.strictEqual(missing.message, `${paths.certificate}.old: there is no such file`)
    })
  )
})
