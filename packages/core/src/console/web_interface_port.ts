/** The web interface port: one command for each connection, done before it is closed (reference 8.1). */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { audited } from "../audit.ts"
import type { ListenError, Listener, ListenOptions } from "../connection/connection.ts"
import { logText } from "../log_text.ts"
import type { TelephonyError } from "../telephony/telephony.ts"
import type { Answering, PortSession } from "./guarded_connection.ts"
import { type GuardedPort, openGuardedPort } from "./guarded_port.ts"
import type { PortLimits } from "./port_limits.ts"
import { ANSWER_FIRST, answerLast, isWholeCommand, readWebCommand, type WebCommand, type WebRequest } from "./web_interface.ts"
import { type WebEffects, WebTurn } from "./web_turn.ts"

/** One connection is one command. */
export const webInterfaceLimits: PortLimits = {
  connections: 16,
  connectionsPerSecond: 50,
  line: 1024,
  bytes: 4096,
  linesPerSecond: 1,
  silence: 5_000,
  // a reload reads files, and waits for the one before
  life: 60_000
}

/** Milliseconds after which a text without line feed is taken as it is. */
const UNTERMINATED = 200

export interface WebInterfaceEffects extends WebEffects {
  /** The switch "live reload configuration" as it was when the server started. */
  readonly liveReload: boolean
  /** Runs a command in Asterisk, one of those that are allowed, and answers its output. */
  readonly asterisk: (command: string) => Effect.Effect<ReadonlyArray<string>, TelephonyError>
}

export interface WebInterfaceOptions {
  readonly address: string
  readonly port: number
  readonly socketTimeout: ListenOptions["socketTimeout"]
  readonly limits?: PortLimits
}

interface Done {
  readonly is: boolean
  /** For the log. */
  readonly detail: string
  /** What Asterisk said. */
  readonly output: ReadonlyArray<string>
}

const done = (detail: string, output: ReadonlyArray<string> = []): Done => ({ is: true, detail, output })
const refused = (detail: string): Done => ({ is: false, detail, output: [] })

const described = (command: WebCommand): string => {
  switch (command._tag) {
    case "Reload":
      return "reload"
    case "QueueMembers":
      return "queue members"
    case "Object":
      return `${command.change} ${command.id} in ${command.list}`
    case "Nothing":
      return `nothing to do for ${command.what}`
    case "Asterisk":
      return command.command
    case "Unknown":
      return `ignored: ${command.reason}`
  }
}

const perform = (effects: WebInterfaceEffects, turn: WebTurn, command: WebCommand): Effect.Effect<Done> => {
  const detail = described(command)
  switch (command._tag) {
    case "Reload":
    case "QueueMembers":
    case "Object":
      return Effect.map(turn.perform(command), (why) => (why === null ? done(detail) : refused(`${detail}: ${why}`)))
    case "Nothing":
      return Effect.succeed(done(detail))
    case "Asterisk":
      return effects.asterisk(command.command).pipe(
        Effect.map((output) => done(detail, output)),
        Effect.catch((error) => Effect.succeed(refused(`${detail}: ${error.message}`)))
      )
    case "Unknown":
      return Effect.succeed(refused(detail))
  }
}

const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]/gu, " ")

const session = (effects: WebInterfaceEffects, turn: WebTurn, { connection, write, close }: Answering): PortSession => {
  const serve = Effect.fnUntraced(function* ({ answered, command }: WebRequest) {
    const result = effects.liveReload
      ? yield* perform(effects, turn, command)
      : refused(`live reload disabled: ${described(command)}`)
    yield* Effect.logWithLevel(result.is ? "Info" : "Warn")("web interface").pipe(
      Effect.annotateLogs(
        audited("web_interface", {
          detail: logText(result.detail, 512),
          peer: `${connection.peer.address}:${connection.peer.port}`
        })
      )
    )
    if (answered) yield* write([ANSWER_FIRST, ...result.output.map(oneLine), answerLast(result.is)])
  })

  return { onLine: (line) => Effect.ensuring(serve(readWebCommand(line)), Effect.sync(close)) }
}

/** Opens the port until the scope closes. What has begun is done all the same, also when it closes the port. */
export const openWebInterface = (
  effects: WebInterfaceEffects,
  { limits = webInterfaceLimits, ...where }: WebInterfaceOptions
): Effect.Effect<GuardedPort, ListenError, Listener | Scope.Scope> =>
  Effect.suspend(() => {
    const turn = new WebTurn(effects)
    const unterminated = { wait: UNTERMINATED, whole: isWholeCommand }
    return openGuardedPort({ ...where, name: "web_interface", limits, unterminated }, (answering) =>
      session(effects, turn, answering)
    )
  })
