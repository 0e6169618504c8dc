import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { isSecretReadableByOthers, readTextFile } from "./text_file.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "ctid-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

const refused = (path: string, maxBytes?: number) =>
  Effect.map(Effect.flip(readTextFile(path, { maxBytes })), ({ reason, message }) => [reason, message.replace(path, "FILE")])

describe("reading a text file", () => {
  it.effect("gives its text, without a byte order mark", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "ctid.yml")
      writeFileSync(path, "\uFEFFusers: élodie 🐘\n")
      assert.strictEqual(yield* readTextFile(path), "users: élodie 🐘\n")
      writeFileSync(path, "")
      assert.strictEqual(yield* readTextFile(path), "")
    })
  )

  it.effect("says that it is missing, or no file", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const missing = ["missing", "FILE: there is no such file"]
      assert.deepStrictEqual(yield* refused(join(path, "no.yml")), missing)
      writeFileSync(join(path, "file"), "")
      assert.deepStrictEqual(yield* refused(join(path, "file", "no.yml")), missing)
      mkdirSync(join(path, "folder"))
      assert.deepStrictEqual(yield* refused(join(path, "folder")), ["not_a_file", "FILE: that is not a file"])
    })
  )

  it.effect("does not wait for the writer of a named pipe", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "pipe")
      execFileSync("mkfifo", [path])
      assert.deepStrictEqual(yield* refused(path), ["not_a_file", "FILE: that is not a file"])
    })
  )

  it.effect("says that it is too large", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "big.csv")
      writeFileSync(path, "x".repeat(200_000))
      assert.deepStrictEqual(yield* refused(path, 199_999), ["too_large", "FILE: is larger than 199999 bytes"])
      assert.strictEqual((yield* readTextFile(path, { maxBytes: 200_000 })).length, 200_000)
    })
  )

  it.effect("says which line is not UTF-8, and nothing of what is in it", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "latin1.csv")
      writeFileSync(path, Buffer.from("id,name\n1,zoë\n2,élodie\n", "latin1"))
      assert.deepStrictEqual(yield* refused(path), ["not_utf8", "FILE: line 2 is not UTF-8"])
    })
  )

  it.effect("knows whether others may read it", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "secret")
      writeFileSync(path, "")
      chmodSync(path, 0o644)
      assert.isTrue(yield* isSecretReadableByOthers(path))
      chmodSync(path, 0o640)
      assert.isFalse(yield* isSecretReadableByOthers(path))
      const error = yield* Effect.flip(isSecretReadableByOthers(`${path}.no`))
      assert.strictEqual(error.reason, "missing")
    })
  )
})
