import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Readable } from "node:stream"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { clientPassword, type PasswordSources } from "./password.ts"

const sources = (changes: Partial<PasswordSources>): PasswordSources => ({
  password: Option.none(),
  file: Option.none(),
  variable: undefined,
  input: { input: Readable.from([]), terminal: false, prompt: () => {} },
  user: "alice",
  ...changes
})

const found = (changes: Partial<PasswordSources>) => Effect.map(clientPassword(sources(changes)), Redacted.value)
const refused = (changes: Partial<PasswordSources>) => Effect.flip(clientPassword(sources(changes)))

const fileWith = (text: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => {
        const folder = mkdtempSync(join(tmpdir(), "ctid-client-"))
        writeFileSync(join(folder, "secret"), text, { mode: 0o600 })
        return folder
      }),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
    ),
    (folder) => join(folder, "secret")
  )

describe("clientPassword", () => {
  it.live("is the option before the variable", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* found({ password: Option.some(Redacted.make("one")), variable: "two" }), "one")
      assert.strictEqual(yield* found({ variable: "two" }), "two")
    })
  )

  it.live("is the first line of the file, without its end", () =>
    Effect.gen(function* () {
      const file = yield* fileWith("pass word \r\nsecond line\n")
      assert.strictEqual(yield* found({ file: Option.some(file), variable: "two" }), "pass word ")
    })
  )

  it.live("is the first line of standard input where the file is -", () =>
    Effect.gen(function* () {
      const input = { input: Readable.from(["pip", "ed\nrest"]), terminal: true, prompt: () => {} }
      assert.strictEqual(yield* found({ file: Option.some("-"), input }), "piped")
    })
  )

  it.live("is refused with a sentence where there is none", () =>
    Effect.gen(function* () {
      assert.match((yield* refused({})).message, /--password-file.*CTID_PASSWORD/)
      assert.match((yield* refused({ file: Option.some("/nowhere/secret") })).message, /no such file/)
      assert.match((yield* refused({ password: Option.some(Redacted.make("")) })).message, /empty/)
      const both = yield* refused({ password: Option.some(Redacted.make("hunter2")), file: Option.some("x") })
      assert.match(both.message, /not both/)
      assert.strictEqual(both.code, 2)
      assert.notInclude(both.message, "hunter2")
    })
  )
})
