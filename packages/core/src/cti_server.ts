/** The composition: given the doors, a running CTI server. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type { Digest } from "effect/crypto/Digest"
import type { SecureRandom } from "effect/crypto/SecureRandom"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { audited } from "./audit.ts"
import { makeWorld } from "./commands/world.ts"
import type { ObjectName } from "./config/live_config.ts"
import { type ProtocolVersion, Settings } from "./config/settings.ts"
import { type Connection, type ConnectionHandlers, type Endpoint, type ListenError, Listener } from "./connection/connection.ts"
import type { StartTls, TlsServer } from "./connection/tls_identity.ts"
import type { Directory } from "./directory/directory.ts"
import { CtiEvents } from "./events/cti_events.ts"
import { monotonic } from "./monotonic.ts"
import { Notifier } from "./notify/notifier.ts"
import type { PasswordHash } from "./password/password_hash.ts"
import { Presence } from "./presence/presence.ts"
import { ByteBudget } from "./protocol/line_decoder.ts"
import { Adopted } from "./reload/adopted.ts"
import { makeReload } from "./reload/reload.ts"
import { makeServerMetrics } from "./server_metrics.ts"
import { Admission, type Refusal } from "./session/admission.ts"
import { makeCheckPassword } from "./session/check_password.ts"
import { SessionDriver, type SessionHost } from "./session/session_driver.ts"
import { sessionId } from "./session/session_id.ts"
import { Pbx } from "./telephony/pbx.ts"
import type { Telephony } from "./telephony/telephony.ts"

/** How long clients may take to hear the last word at a shutdown. */
const SHUTDOWN = Duration.seconds(2)
/** Milliseconds between two reports of refused connections. */
const REPORT_INTERVAL = 10_000

export interface SessionInfo {
  readonly connectionId: number
  readonly peer: Endpoint
  readonly login: string
  readonly userId: number
  readonly version: ProtocolVersion
}

/** A client's connection, logged in or not. */
export interface ConnectionInfo {
  readonly connectionId: number
  readonly peer: Endpoint
  readonly encrypted: boolean
  /** Null: nobody is logged in there. */
  readonly session: SessionInfo | null
}

/** Where clients connect. */
export interface CtiListenOptions {
  readonly address: string
  /** 0: any free port. */
  readonly port: number
  /** TLS from the first byte (reference 2.3, CTIS). */
  readonly tls?: TlsServer | undefined
  /** Asked for each client of a clear port: what he is offered, or null. Absent: nothing (reference 2.2). */
  readonly startTls?: (() => StartTls | null) | undefined
}

/** The doors a server is made of. */
export type Doors = Settings | Directory | Telephony | PasswordHash | Listener | SecureRandom | Digest

/** Null: nobody is logged in there. */
const sessionInfo = ({ client, loggedIn, connection }: SessionDriver): SessionInfo | null =>
  client === null || !loggedIn
    ? null
    : {
        connectionId: client.connectionId,
        peer: connection.peer,
        login: client.user.login,
        userId: client.user.id,
        version: client.version
      }

const silent: ConnectionHandlers = { onBytes: () => {}, onDrain: () => {}, onClose: () => {} }

export class CtiServer extends Context.Service<
  CtiServer,
  {
    /** Opens a CTI port until the scope closes; connections stay when it does. Several may be open. */
    readonly listen: (options: CtiListenOptions) => Effect.Effect<Endpoint, ListenError, Scope.Scope>
    /** Clients that are logged in. */
    readonly sessions: () => ReadonlyArray<SessionInfo>
    /** All clients, oldest first. */
    readonly connections: () => ReadonlyArray<ConnectionInfo>
    /** Ends a client's connection after what waits for it was written; false: there is no such connection. */
    readonly disconnect: (connectionId: number) => boolean
    /**
     * Takes over at once what `Directory` and `Settings` say now, and tells the clients. Without it that happens by itself, a moment
     * after they changed. Ends when the lists are told; presences that have to become others follow. `edited` is told again to those
     * who know it, changed or not.
     */
    readonly reload: (edited?: ObjectName) => Effect.Effect<void>
    /** Clients are told, what waits for them is written, all are closed; after 2 s the slow ones are dropped. */
    readonly shutdown: Effect.Effect<void>
  }
>()("@ctid/core/CtiServer") {
  /** With the model's own services inside: only the doors are asked for. */
  static readonly layer: Layer.Layer<CtiServer | CtiEvents | Presence | Pbx | Notifier, never, Doors> = Layer.suspend(() =>
    Layer.effect(CtiServer, make).pipe(
      Layer.provideMerge(Presence.layer),
      Layer.provideMerge(Pbx.layer),
      Layer.provideMerge(Notifier.layer),
      Layer.provideMerge(CtiEvents.layer),
      Layer.provide(Adopted.layer)
    )
  )

  /** A server that listens on one port, from the moment the layer is built. */
  static readonly layerListening = (
    options: CtiListenOptions
  ): Layer.Layer<CtiServer | CtiEvents | Presence | Pbx | Notifier, ListenError, Doors> =>
    Layer.effectDiscard(
      Effect.gen(function* () {
        const endpoint = yield* (yield* CtiServer).listen(options)
        yield* Effect.logInfo("listening").pipe(Effect.annotateLogs({ address: endpoint.address, port: endpoint.port }))
      })
    ).pipe(Layer.provideMerge(CtiServer.layer))
}

const make = Effect.gen(function* () {
  const settings = yield* Settings
  const listener = yield* Listener
  const world = yield* makeWorld
  const checkPassword = yield* makeCheckPassword
  const context = yield* Effect.context<SecureRandom>()
  const fork = Effect.runForkWith(context)
  const metrics = makeServerMetrics(context)
  const now = monotonic(yield* Clock.Clock)
  const sessions = new Set<SessionDriver>()
  const admission = new Admission(() => settings.current().limits)
  const running = new Set<Fiber.Fiber<unknown, unknown>>()

  /** Open while no client is connected and no effect of one runs. */
  const quiet = Latch.makeUnsafe(true)
  const checkQuiet = (): void => {
    if (sessions.size === 0 && running.size === 0) quiet.openUnsafe()
    else quiet.closeUnsafe()
  }

  const report = (cause: Cause.Cause<never>): Effect.Effect<void> =>
    Cause.hasInterruptsOnly(cause) ? Effect.void : Effect.logError("internal error", cause)

  const host: SessionHost = {
    world,
    metrics,
    budgets: {
      guests: new ByteBudget(() => settings.current().limits.lineBudgetBeforeLogin),
      signedIn: new ByteBudget(() => settings.current().limits.lineBudgetAfterLogin),
      fax: new ByteBudget(() => settings.current().limits.faxBudget)
    },
    run: (effect, done, broken) => {
      const failed = (cause: Cause.Cause<never>): Effect.Effect<void> =>
        Cause.hasInterruptsOnly(cause)
          ? Effect.void
          : Effect.andThen(
              report(cause),
              Effect.sync(() => broken?.())
            )
      const fiber = fork(Effect.catchCause(Effect.map(effect, done), failed))
      if (fiber.pollUnsafe() === undefined) {
        running.add(fiber)
        fiber.addObserver(() => {
          running.delete(fiber)
          checkQuiet()
        })
      }
      return fiber
    },
    log: (level, message, data) => {
      fork(Effect.logWithLevel(level)(message).pipe(Effect.annotateLogs(data)))
    },
    now,
    sessionId: Effect.provideContext(sessionId, context),
    checkPassword,
    signedIn: (session) => admission.leave(session),
    ended: (session) => {
      admission.leave(session)
      sessions.delete(session)
      metrics.connections(sessions.size)
      checkQuiet()
    }
  }

  let nextReport = Number.NEGATIVE_INFINITY
  let unreported = 0
  /** A flood fills no log. */
  const refuse = ({ peer }: Connection, reason: Refusal): void => {
    metrics.connectionRefused(reason)
    unreported++
    if (now() < nextReport) return
    nextReport = now() + REPORT_INTERVAL
    const fields = { peer: `${peer.address}:${peer.port}`, reason, times: unreported }
    host.log("Warn", "connection refused", audited("connection_refused", fields))
    unreported = 0
  }

  let closing = false
  const accept = (connection: Connection, startTls: StartTls | null): ConnectionHandlers => {
    const peer = admission.peer(connection.peer.address)
    const refusal = closing ? null : admission.refuses(peer, now(), sessions.size)
    if (closing || refusal !== null) {
      if (refusal !== null) refuse(connection, refusal)
      connection.destroy()
      return silent
    }
    const session = new SessionDriver(host, connection, startTls)
    sessions.add(session)
    admission.enter(session, peer)
    metrics.connections(sessions.size)
    return session
  }

  const shutdown = Effect.gen(function* () {
    closing = true
    if (sessions.size > 0) yield* Effect.logInfo("closing").pipe(Effect.annotateLogs({ connections: sessions.size }))
    world.notifier.flush()
    for (const session of [...sessions]) session.stop({ class: "server_stop", cause: "by_server_stop" })
    checkQuiet()
    yield* quiet.await.pipe(Effect.timeoutOrElse({ duration: SHUTDOWN, orElse: () => Effect.void }))
    for (const session of [...sessions]) session.connection.destroy()
    // delayed passwords above all
    for (const fiber of [...running]) fiber.interruptUnsafe()
  })

  yield* Effect.addFinalizer(() => shutdown)

  const adopt = makeReload({
    world,
    adopted: yield* Adopted,
    endSessions: (maySignIn) => {
      for (const session of [...sessions]) {
        if (session.client !== null && !maySignIn(session.client.userId)) session.stop({ class: "disconnect" })
      }
    }
  })
  const reload = (edited?: ObjectName): Effect.Effect<void> =>
    Effect.catchCause(
      Effect.sync(() => {
        host.run(adopt(edited), () => {})
      }),
      report
    )
  const watched: ReadonlyArray<Stream.Stream<unknown>> = [world.directory.changes, settings.changes]
  for (const changes of watched) {
    // listens before this goes on: merged, they would begin to a moment later
    yield* Effect.forkScoped(
      Stream.runForEach(changes, () => reload()),
      { startImmediately: true }
    )
  }
  // what changed while this was being built
  yield* reload()

  return CtiServer.of({
    listen: ({ startTls, ...where }) =>
      listener.listen({ ...where, socketTimeout: () => settings.current().socketTimeout }, (connection) =>
        accept(connection, startTls?.() ?? null)
      ),
    sessions: () => [...sessions].flatMap((session) => sessionInfo(session) ?? []),
    connections: () =>
      [...sessions].map((session) => {
        const { id, peer, encrypted } = session.connection
        return { connectionId: id, peer, encrypted, session: sessionInfo(session) }
      }),
    disconnect: (connectionId) => {
      const found = [...sessions].find((session) => session.connection.id === connectionId)
      found?.close()
      return found !== undefined
    },
    reload,
    shutdown
  })
})
