/** Where `ctid client` finds the password. */
import { readTextFile } from "@ctid/platform-node"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { CommandError } from "../command_error.ts"
import { type PasswordSource, readPassword } from "../password_input.ts"
import { harmless } from "./text.ts"

/** The environment variable. */
export const PASSWORD_VARIABLE = "CTID_PASSWORD"

export interface PasswordSources {
  readonly password: Option.Option<Redacted.Redacted>
  /** A path, or `-` for standard input. */
  readonly file: Option.Option<string>
  /** The value of the variable. */
  readonly variable: string | undefined
  readonly input: PasswordSource
  readonly user: string
}

const refuse = (message: string): CommandError => new CommandError({ code: 2, message })

/** Its first line: editors end files with a line feed that belongs to no password. */
const fromFile = (path: string): Effect.Effect<Redacted.Redacted, CommandError> =>
  readTextFile(path, { maxBytes: 4096 }).pipe(
    Effect.mapError(({ message }) => refuse(message)),
    Effect.map((text) => Redacted.make(text.split(/\r?\n/, 1)[0] ?? ""))
  )

const source = ({ password, file, variable, input, user }: PasswordSources): Effect.Effect<Redacted.Redacted, CommandError> => {
  if (Option.isSome(password) && Option.isSome(file)) {
    return Effect.fail(refuse("give either --password or --password-file, not both"))
  }
  if (Option.isSome(password)) return Effect.succeed(password.value)
  if (Option.isSome(file)) return file.value === "-" ? readPassword({ ...input, terminal: false }, "") : fromFile(file.value)
  if (variable !== undefined && variable !== "") return Effect.succeed(Redacted.make(variable))
  if (input.terminal) return readPassword(input, `Password of ${harmless(user)}: `)
  return Effect.fail(refuse(`no password: give --password-file, set ${PASSWORD_VARIABLE}, or run this on a terminal`))
}

/** The option, the file, the environment, or else a question on the terminal. */
export const clientPassword = (sources: PasswordSources): Effect.Effect<Redacted.Redacted, CommandError> =>
  Effect.filterOrFail(
    source(sources),
    (password) => Redacted.value(password) !== "",
    () => refuse("the password is empty")
  )
