import { PassThrough } from "node:stream"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { type PasswordSource, readNewPassword } from "./password_input.ts"

/** Somebody who types the next line whenever he is asked something. */
const typing = (...lines: ReadonlyArray<string>): PasswordSource & { readonly asked: () => string } => {
  const input = new PassThrough()
  const left = [...lines]
  let asked = ""
  return {
    input,
    terminal: true,
    prompt: (text) => {
      asked += text
      const line = text.endsWith(": ") ? left.shift() : undefined
      if (line !== undefined) setImmediate(() => input.write(line))
    },
    asked: () => asked
  }
}

const piped = (...chunks: ReadonlyArray<string>): PasswordSource => {
  const input = new PassThrough()
  for (const chunk of chunks) input.write(chunk)
  input.end()
  return { input, terminal: false, prompt: () => assert.fail("nobody is there to be asked") }
}

const read = (source: PasswordSource) => Effect.map(readNewPassword(source), Redacted.value)

describe("readNewPassword", () => {
  it.live("asks twice, shows nothing, and takes corrections with the backspace key", () =>
    Effect.gen(function* () {
      const source = typing("hunterX\u007f2\r", "hunter2\r")
      assert.strictEqual(yield* read(source), "hunter2")
      assert.strictEqual(source.asked(), "Password: \nThe same again: \n")
    })
  )

  it.live("refuses two that differ, one that is empty, and gives up at Ctrl-C and Ctrl-D", () =>
    Effect.gen(function* () {
      const failure = (source: PasswordSource) => Effect.map(Effect.flip(read(source)), ({ code, message }) => [code, message])
      assert.deepStrictEqual(yield* failure(typing("a\r", "b\r")), [2, "the two passwords differ"])
      assert.deepStrictEqual(yield* failure(typing("\r")), [2, "the password must have 1 to 1024 bytes"])
      assert.deepStrictEqual(yield* failure(typing("a\u0003")), [1, "interrupted"])
      assert.deepStrictEqual(yield* failure(typing("\u0004")), [2, "no password was given"])
    })
  )

  it.live("reads the first line of a pipe, however it is cut, without its line end", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* read(piped("hun", "ter2\r", "\nmore\n")), "hunter2")
      assert.strictEqual(yield* read(piped("no line end")), "no line end")
      assert.strictEqual(yield* read(piped("  spaces count  \n")), "  spaces count  ")
    })
  )

  it.live("refuses a pipe without anything, and one without end", () =>
    Effect.gen(function* () {
      for (const source of [piped(), piped("\n"), piped("x".repeat(100_000))]) {
        assert.strictEqual((yield* Effect.flip(read(source))).code, 2)
      }
    })
  )
})
