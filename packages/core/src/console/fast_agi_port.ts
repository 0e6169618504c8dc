/** The Fast AGI port: the dialplan's entry to this server (reference 8.4). One connection is one request. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ListenError, Listener, ListenOptions } from "../connection/connection.ts"
import { logText } from "../log_text.ts"
import { type AgiWorld, agiAnswer, agiFailed } from "./agi_answers.ts"
import { AgiReader, type AgiRequest, setVariables } from "./fast_agi.ts"
import type { Answering, PortSession } from "./guarded_connection.ts"
import { type GuardedPort, openGuardedPort } from "./guarded_port.ts"
import type { PortLimits } from "./port_limits.ts"

/** A busy dialplan asks for every call. */
export const fastAgiLimits: PortLimits = {
  connections: 256,
  connectionsPerSecond: 500,
  line: 4096,
  bytes: 64 * 1024,
  linesPerSecond: 1000,
  silence: 2_000,
  life: 5_000
}

export interface FastAgiOptions {
  readonly address: string
  readonly port: number
  readonly socketTimeout: ListenOptions["socketTimeout"]
  readonly limits?: PortLimits
}

/** The present state; `up` false: the PBX cannot be reached, so what is known of it may be old. */
export type FastAgiWorld = () => AgiWorld & { readonly up: boolean }

const session = (world: FastAgiWorld, { connection, write, close }: Answering): PortSession => {
  const reader = new AgiReader()
  const log = (level: "Debug" | "Warn", detail: string): Effect.Effect<void> =>
    Effect.logWithLevel(level)("fast agi").pipe(
      Effect.annotateLogs({ detail: logText(detail), peer: `${connection.peer.address}:${connection.peer.port}` })
    )

  const answer = Effect.fnUntraced(function* (request: AgiRequest) {
    const now = world()
    const variables = now.up ? agiAnswer(now, request) : [agiFailed]
    const lines = setVariables(variables)
    if (lines === null) yield* log("Warn", `${request.script}: an answer longer than Asterisk can read`)
    else yield* log("Debug", `${request.script}: ${now.up ? lines.length : "no"} variables`)
    yield* write(lines ?? setVariables([agiFailed]) ?? [])
  })

  return {
    onLine: (line) => {
      const request = reader.push(line)
      if (request === null) return Effect.void
      const answered = request === "too_long" ? log("Warn", "a request of too many lines") : answer(request)
      return Effect.ensuring(answered, Effect.sync(close))
    }
  }
}

/** Opens the port until the scope closes. */
export const openFastAgi = (
  world: FastAgiWorld,
  { limits = fastAgiLimits, ...where }: FastAgiOptions
): Effect.Effect<GuardedPort, ListenError, Listener | Scope.Scope> =>
  openGuardedPort({ ...where, name: "fast_agi", limits }, (answering) => session(world, answering))
