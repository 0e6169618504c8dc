/**
 * Listeners on `node:net`: TCP over IPv4 and IPv6, and TLS in it. Our own and callback-shaped: no fiber, no timer and no promise for a
 * message.
 *
 * @example
 * ```ts
 * import { Listener } from "@ctid/core"
 * import { NodeListener } from "@ctid/platform-node"
 * import * as Effect from "effect/Effect"
 *
 * const echo = Effect.gen(function* () {
 *   const listener = yield* Listener
 *   return yield* listener.listen({ address: "127.0.0.1", port: 0, socketTimeout: 10_000 }, (connection) => ({
 *     onBytes: (chunk) => connection.write(chunk.slice()),
 *     onDrain: () => {},
 *     onClose: () => {}
 *   }))
 * }).pipe(Effect.provide(NodeListener.layer))
 * ```
 */

import { createServer, type Server } from "node:net"
import {
  type Connection,
  type ConnectionHandlers,
  type Endpoint,
  ListenError,
  Listener,
  type ListenOptions
} from "@ctid/core/connection/connection"
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { listenError } from "./listen_error.ts"
import { NodeConnection, PIECE, type Report } from "./node_connection.ts"
import { TlsHandshakes } from "./tls_handshakes.ts"
import { codeOf } from "./wire_error.ts"
import { WriteWatch } from "./write_watch.ts"

/** Connections that the system completes for us and that wait to be accepted. The system's own bound may be lower. */
const BACKLOG = 4096
/** Milliseconds without traffic after which the system asks a peer whether it is still there. */
const KEEP_ALIVE = 60_000
/** Milliseconds between two reports of refused connections. */
const REPORT_INTERVAL = 10_000

type Accept = (connection: Connection) => ConnectionHandlers

const makeServer = (options: ListenOptions, accept: Accept, context: Context.Context<never>): Server => {
  const run = Effect.runForkWith(context)
  const watch = new WriteWatch(options.socketTimeout)
  const who = ({ id, peer }: Connection) => Effect.annotateLogs({ connection: id, peer: `${peer.address}:${peer.port}` })
  const report: Report = {
    threw: (connection, thrown) => {
      run(Effect.logError("connection handler failed", Cause.die(thrown)).pipe(who(connection)))
    },
    tlsFailed: (connection, reason) => {
      run(Effect.logInfo("no TLS with a client").pipe(Effect.annotateLogs({ reason }), who(connection)))
    }
  }
  return createServer(
    // A piece of ours fills the socket, so its `drain` always follows one.
    { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE, allowHalfOpen: false, highWaterMark: PIECE },
    (socket) => NodeConnection.accept(socket, watch, accept, report, options.tls)
  )
}

/** Says that connections cannot be accepted (too many open files above all), not more often than every ten seconds. */
const reportRefusals = (server: Server, endpoint: Endpoint, context: Context.Context<never>): void => {
  let refused = 0
  let next = 0
  server.on("error", (cause) => {
    refused++
    const now = performance.now()
    if (now < next) return
    next = now + REPORT_INTERVAL
    Effect.runForkWith(context)(
      Effect.logError("connections refused").pipe(
        Effect.annotateLogs({ address: endpoint.address, port: endpoint.port, refused, reason: cause.message })
      )
    )
    refused = 0
  })
}

/** A port whose certificate cannot be used would refuse everybody later, one by one. */
const checkTls = ({ tls, address, port }: ListenOptions): Effect.Effect<void, ListenError> =>
  tls === undefined
    ? Effect.void
    : Effect.try({
        try: () => void TlsHandshakes.of(tls.credentials()),
        catch: (cause) => {
          const message = `port ${port} on ${address} is not opened: its certificate and key cannot be used (${codeOf(cause)})`
          return new ListenError({ address, port, code: "TLS_CREDENTIALS", message })
        }
      })

const open = (options: ListenOptions, accept: Accept): Effect.Effect<readonly [Server, Endpoint], ListenError> =>
  Effect.contextWith((context: Context.Context<never>) =>
    Effect.callback<readonly [Server, Endpoint], ListenError>((resume) => {
      const server = makeServer(options, accept, context)
      const fail = (cause: unknown): void => resume(Effect.fail(listenError(cause, options)))
      server.once("error", fail)
      server.once("listening", () => {
        server.off("error", fail)
        const bound = server.address()
        const endpoint =
          bound === null || typeof bound === "string"
            ? { address: options.address, port: options.port }
            : { address: bound.address, port: bound.port }
        reportRefusals(server, endpoint, context)
        resume(Effect.succeed([server, endpoint]))
      })
      try {
        server.listen({ host: options.address, port: options.port, backlog: BACKLOG, exclusive: true })
      } catch (cause) {
        fail(cause)
      }
      return Effect.sync(() => server.close())
    })
  )

const listen = (options: ListenOptions, accept: Accept): Effect.Effect<Endpoint, ListenError, Scope.Scope> =>
  // Only accepting ends with the scope: what was accepted belongs to who accepted it.
  Effect.acquireRelease(
    Effect.andThen(checkTls(options), open(options, accept)),
    ([server]) => Effect.sync(() => server.close()),
    { interruptible: true }
  ).pipe(Effect.map(([, endpoint]) => endpoint))

/** Listeners of this process. */
export const NodeListener: { readonly layer: Layer.Layer<Listener> } = {
  layer: Layer.succeed(Listener, Listener.of({ listen }))
}
