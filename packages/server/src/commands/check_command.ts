/** `ctid check`: says whether a configuration would be accepted, and whether the Asterisk that it names has what is needed. */
import { type AmiReport, type AmiTransport, checkAsterisk } from "@ctid/ami"
import { type ConfigError, type CtidConfig, formatNotice, snapshotOf } from "@ctid/core"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import * as Result from "effect/Result"
import { amiTransport, telephonySettings } from "../asterisk.ts"
import { CommandError } from "../command_error.ts"
import { loadConfig } from "../config/load_config.ts"
import { layerLog } from "../log.ts"
import { loadTls } from "../serve/tls_files.ts"
import { configArgument, refusal } from "./config_argument.ts"

const ami = Flag.Boolean("ami").pipe(
  Flag.withDescription(
    "Sign in at Asterisk too, and say which rights, modules, hints and queues it lacks; changes nothing there"
  ),
  Flag.withDefault(false)
)

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

/** Why Asterisk could not be asked. */
interface Unreachable {
  readonly error: string
}

const askAsterisk = Effect.fnUntraced(function* (
  file: string,
  config: CtidConfig
): Effect.fn.Return<AmiReport | Unreachable, ConfigError, Path.Path> {
  const ask = (transport: Layer.Layer<AmiTransport>) =>
    checkAsterisk(telephonySettings(config).ami, snapshotOf(config.directory)).pipe(
      Effect.provide(Layer.mergeAll(transport, NodeCrypto.layerDigest, layerLog({ format: "auto", level: "error" })))
    )
  return yield* amiTransport(file, config.ami).pipe(
    Effect.flatMap(ask),
    Effect.catchTag(["AmiActionError", "AmiLoginError", "AmiTransportError", "CommandError"], ({ message }) =>
      Effect.succeed({ error: message })
    )
  )
})

/** What was found out about a configuration that is accepted. */
interface Accepted {
  readonly config: CtidConfig
  /** Null: not asked for. */
  readonly asterisk: AmiReport | Unreachable | null
}

const lacks = ({ asterisk }: Accepted): boolean =>
  asterisk !== null && ("error" in asterisk || asterisk.findings.some(({ level }) => level === "missing"))

const tellPeople = Effect.fnUntraced(function* (file: string, accepted: Accepted) {
  const { config, asterisk } = accepted
  for (const notice of config.notices) yield* Console.error(formatNotice(notice))
  yield* Console.log(`${file}: fine: ${summary(config)}`)
  if (asterisk === null) return
  if ("error" in asterisk) return yield* new CommandError({ code: 1, message: asterisk.error })
  yield* Console.log(`Asterisk ${asterisk.asteriskVersion ?? "of an unknown version"}:`)
  for (const { level, kind, name, message } of asterisk.findings) yield* Console.log(`${level}: ${kind} ${name}: ${message}`)
  if (lacks(accepted)) return yield* new CommandError({ code: 1, message: "Asterisk lacks something" })
  yield* Console.log("nothing that is needed is missing")
})

const tellPrograms = Effect.fnUntraced(function* (result: Result.Result<Accepted, ConfigError>) {
  const problems = Result.isFailure(result) ? result.failure.problems : []
  const notices = Result.isSuccess(result) ? result.success.config.notices : []
  const asterisk = Result.isSuccess(result) ? result.success.asterisk : null
  const lacking = Result.isSuccess(result) && lacks(result.success)
  const ok = problems.length === 0 && !lacking
  yield* Console.log(JSON.stringify({ ok, problems, notices, ...(asterisk === null ? {} : { asterisk }) }))
  if (!ok) return yield* new CommandError({ code: problems.length > 0 ? 2 : 1, message: "" })
})

export const checkCommand = Command.make(
  "check",
  { file: configArgument, ami, json },
  Effect.fnUntraced(function* ({ file, ami, json }) {
    const result = yield* loadConfig(file).pipe(
      Effect.flatMap((config) =>
        Effect.gen(function* () {
          const { notices } = yield* loadTls(file, config.tls)
          const asterisk = ami ? yield* askAsterisk(file, config) : null
          return { config: { ...config, notices: [...config.notices, ...notices] }, asterisk } satisfies Accepted
        })
      ),
      Effect.result
    )
    if (json) return yield* tellPrograms(result)
    yield* tellPeople(file, yield* Effect.mapError(Effect.fromResult(result), refusal))
  })
).pipe(
  Command.withShortDescription("Say what is wrong with a configuration, and with the Asterisk that it names"),
  Command.withDescription(
    "Reads ctid.yml and the files that it names. Prints every mistake with file, line, column and path, and exits with 2; or what is good to " +
      "know, and exits with 0. With --ami it exits with 1 when Asterisk cannot be asked or lacks something. Starts nothing."
  ),
  Command.withExamples([
    { command: "ctid check", description: "Check ctid.yml in the current folder" },
    { command: "ctid check --ami", description: "And the Asterisk that it names" },
    { command: "ctid check /etc/ctid/ctid.yml --json", description: "For a program" }
  ])
)
