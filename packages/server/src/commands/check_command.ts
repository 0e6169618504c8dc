/** `ctid check`: says whether a configuration would be accepted. */
import { type CtidConfig, formatNotice } from "@ctid/core"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { CommandError } from "../command_error.ts"
import { loadConfig } from "../config/load_config.ts"
import { configArgument, readConfig } from "./config_argument.ts"

const json = Flag.Boolean("json").pipe(Flag.withDescription("Print one JSON object for programs"), Flag.withDefault(false))

const counted = (count: number, one: string): string => `${count} ${count === 1 ? one : `${one}s`}`

/** `12 users, 13 lines, ...` */
const summary = ({ directory }: CtidConfig): string =>
  [
    counted(directory.users.length, "user"),
    counted(directory.lines.length, "line"),
    counted(directory.agents.length, "agent"),
    counted(directory.queues.length, "queue"),
    counted(directory.voicemails.length, "voicemail"),
    counted(directory.profiles.length, "profile")
  ].join(", ")

const checkForPeople = Effect.fnUntraced(function* (file: string) {
  const config = yield* readConfig(file)
  for (const notice of config.notices) yield* Console.error(formatNotice(notice))
  yield* Console.log(`${file}: fine: ${summary(config)}`)
})

const checkForPrograms = Effect.fnUntraced(function* (file: string) {
  const result = yield* Effect.result(loadConfig(file))
  const problems = result._tag === "Failure" ? result.failure.problems : []
  const notices = result._tag === "Success" ? result.success.notices : []
  yield* Console.log(JSON.stringify({ ok: problems.length === 0, problems, notices }))
  if (problems.length > 0) return yield* new CommandError({ code: 2, message: "" })
})

export const checkCommand = Command.make(
  "check",
  { file: configArgument, json },
  Effect.fnUntraced(function* (options) {
    yield* options.json ? checkForPrograms(options.file) : checkForPeople(options.file)
  })
).pipe(
  Command.withShortDescription("Say what is wrong with a configuration"),
  Command.withDescription(
    "Reads ctid.yml and the files that it names. Prints every mistake with file, line, column and path, and exits with 2; or what is good to " +
      "know, and exits with 0. Starts nothing."
  ),
  Command.withExamples([
    { command: "ctid check", description: "Check ctid.yml in the current folder" },
    { command: "ctid check /etc/ctid/ctid.yml --json", description: "For a program" }
  ])
)
