/** Asks for a password without showing it, or reads it from a pipe. */

import { createInterface } from "node:readline"
import { Writable } from "node:stream"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { CommandError } from "./command_error.ts"

/** Longer input is no password. Bytes. */
const LONGEST = 1024

const refuse = (message: string): CommandError => new CommandError({ code: 2, message })

/** One line, typed without echo; the prompt goes to standard error. */
const ask = (prompt: string): Effect.Effect<string, CommandError> =>
  Effect.callback<string, CommandError>((resume) => {
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
    const lines = createInterface({ input: process.stdin, output: silent, terminal: true, historySize: 0 })
    process.stderr.write(prompt)
    const end = (result: Effect.Effect<string, CommandError>): void => {
      lines.removeAllListeners()
      lines.close()
      process.stderr.write("\n")
      resume(result)
    }
    lines.once("line", (line) => end(Effect.succeed(line)))
    lines.once("SIGINT", () => end(Effect.fail(new CommandError({ code: 1, message: "interrupted" }))))
    lines.once("close", () => end(Effect.fail(refuse("no password was given"))))
    return Effect.sync(() => lines.close())
  })

/** The first line of standard input. */
const readPiped: Effect.Effect<string, CommandError> = Effect.callback<string, CommandError>((resume) => {
  const { stdin } = process
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
    stdin.off("data", onData)
    stdin.off("end", end)
    stdin.off("error", end)
    stdin.pause()
  }
  stdin.setEncoding("utf8")
  stdin.on("data", onData)
  stdin.once("end", end)
  stdin.once("error", end)
  return Effect.sync(stop)
})

const isUsable = (password: string): boolean => password.length > 0 && Buffer.byteLength(password) <= LONGEST

/** A new password: typed twice on a terminal, else the first line of standard input. */
export const readNewPassword: Effect.Effect<Redacted.Redacted, CommandError> = Effect.gen(function* () {
  const terminal = process.stdin.isTTY === true
  const password = terminal ? yield* ask("Password: ") : yield* readPiped
  if (!isUsable(password)) return yield* refuse(`the password must have 1 to ${LONGEST} bytes`)
  if (terminal && (yield* ask("The same again: ")) !== password) return yield* refuse("the two passwords differ")
  return Redacted.make(password)
})
