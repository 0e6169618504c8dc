/**
 * The door to the network: listeners that accept connections. Callback-shaped, because bytes are handled in the
 * socket's own callback, without a fiber for each message.
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { TlsServer } from "./tls_identity.ts"

/** An address and a port, as seen by this machine. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** Why a connection ended. The first two are ours, the others the peer's or the network's. */
export type CloseCause =
  | "closed" // we called `close` and everything queued was written
  | "destroyed" // we called `destroy`, or what was queued was not taken in time
  | "peer_closed" // the peer ended the connection in an orderly way
  | "connection_lost" // reset, unreachable, broken pipe
  | "write_timeout" // nothing was taken by the peer for the socket timeout
  | "tls_failed" // no TLS came about: bad bytes, no common version, no trusted client certificate, too slow

/** What the owner of a connection is told. The handlers never throw; a binding may treat a throw as fatal to the connection. */
export interface ConnectionHandlers {
  /** Bytes as they came. The array may be reused by the binding: whatever is kept must be copied. */
  readonly onBytes: (chunk: Uint8Array) => void
  /** All that was written has been handed to the operating system, after `write` had answered false. */
  readonly onDrain: () => void
  /** Called once, last. */
  readonly onClose: (cause: CloseCause) => void
}

/** One accepted connection. No method throws; after the end they do nothing. */
export interface Connection {
  /** No other connection of this server has had it. */
  readonly id: number
  readonly peer: Endpoint
  readonly local: Endpoint
  /** True when bytes written from now on travel inside TLS, and those read came inside it. */
  readonly encrypted: boolean
  /** Queues bytes. False: they are queued, but the peer is slow; `onDrain` follows. The bytes must not be changed afterwards. */
  readonly write: (bytes: Uint8Array) => boolean
  /** Bytes queued here and not yet taken by the operating system. */
  readonly pending: () => number
  /** Stops `onBytes` (the peer is slowed down by the network's own flow control). */
  readonly pause: () => void
  readonly resume: () => void
  /**
   * Begins TLS, as its server, behind what was written so far; does nothing on a connection that is `encrypted`. Nothing that is
   * written afterwards leaves in clear: it waits for the end of the handshake. What the peer sends from here on must be the handshake,
   * otherwise the connection ends as `tls_failed`; the caller has looked that it has no bytes of the peer's left over.
   */
  readonly upgradeToTls: (tls: TlsServer) => void
  /** Writes what is queued, then ends; in the middle of a handshake it ends at once. Bytes that still come in are dropped. */
  readonly close: () => void
  /** Ends at once and drops what is queued. */
  readonly destroy: () => void
}

/** Where and how to listen. */
export interface ListenOptions {
  /** `127.0.0.1`, `::1`, `0.0.0.0`, a host name... The first address that it resolves to is taken. */
  readonly address: string
  /** 0: any free port. */
  readonly port: number
  /**
   * Milliseconds after which a peer that takes none of the bytes waiting for it loses its connection. A function is asked anew for each
   * peer for which bytes begin to wait, so that it may change while the port is open.
   */
  readonly socketTimeout: number | (() => number)
  /** TLS from the first byte: connections are `encrypted` from the start. Absent: clear text. */
  readonly tls?: TlsServer | undefined
}

/** The port could not be opened. */
export class ListenError extends Data.TaggedError("ListenError")<{
  readonly address: string
  readonly port: number
  /** The system's word: `EADDRINUSE`, `EACCES`, `ENOTFOUND`...; `TLS_CREDENTIALS`: certificate or key cannot be used. */
  readonly code: string
  readonly message: string
}> {}

/** Opens listening ports. */
export class Listener extends Context.Service<
  Listener,
  {
    /**
     * Listens until the scope closes; closing it stops accepting, the accepted connections stay. `accept` is called for each
     * new connection, in the socket's callback, and answers the handlers at once.
     */
    readonly listen: (
      options: ListenOptions,
      accept: (connection: Connection) => ConnectionHandlers
    ) => Effect.Effect<Endpoint, ListenError, Scope.Scope>
  }
>()("@ctid/core/Listener") {}
