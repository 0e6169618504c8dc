/** The open ports of a server: opened, moved and closed one by one, as a configuration asks. */
import type { Endpoint, ListenError, ListenerConfig } from "@ctid/core"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"

/** How one port is opened until a scope closes. */
export type OpenPort<R> = (where: {
  readonly address: string
  readonly port: number
}) => Effect.Effect<Endpoint, ListenError, R | Scope.Scope>

export interface OpenedPort {
  readonly name: string
  readonly endpoint: Endpoint
}

/** Where a port is to be. */
type Wanted = readonly [name: string, port: ListenerConfig]

export interface Ports {
  readonly opened: () => ReadonlyArray<OpenedPort>
  /** Why ports are not where the last `apply` wanted them, one line each. */
  readonly health: () => ReadonlyArray<string>
  /**
   * Makes the open ports those that are asked for, one after the other. One whose place did not change stays as it is. One that moves
   * is open at its new place before the old one closes, and stays at the old one when the new cannot be had; the new place may be one
   * that another port leaves. What cannot be opened is logged with what to do about it, and does not stop the others.
   */
  readonly apply: (wanted: ReadonlyArray<Wanted>) => Effect.Effect<void>
}

interface Open extends OpenedPort {
  readonly where: { readonly address: string; readonly port: number }
  readonly scope: Scope.Closeable
}

/** All ports close with the scope. `openers`: by the name that ports have in the configuration. */
export const makePorts = Effect.fnUntraced(function* <R>(
  openers: Readonly<Record<string, OpenPort<R>>>
): Effect.fn.Return<Ports, never, R | Scope.Scope> {
  const context = yield* Effect.context<R>()
  const scope = yield* Effect.scope
  const opened = new Map<string, Open>()
  const turn = Semaphore.makeUnsafe(1)
  let refusals: ReadonlyArray<string> = []

  const open = Effect.fnUntraced(function* (
    name: string,
    where: Open["where"]
  ): Effect.fn.Return<Result.Result<Open, ListenError>> {
    const own = yield* Scope.fork(scope)
    const opener = openers[name]
    if (opener === undefined) return yield* Effect.die(new Error(`nothing opens a port ${name}`))
    const result = yield* opener(where).pipe(Scope.provide(own), Effect.provideContext(context), Effect.result)
    if (Result.isSuccess(result)) return Result.succeed({ name, endpoint: result.success, where, scope: own })
    yield* Scope.close(own, Exit.void)
    return Result.fail(result.failure)
  })

  const close = Effect.fnUntraced(function* (port: Open) {
    if (opened.get(port.name) === port) opened.delete(port.name)
    yield* Scope.close(port.scope, Exit.void)
    yield* Effect.logInfo("port closed").pipe(Effect.annotateLogs({ listener: port.name, ...port.endpoint }))
  })

  /** Null: it is as it is asked for. */
  const move = Effect.fnUntraced(function* (
    name: string,
    { enabled, address, port }: ListenerConfig
  ): Effect.fn.Return<ListenError | null> {
    const before = opened.get(name)
    if (!enabled) {
      if (before === undefined) yield* Effect.logDebug("port disabled").pipe(Effect.annotateLogs({ listener: name }))
      else yield* close(before)
      return null
    }
    if (before !== undefined && before.where.address === address && before.where.port === port) return null
    let result = yield* open(name, { address, port })
    let closed = false
    if (before?.where.port === port && Result.isFailure(result) && result.failure.code === "EADDRINUSE") {
      // the old place may be part of the new one
      yield* close(before)
      closed = true
      result = yield* open(name, { address, port })
      if (Result.isFailure(result)) {
        const again = yield* open(name, before.where)
        if (Result.isSuccess(again)) opened.set(name, again.success)
      }
    }
    if (Result.isFailure(result)) return result.failure
    opened.set(name, result.success)
    yield* Effect.logInfo("listening").pipe(Effect.annotateLogs({ listener: name, ...result.success.endpoint }))
    if (before !== undefined && !closed) yield* close(before)
    return null
  })

  const apply = Effect.fnUntraced(function* (wanted: ReadonlyArray<Wanted>): Effect.fn.Return<void> {
    const refused: Array<readonly [Wanted, ListenError]> = []
    for (const one of wanted) {
      const error = yield* move(...one)
      if (error !== null) refused.push([one, error])
    }
    // a place may be free now that another port has left it
    if (refused.length < wanted.length && refused.some(([, { code }]) => code === "EADDRINUSE")) {
      return yield* apply(refused.map(([one]) => one))
    }
    refusals = refused.map(([[name], { message }]) => `port not opened: ${name}: ${message}`)
    for (const [[name], { code, message }] of refused) {
      yield* Effect.logError("port not opened").pipe(Effect.annotateLogs({ listener: name, code, reason: message }))
    }
  })

  return {
    opened: () => [...opened.values()],
    health: () => refusals,
    apply: (wanted) => turn.withPermits(1)(apply(wanted))
  }
})
