import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folderOf } from "../config_folder_fixture.ts"
import { runCtid } from "../ctid_process_fixture.ts"

const made = Effect.gen(function* () {
  const cwd = yield* folderOf({})
  assert.strictEqual((yield* runCtid(["cert", "init"], { cwd })).code, 0)
  return cwd
})

const client = (cwd: string, ...args: ReadonlyArray<string>) => runCtid(["cert", "client", ...args], { cwd })

describe("ctid cert client", () => {
  it.live(
    "writes a certificate and a key that only this user can read, and no other in their place",
    () =>
      Effect.gen(function* () {
        const cwd = yield* made
        const { code, stdout, stderr } = yield* client(cwd, "--name", "alice@example.com")
        assert.deepStrictEqual([code, stderr], [0, ""])
        const [pem, key] = ["alice@example.com.pem", "alice@example.com.key"].map((name) => join(cwd, name)) as [string, string]
        assert.strictEqual(statSync(key).mode & 0o777, 0o600)
        assert.include(stdout, `${pem}: the certificate of alice@example.com, until `)
        const before = readFileSync(pem, "utf8")
        const again = yield* client(cwd, "--name", "alice@example.com")
        assert.strictEqual(again.code, 1)
        assert.strictEqual(again.stderr, `already there: ${pem}, ${key}\nnothing was written. To replace them: --force\n`)
        assert.strictEqual(readFileSync(pem, "utf8"), before)
        assert.strictEqual((yield* client(cwd, "--name", "alice@example.com", "--force")).code, 0)
        assert.notStrictEqual(readFileSync(pem, "utf8"), before)
      }),
    60_000
  )

  it.live(
    "refuses names that are no file's, or the server's, and works with no CA but the one that is there",
    () =>
      Effect.gen(function* () {
        const cwd = yield* made
        const before = readdirSync(cwd)
        for (const name of ["server", "ca", "CA", "../alice", "", "a b"]) {
          assert.notStrictEqual((yield* client(cwd, "--name", name, "--force")).code, 0, name)
        }
        assert.deepStrictEqual(readdirSync(cwd), before)
        const none = yield* client(yield* folderOf({}), "--name", "alice")
        assert.deepStrictEqual(none.code, 1)
        assert.match(none.stderr, /ca\.pem: there is no such file: `ctid cert init` makes a CA\n$/)
      }),
    60_000
  )
})
