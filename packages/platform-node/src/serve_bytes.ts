/** Puts something that speaks bytes in memory, such as a simulated Asterisk, on a port. */
import { type Connection, type Endpoint, type ListenError, Listener } from "@ctid/core/connection/connection"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** What the other side of a connection is told by the peer in memory. */
export interface BytePeerHandlers {
  readonly onBytes: (bytes: Uint8Array) => void
  /** Called once, last. */
  readonly onClose: () => void
}

/** One conversation with it. */
export interface BytePeer {
  readonly write: (bytes: Uint8Array) => void
  readonly close: () => void
}

export interface ServeBytesOptions {
  /** Default `127.0.0.1`. */
  readonly address?: string | undefined
  /** Default 0: any free port. */
  readonly port?: number | undefined
  /** Milliseconds after which a client that takes none of what waits for it is cut off. Default 30,000. */
  readonly socketTimeout?: number | undefined
}

/**
 * Gives each connection a conversation of its own. The scope's end closes the port and all connections.
 *
 * While a client does not take its answers, nothing more is read from it; after the socket timeout it is cut off.
 *
 * @example
 * ```ts
 * import { NodeListener, serveBytes } from "@ctid/platform-node"
 * import * as Effect from "effect/Effect"
 *
 * const echo = serveBytes(({ onBytes, onClose }) => ({ write: onBytes, close: onClose })).pipe(Effect.provide(NodeListener.layer))
 * ```
 */
export const serveBytes = (
  connect: (handlers: BytePeerHandlers) => BytePeer,
  options: ServeBytesOptions = {}
): Effect.Effect<Endpoint, ListenError, Listener | Scope.Scope> =>
  Effect.gen(function* () {
    const listener = yield* Listener
    const open = new Set<Connection>()
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        for (const connection of open) connection.destroy()
      })
    )
    return yield* listener.listen(
      { address: options.address ?? "127.0.0.1", port: options.port ?? 0, socketTimeout: options.socketTimeout ?? 30_000 },
      (connection) => {
        open.add(connection)
        const peer = connect({
          onBytes: (bytes) => {
            // The peer in memory may use its bytes again; those of a socket may not change.
            if (!connection.write(bytes.slice())) connection.pause()
          },
          onClose: connection.close.bind(connection)
        })
        return {
          onBytes: peer.write,
          onDrain: connection.resume.bind(connection),
          onClose: () => {
            open.delete(connection)
            peer.close()
          }
        }
      }
    )
  })
