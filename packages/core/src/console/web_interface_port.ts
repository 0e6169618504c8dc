/** The web interface port: one command for each connection, done before it is closed (reference 8.1). */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ListenError, Listener } from "../connection/connection.ts"
import type { ListName } from "../protocol/client_command.ts"
import type { TelephonyError } from "../telephony/telephony.ts"
import type { Answering, PortSession } from "./guarded_connection.ts"
import { type GuardedPort, openGuardedPort } from "./guarded_port.ts"
import type { PortLimits } from "./port_limits.ts"
import { ANSWER_FIRST, answerLast, isWholeCommand, readWebCommand, type WebCommand, type WebRequest } from "./web_interface.ts"

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

/** What the commands do. Each effect ends when it is done. */
export interface WebInterfaceEffects {
  /** The switch "live reload configuration" as it was when the server started. */
  readonly liveReload: boolean
  /** Reads the configuration again; false: it was refused. */
  readonly reload: Effect.Effect<boolean>
  /** Reads the declared queue members again. */
  readonly queueMembers: Effect.Effect<boolean>
  /** One object was added, changed or deleted; false: there is no such object. */
  readonly object: (list: ListName, id: number, change: "add" | "edit" | "delete") => Effect.Effect<boolean>
  /** Runs a command in Asterisk and answers its output. Null: the operator does not allow it. */
  readonly asterisk: ((command: string) => Effect.Effect<ReadonlyArray<string>, TelephonyError>) | null
}

export interface WebInterfaceOptions {
  readonly address: string
  readonly port: number
  readonly socketTimeout: number
  readonly limits?: PortLimits
}

/** What was done, for the log, and what Asterisk said. */
interface Done {
  readonly done: boolean
  readonly detail: string
  readonly output: ReadonlyArray<string>
}

const done = (is: boolean, detail: string, output: ReadonlyArray<string> = []): Done => ({ done: is, detail, output })

const perform = (effects: WebInterfaceEffects, command: WebCommand): Effect.Effect<Done> => {
  switch (command._tag) {
    case "Reload":
      return Effect.map(effects.reload, (is) => done(is, "reload"))
    case "QueueMembers":
      return Effect.map(effects.queueMembers, (is) => done(is, "queue members"))
    case "Object": {
      const { list, state, id } = command
      if (list === null || state === "deleteall") return Effect.succeed(done(true, "accepted, nothing to do"))
      if (id === null) return Effect.succeed(done(false, `no such id in ${list}`))
      const change = state === "add" || state === "delete" ? state : "edit"
      return Effect.map(effects.object(list, id, change), (is) => done(is, `${change} ${list} ${id}${is ? "" : ": unknown"}`))
    }
    case "Nothing":
      return Effect.succeed(done(true, `accepted, nothing to do: ${command.what}`))
    case "Asterisk": {
      const { asterisk } = effects
      if (asterisk === null) return Effect.succeed(done(false, "commands for Asterisk are not allowed"))
      return asterisk(command.command).pipe(
        Effect.map((output) => done(true, command.command, output)),
        Effect.catch((error) => Effect.succeed(done(false, `${command.command}: ${error.message}`)))
      )
    }
    case "Unknown":
      return Effect.succeed(done(false, `ignored: ${command.reason}`))
  }
}

const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]/gu, " ")

const session = (effects: WebInterfaceEffects, { connection, write, close }: Answering): PortSession => {
  const log = (level: "Info" | "Warn", detail: string): Effect.Effect<void> =>
    Effect.logWithLevel(level)("web interface").pipe(
      Effect.annotateLogs({ detail, peer: `${connection.peer.address}:${connection.peer.port}` })
    )

  const serve = Effect.fnUntraced(function* ({ answered, command }: WebRequest) {
    if (!effects.liveReload) {
      yield* log("Warn", "live reload disabled")
      return
    }
    const result = yield* perform(effects, command)
    yield* log(result.done ? "Info" : "Warn", result.detail)
    if (answered) yield* write([ANSWER_FIRST, ...result.output.map(oneLine), answerLast(result.done)])
  })

  return { onLine: (line) => Effect.ensuring(serve(readWebCommand(line)), Effect.sync(close)) }
}

/** Opens the port until the scope closes. */
export const openWebInterface = (
  effects: WebInterfaceEffects,
  { limits = webInterfaceLimits, ...where }: WebInterfaceOptions
): Effect.Effect<GuardedPort, ListenError, Listener | Scope.Scope> =>
  openGuardedPort(
    {
      ...where,
      name: "web_interface",
      limits,
      unterminated: { wait: UNTERMINATED, whole: isWholeCommand }
    },
    (answering) => session(effects, answering)
  )
