import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { inspectCertificateFiles } from "@ctid/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folderOf } from "../config_folder_fixture.ts"
import { runCtid } from "../ctid_process_fixture.ts"

const DAY = 86_400_000

/** A folder with what `ctid cert init` makes. */
const made = (...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const cwd = yield* folderOf({})
    assert.strictEqual(
      (yield* runCtid(["cert", "init", "--name", "cti.example.com", "--days", "20", ...args], { cwd })).code,
      0
    )
    return cwd
  })

const renew = (cwd: string, ...args: ReadonlyArray<string>) => runCtid(["cert", "renew", ...args], { cwd })
const text = (folder: string, name: string): string => readFileSync(join(folder, name), "utf8")
const inspect = (folder: string) =>
  inspectCertificateFiles({ certificate: join(folder, "server.pem"), key: join(folder, "server.key") })

describe("ctid cert renew", () => {
  it.live("gives the same names and the same key a certificate that lasts; the CA stays", () =>
    Effect.gen(function* () {
      const cwd = yield* made()
      const before = { ca: text(cwd, "ca.pem"), key: text(cwd, "server.key"), server: text(cwd, "server.pem") }
      assert.deepStrictEqual(
        (yield* inspect(cwd)).warnings.map(({ reason }) => reason),
        ["ends_soon"]
      )
      chmodSync(join(cwd, "server.key"), 0o640)
      const { code, stdout, stderr } = yield* renew(cwd)
      assert.deepStrictEqual([code, stderr], [0, ""])
      assert.match(
        stdout,
        /server\.pem: for cti\.example\.com, until \d{4}-\d\d-\d\d\n.*server\.key: the key that was there\n$/
      )
      const { chain, warnings } = yield* inspect(cwd)
      assert.deepStrictEqual(warnings, [])
      assert.deepStrictEqual(chain[0].names, ["cti.example.com"])
      assert.strictEqual(Math.round((chain[0].notAfter - Date.now()) / DAY), 825)
      assert.deepStrictEqual([text(cwd, "ca.pem"), text(cwd, "server.key")], [before.ca, before.key])
      assert.notStrictEqual(text(cwd, "server.pem"), before.server)
      assert.strictEqual(statSync(join(cwd, "server.key")).mode & 0o777, 0o640)
      assert.lengthOf(readdirSync(cwd), 4)
    })
  )

  it.live(
    "makes a new key of the same kind, or one for the old desktop client",
    () =>
      Effect.gen(function* () {
        const cwd = yield* made("--rsa")
        const key = text(cwd, "server.key")
        assert.match((yield* renew(cwd, "--rsa")).stdout, /the key that was there/)
        assert.match((yield* renew(cwd, "--new-key")).stdout, /a new key/)
        assert.notStrictEqual(text(cwd, "server.key"), key)
        assert.strictEqual((yield* inspect(cwd)).chain[0].keyKind, "RSA 2048")
        const modern = yield* made()
        assert.match((yield* renew(modern, "--rsa")).stdout, /a new key/)
        const { chain, warnings } = yield* inspect(modern)
        assert.deepStrictEqual([chain[0].keyKind, chain[1]?.keyKind, warnings], ["RSA 2048", "EC P-256", []])
      }),
    60_000
  )

  it.live(
    "works without a server certificate, for this machine or the names that are given",
    () =>
      Effect.gen(function* () {
        const cwd = yield* made()
        rmSync(join(cwd, "server.pem"))
        rmSync(join(cwd, "server.key"))
        assert.strictEqual((yield* renew(cwd)).code, 0)
        assert.include((yield* inspect(cwd)).chain[0].names, "localhost")
        assert.strictEqual((yield* renew(cwd, "--name", "pbx.example.com", "--days", "100")).code, 0)
        assert.deepStrictEqual((yield* inspect(cwd)).chain[0].names, ["pbx.example.com"])
      }),
    60_000
  )

  it.live("says that a certificate ends with its CA", () =>
    Effect.gen(function* () {
      const cwd = yield* made("--ca-days", "100")
      const { code, stderr } = yield* renew(cwd)
      assert.strictEqual(code, 0)
      assert.match(stderr, /^it ends with its CA\./)
      assert.strictEqual(Math.round(((yield* inspect(cwd)).chain[0].notAfter - Date.now()) / DAY), 100)
    })
  )

  it.live(
    "without a CA, or with a broken one, nothing is written",
    () =>
      Effect.gen(function* () {
        const empty = yield* folderOf({})
        const none = yield* renew(empty)
        assert.strictEqual(none.code, 1)
        assert.match(none.stderr, /ca\.pem: there is no such file: `ctid cert init` makes a CA\n$/)
        assert.deepStrictEqual(readdirSync(empty), [])
        const cwd = yield* made()
        const before = text(cwd, "server.pem")
        writeFileSync(join(cwd, "ca.key"), text(cwd, "server.key"))
        const mixed = yield* renew(cwd)
        assert.deepStrictEqual([mixed.code, mixed.stderr], [1, "the CA's key does not belong to its certificate\n"])
        assert.strictEqual(text(cwd, "server.pem"), before)
      }),
    60_000
  )
})
