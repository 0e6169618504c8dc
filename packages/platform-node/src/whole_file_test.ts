import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { writeWholeFile } from "./whole_file.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "ctid-whole-"))),
  (made) => Effect.sync(() => rmSync(made, { recursive: true }))
)

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8)

describe("a file written as a whole", () => {
  it.live("a secret is for its user only, anything else for everybody", () =>
    Effect.gen(function* () {
      const made = yield* folder
      yield* writeWholeFile(join(made, "secret"), "s", { secret: true })
      yield* writeWholeFile(join(made, "open"), "o")
      assert.deepStrictEqual([mode(join(made, "secret")), mode(join(made, "open"))], ["600", "644"])
      assert.strictEqual(readFileSync(join(made, "secret"), "utf8"), "s")
      assert.deepStrictEqual(readdirSync(made).sort(), ["open", "secret"])
    })
  )

  it.live("replaces what is there: whoever has it open reads the old one to its end", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "file")
      writeFileSync(path, "old")
      const before = statSync(path).ino
      yield* writeWholeFile(path, "new", { secret: true })
      assert.strictEqual(readFileSync(path, "utf8"), "new")
      assert.notStrictEqual(statSync(path).ino, before)
    })
  )

  it.live("a secret that its group may read stays so, and what others may do is taken away", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "file")
      writeFileSync(path, "old")
      chmodSync(path, 0o646)
      yield* writeWholeFile(path, "new", { secret: true })
      assert.strictEqual(mode(path), "640")
    })
  )

  it.live("where it cannot be written, nothing is left behind, and the file is named", () =>
    Effect.gen(function* () {
      const made = yield* folder
      const nowhere = join(made, "no", "file")
      const error = yield* Effect.flip(writeWholeFile(nowhere, "x"))
      assert.strictEqual(error.message, `${nowhere}: there is no such folder`)
      writeFileSync(join(made, "plain"), "")
      const taken = yield* Effect.flip(writeWholeFile(join(made, "plain", "file"), "x"))
      assert.match(taken.message, /there is no such folder$/)
      const self = yield* Effect.flip(writeWholeFile(made, "x"))
      assert.match(self.message, /cannot be written/)
      assert.deepStrictEqual(readdirSync(made), ["plain"])
    })
  )
})
