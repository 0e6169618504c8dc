/** `ctid passwd`: turns a password into what `ctid.yml` stores. */
import { decodePasswordsConfig, PasswordHash, type PasswordsConfig, positionIn } from "@ctid/core"
import { NodePasswordHash } from "@ctid/platform-node"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Redacted from "effect/Redacted"
import { CommandError } from "../command_error.ts"
import { loadPasswordsConfig } from "../config/load_config.ts"
import { generatePassword } from "../generate_password.ts"
import { readNewPassword, standardInput } from "../password_input.ts"

const DEFAULT_FILE = "ctid.yml"

const config = Flag.String("config").pipe(
  Flag.withDescription(`Take the parameters from this file's section passwords. Default: ${DEFAULT_FILE}, if it is there`),
  Flag.withDefault("")
)

const generate = Flag.Boolean("generate").pipe(
  Flag.withDescription("Make a password of 100 random bits: it is printed on the first line, its hash on the second"),
  Flag.withDefault(false)
)

const refused = (error: { readonly message: string }): CommandError => new CommandError({ code: 2, message: error.message })

const parameters = Effect.fnUntraced(function* (
  file: string
): Effect.fn.Return<PasswordsConfig, CommandError, FileSystem.FileSystem> {
  const files = yield* FileSystem.FileSystem
  const there = file !== "" || (yield* files.exists(DEFAULT_FILE).pipe(Effect.orElseSucceed(() => false)))
  const read = there
    ? loadPasswordsConfig(file === "" ? DEFAULT_FILE : file)
    : decodePasswordsConfig({}, positionIn(DEFAULT_FILE))
  return yield* Effect.mapError(read, refused)
})

const counted = (count: number, one: string, more: string): string => `${count} ${count === 1 ? one : more}`

/** `argon2id` of `$argon2id$...` and what it costs, in words. */
const cost = (hash: string, { memory, passes, parallelism }: PasswordsConfig, milliseconds: number): string => {
  const work = hash.startsWith("$argon2id$")
    ? `Argon2id with ${memory} KiB of memory, ${counted(passes, "pass", "passes")}, ${counted(parallelism, "lane", "lanes")}`
    : "PBKDF2-SHA256 with 600000 iterations, as this runtime has no Argon2id (Node 24.7 has)"
  return `${work}: each first login costs about ${Math.round(milliseconds)} ms of a core here`
}

export const passwdCommand = Command.make(
  "passwd",
  { config, generate },
  Effect.fnUntraced(function* (options) {
    const settings = yield* parameters(options.config)
    const password = options.generate ? yield* generatePassword : yield* readNewPassword(standardInput())
    yield* Effect.gen(function* () {
      const start = yield* Clock.currentTimeMillis
      const hash = yield* (yield* PasswordHash)
        .hash(password)
        .pipe(Effect.mapError(({ message }) => new CommandError({ code: 1, message })))
      const milliseconds = (yield* Clock.currentTimeMillis) - start
      if (options.generate) yield* Console.log(Redacted.value(password))
      yield* Console.log(hash)
      yield* Console.error(cost(hash, settings, milliseconds))
    }).pipe(Effect.provide(NodePasswordHash.layer(settings)))
  })
).pipe(
  Command.withShortDescription("Turn a password into the hash that ctid.yml stores"),
  Command.withDescription(
    "Asks for a password twice, without showing it, or reads the first line of standard input; prints its hash, to be put under a user's " +
      "`password` in ctid.yml. What the hash costs goes to standard error."
  ),
  Command.withExamples([
    { command: "ctid passwd", description: "Type a password" },
    { command: "ctid passwd --generate", description: "Make one" },
    { command: "printf '%s\\n' \"$SECRET\" | ctid passwd", description: "In a script" }
  ])
)
