/**
 * A CTI client: signs in, keeps a live board, stays connected (reference 13: as the original's client does).
 *
 * @example
 * ```ts
 * import { type ClientTransport, CtiClient } from "@ctid/client"
 * import * as Digest from "effect/crypto/Digest"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * const program = Effect.gen(function* () {
 *   const client = yield* CtiClient.make({ login: "alice", password: Redacted.make("s3cret-word") })
 *   const board = yield* client.ready
 *   for (const user of board.users.values()) console.log(user.fullName, user.presence)
 *   yield* client.setPresence("away")
 *   yield* client.logout
 * })
 *
 * // the wire to a server, from a platform package
 * const run = (server: Layer.Layer<ClientTransport>) =>
 *   Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(Layer.merge(server, Digest.layerWebCrypto))))
 * ```
 */
import type { ProtocolVersion } from "@ctid/core/config/settings"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Digest from "effect/crypto/Digest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Random from "effect/Random"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { BOARD_LISTS, type Board, type BoardList } from "./board.ts"
import { BoardModel } from "./board_model.ts"
import { pullBoard, pullItems } from "./board_pull.ts"
import { type ClientCalls, keepAliveRequest, makeCalls } from "./calls.ts"
import { ClientEnded, ClientOffline, ClientTimeout, type LinkError } from "./client_error.ts"
import type { ClientEvent } from "./client_event.ts"
import { Life } from "./client_life.ts"
import type { ClientCounts, ClientEnd, ClientState } from "./client_state.ts"
import { ClientTransport } from "./client_transport.ts"
import { logout } from "./command.ts"
import type { Identity } from "./identity.ts"
import { Link } from "./link.ts"
import { type Deadlines, login } from "./login.ts"

/** All times in milliseconds. */
export interface ClientOptions {
  readonly login: string
  readonly password: Redacted.Redacted
  /** Default `2.3`. */
  readonly version?: ProtocolVersion
  /** The first presence, default `available`. Null: the present one is kept, and so at every reconnection. */
  readonly presence?: string | null
  /** What this program calls itself, for the server's log. Default `ctid-client`. */
  readonly ident?: string
  /** The lists of the board, default all. None: nothing is fetched, which suits a program that only needs events. */
  readonly lists?: ReadonlyArray<BoardList>
  /** A sign of life this often, default 120,000. Without any message between two of them the connection counts as lost. */
  readonly keepAlive?: number
  /** Default: 10,000 to open and for each reply, 60,000 for the password, of which a server checks only some at a time. */
  readonly deadlines?: Partial<Deadlines>
  /** The first delay after a lost connection and the longest one, default 1,000 and 30,000; it doubles. False: not again. */
  readonly reconnect?: { readonly first: number; readonly longest: number } | false
  /** Longest line that is read, in bytes, default 1 MiB. */
  readonly lineLimit?: number
}

export interface CtiClientShape extends ClientCalls {
  readonly state: () => ClientState
  /** The present state, then each change. */
  readonly states: Stream.Stream<ClientState>
  /** Of the last login. */
  readonly identity: () => Identity
  /** What the server tells from now on. A reader who is 1,024 events behind loses the oldest; the board does not. */
  readonly events: Stream.Stream<ClientEvent>
  /** The last complete board; while it is fetched again after a reconnection, the one before. */
  readonly board: () => Board
  /** The present board, and each later one; a slow reader sees only the newest. */
  readonly boards: Stream.Stream<Board>
  /** Waits until the board of the present connection is complete. */
  readonly ready: Effect.Effect<Board, ClientEnd>
  readonly counts: () => ClientCounts
  /** Logs out, which runs the actions of `disconnected`, and ends this client. Without it, the end of the scope only closes the connection. */
  readonly logout: Effect.Effect<void>
  /** Waits for the end: a refused login, a server that tells to disconnect, a logout. */
  readonly ended: Effect.Effect<ClientEnd>
}

const closed = (): ClientEnded => new ClientEnded({ reason: "closed", message: "this client was closed" })

/** Fails when nothing at all was heard between two signs of life, or when the server takes none of what is sent. */
const keepAlive = (link: Link, interval: number, deadline: number): Effect.Effect<never, LinkError> => {
  const silent = (message: string, after: number) => new ClientTimeout({ waitedFor: "keepalive", after, message })
  return Effect.gen(function* () {
    let heard = -1
    while (true) {
      yield* Effect.sleep(interval)
      if (link.heard === heard) {
        return yield* silent(`nothing was heard from the server for ${interval / 1000} s`, interval)
      }
      heard = link.heard
      yield* link.send([keepAliveRequest.command]).pipe(
        Effect.timeoutOrElse({
          duration: deadline,
          orElse: () => Effect.fail(silent(`the server did not take what was sent within ${deadline / 1000} s`, deadline))
        })
      )
    }
  })
}

const make = (
  options: ClientOptions
): Effect.Effect<CtiClientShape, ClientEnd, ClientTransport | Digest.Digest | Scope.Scope> =>
  Effect.gen(function* () {
    const transport = yield* ClientTransport
    const deadlines: Deadlines = { open: 10_000, reply: 10_000, password: 60_000, ...options.deadlines }
    const lists = options.lists ?? BOARD_LISTS
    const reconnect = options.reconnect ?? { first: 1_000, longest: 30_000 }
    const life = new Life(options.presence === undefined ? "available" : options.presence)

    const keepBoard = (
      link: Link,
      model: BoardModel,
      listed: Queue.Queue<void>
    ): Effect.Effect<never, LinkError | ClientEnded> =>
      Effect.gen(function* () {
        if (lists.length > 0) yield* pullBoard(link, model, lists, life.identity.ipbxId, deadlines.reply)
        life.show(model)
        while (true) {
          yield* Queue.take(listed)
          if (lists.length > 0) yield* pullItems(link, model, deadlines.reply)
        }
      })

    /** One connection, from its opening to its end. */
    const connection: Effect.Effect<never, ClientEnd, Digest.Digest> = Effect.gen(function* () {
      const model = new BoardModel()
      const listed = yield* Queue.sliding<void>(1)
      const link = yield* Link.open(
        transport,
        {
          lineLimit: options.lineLimit ?? 1024 * 1024,
          onMessage: (message, answered) => {
            life.heard(model, message, answered)
            if (message._tag === "ItemsAdded" || message._tag === "ItemIds") Queue.offerUnsafe(listed, undefined)
          }
        },
        deadlines.open
      )
      yield* login(link, {
        login: options.login,
        password: options.password,
        version: options.version ?? "2.3",
        ident: options.ident ?? "ctid-client",
        presence: life.presence,
        deadlines
      })
      life.online(link)
      yield* Effect.logDebug("signed in").pipe(Effect.annotateLogs({ user: options.login, server: transport.label }))
      return yield* Effect.raceAllFirst([
        link.ended,
        keepAlive(link, options.keepAlive ?? 120_000, deadlines.reply),
        keepBoard(link, model, listed)
      ])
    }).pipe(Effect.ensuring(Effect.sync(() => life.offline())), Effect.scoped)

    const loop: Effect.Effect<ClientEnd, never, Digest.Digest> = Effect.gen(function* () {
      let attempt = 0
      while (true) {
        life.enter({ _tag: "Connecting", attempt })
        const since = yield* Clock.currentTimeMillis
        const reason = yield* Effect.flip(connection)
        const started = Deferred.isDoneUnsafe(life.started)
        if (reason._tag === "ClientLoginError" || reason._tag === "ClientEnded" || reconnect === false || !started)
          return reason
        const held = (yield* Clock.currentTimeMillis) - since >= reconnect.longest + deadlines.open
        if (held) attempt = 0
        const jitter = 0.5 + (yield* Random.next) / 2
        const retryIn = Math.round(Math.min(reconnect.longest, reconnect.first * 2 ** Math.min(attempt, 30)) * jitter)
        attempt++
        life.enter({ _tag: "Offline", reason, retryIn })
        yield* Effect.logDebug("connection lost").pipe(
          Effect.annotateLogs({ user: options.login, server: transport.label, reason: reason.message, retryIn })
        )
        yield* Effect.sleep(retryIn)
      }
    })

    yield* Effect.addFinalizer(() => Effect.sync(() => life.end(closed())))
    const running = yield* loop.pipe(
      Effect.onExit((exit) => Effect.sync(() => life.end(Exit.isSuccess(exit) ? exit.value : closed()))),
      Effect.raceFirst(Deferred.await(life.ended)),
      Effect.forkScoped
    )
    yield* Deferred.await(life.started)

    const online = Effect.suspend(() => {
      const { link, identity, state } = life
      if (link !== null) return Effect.succeed({ link, identity })
      const why = state._tag === "Ended" || state._tag === "Offline" ? `: ${state.reason.message}` : ""
      return Effect.fail(new ClientOffline({ message: `not connected${why}` }))
    })
    const calls = makeCalls(online, deadlines.reply)
    return {
      ...calls,
      setPresence: (presence, terms) =>
        Effect.tap(calls.setPresence(presence, terms), () => Effect.sync(() => (life.presence = presence))),
      state: () => life.state,
      states: life.states.stream,
      identity: () => life.identity,
      events: life.events.stream,
      board: () => life.model.board(),
      boards: Stream.map(life.boards.stream, () => life.model.board()),
      ready: Effect.suspend(() => Deferred.await(life.ready)),
      counts: () => ({ messages: life.messages, unknown: life.unknown, connections: life.connections }),
      logout: calls
        .send(logout("logout"))
        .pipe(
          Effect.timeoutOption(deadlines.reply),
          Effect.ignore,
          Effect.andThen(
            Effect.sync(() => life.end(new ClientEnded({ reason: "logged_out", message: "this client logged out" })))
          ),
          Effect.andThen(Effect.asVoid(Fiber.await(running)))
        ),
      ended: Deferred.await(life.ended)
    }
  })

/** A signed-in client. */
export class CtiClient extends Context.Service<CtiClient, CtiClientShape>()("@ctid/client/CtiClient") {
  /**
   * Connects and signs in; fails when that fails. From then on lost connections are made again, until the scope ends, the user logs
   * out, a login is refused, or the server tells this client to disconnect.
   */
  static readonly make = make

  static readonly layer = (options: ClientOptions): Layer.Layer<CtiClient, ClientEnd, ClientTransport | Digest.Digest> =>
    Layer.effect(CtiClient, make(options))
}
