/** Asks for a password without showing it, or reads it from a pipe. */

import { createInterface } from "node:readline"
import { type Readable, Writable } from "node:stream"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { CommandError } from "./command_error.ts"

/** Longer input is no password. Bytes. */
const LONGEST = 1024

const refuse = (message: string): CommandError => new CommandError({ code: 2, message })

/** Where a password comes from. */
export interface PasswordSource {
  readonly input: Readable
  /** True: somebody types; ask him, and show nothing. */
  readonly terminal: boolean
  /** Takes the questions. */
  readonly prompt: (text: string) => void
}

/** One line, typed without echo. */
const ask = ({ input, prompt }: PasswordSource, question: string): Effect.Effect<string, CommandError> =>
  Effect.callback<string, CommandError>((resume) => {
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
    const lines = createInterface({ input, output: silent, terminal: true, historySize: 0 })
    prompt(question)
    const end = (result: Effect.Effect<string, CommandError>): void => {
      lines.removeAllListeners()
      lines.close()
      prompt("\n")
      resume(result)
    }
    lines.once("line", (line) => end(Effect.succeed(line)))
    lines.once("SIGINT", () => end(Effect.fail(new CommandError({ code: 1, message: "interrupted" }))))
    lines.once("close", () => end(Effect.fail(refuse("no password was given"))))
    return Effect.sync(() => lines.close())
  })

/** The first line of what is piped in. */
const readPiped = ({ input }: PasswordSource): Effect.Effect<string> =>
  Effect.callback<string>((resume) => {
    let text = ""
    const onData = (chunk: string): void => {
      text += chunk
      if (text.includes("\n") || text.length > LONGEST) end()
    }
    const end = (): void => {
      stop()
      resume(Effect.succeed(text.split("\n", 1)[0]?.replace(/\r$/, "") ?? ""))
    }
    const stop = (): void => {
      input.off("data", onData)
      input.off("end", end)
      input.off("error", end)
      input.pause()
    }
    input.setEncoding("utf8")
    input.on("data", onData)
    input.once("end", end)
    input.once("error", end)
    return Effect.sync(stop)
  })

const isUsable = (password: string): boolean => password.length > 0 && Buffer.byteLength(password) <= LONGEST

/** A new password: typed twice by a person, else the first line. */
export const readNewPassword = Effect.fnUntraced(function* (
  source: PasswordSource
): Effect.fn.Return<Redacted.Redacted, CommandError> {
  const password = yield* source.terminal ? ask(source, "Password: ") : readPiped(source)
  if (!isUsable(password)) return yield* refuse(`the password must have 1 to ${LONGEST} bytes`)
  if (source.terminal && (yield* ask(source, "The same again: ")) !== password) return yield* refuse("the two passwords differ")
  return Redacted.make(password)
})

/** A password that exists: typed once by a person, else the first line. */
export const readPassword = (source: PasswordSource, question: string): Effect.Effect<Redacted.Redacted, CommandError> =>
  Effect.map(source.terminal ? ask(source, question) : readPiped(source), Redacted.make)

/** Standard input; questions go to standard error, so that the output stays clean. */
export const standardInput = (): PasswordSource => ({
  input: process.stdin,
  terminal: process.stdin.isTTY === true,
  prompt: (text) => process.stderr.write(text)
})
