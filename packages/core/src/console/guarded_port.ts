/**
 * A port for lines of text that trusts nobody: bounded in connections, bytes, rate and time, and closed at once to a browser that was
 * talked into posting to it.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import type * as Scope from "effect/Scope"
import {
  type Connection,
  type ConnectionHandlers,
  type Endpoint,
  type ListenError,
  Listener,
  type ListenOptions
} from "../connection/connection.ts"
import { monotonic } from "../monotonic.ts"
import { type Answering, GuardedConnection, type PortSession } from "./guarded_connection.ts"
import { Pace, type PortLimits, type Unterminated } from "./port_limits.ts"

const opened = Metric.counter("ctid_side_port_connections", { description: "Connections to side ports", incremental: true })
const refused = Metric.counter("ctid_side_port_refusals", {
  description: "Connections to side ports that were cut off, by port and reason",
  incremental: true
})

/** Milliseconds between two reports of one port in the log. */
const REPORT_INTERVAL = 10_000

const silent: ConnectionHandlers = { onBytes: () => {}, onDrain: () => {}, onClose: () => {} }

export interface GuardedPortOptions {
  /** Its name in the log, as in the configuration: `web_interface`. */
  readonly name: string
  readonly address: string
  /** 0: any free port. */
  readonly port: number
  /** Milliseconds in which a peer must take something of what waits for it. */
  readonly socketTimeout: ListenOptions["socketTimeout"]
  readonly limits: PortLimits
  /** Where texts need no line feed to be commands: see `Unterminated`. */
  readonly unterminated?: Unterminated
}

/** An open port. */
export interface GuardedPort {
  readonly endpoint: Endpoint
  readonly connections: () => ReadonlyArray<Connection>
}

/**
 * Opens a port until the scope closes; then its sessions hear `onStop`, and their connections close. `open` is called for each
 * connection that is let in.
 */
export const openGuardedPort = Effect.fnUntraced(function* (
  options: GuardedPortOptions,
  open: (answering: Answering) => PortSession
): Effect.fn.Return<GuardedPort, ListenError, Listener | Scope.Scope> {
  const listener = yield* Listener
  const now = monotonic(yield* Clock.Clock)
  const context = yield* Effect.context<never>()
  const fork = Effect.runForkWith(context)
  const guarded = new Set<GuardedConnection>()
  const pace = new Pace(options.limits.connectionsPerSecond)
  let nextReport = 0
  let unreported = 0

  const report = (reason: string, peer: Endpoint): void => {
    Metric.withAttributes(refused, { port: options.name, reason }).updateUnsafe(1, context)
    unreported++
    if (now() < nextReport) return
    nextReport = now() + REPORT_INTERVAL
    fork(
      Effect.logWarning("side port cut off a connection").pipe(
        Effect.annotateLogs({ listener: options.name, reason, peer: `${peer.address}:${peer.port}`, times: unreported })
      )
    )
    unreported = 0
  }

  const run = (effect: Effect.Effect<void>): Fiber.Fiber<void> =>
    fork(
      Effect.catchCause(effect, (cause) =>
        Cause.hasInterruptsOnly(cause) ? Effect.void : Effect.logError("internal error", cause)
      )
    )

  const accept = (connection: Connection): ConnectionHandlers => {
    const reason =
      guarded.size >= options.limits.connections ? "too_many_connections" : pace.take(now()) > 0 ? "connections_too_fast" : null
    if (reason !== null) {
      report(reason, connection.peer)
      connection.destroy()
      return silent
    }
    opened.updateUnsafe(1, context)
    const one: GuardedConnection = new GuardedConnection(
      connection,
      {
        limits: options.limits,
        unterminated: options.unterminated ?? null,
        now,
        run,
        sleep: (milliseconds, then) => run(Effect.andThen(Effect.sleep(Duration.millis(milliseconds)), Effect.sync(then))),
        refused: (why) => report(why, connection.peer),
        ended: () => guarded.delete(one)
      },
      open
    )
    guarded.add(one)
    return one
  }

  // registered first, so that it runs after the port is closed
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      for (const one of [...guarded]) one.stop()
    })
  )
  const { address, port, socketTimeout } = options
  const endpoint = yield* listener.listen({ address, port, socketTimeout }, accept)
  return { endpoint, connections: () => [...guarded].map(({ connection }) => connection) }
})
