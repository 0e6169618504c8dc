/** The door to a CTI server: a transport opens the wire and carries bytes; framing, login and reconnection belong to the client. */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** The wire could not be opened, or broke. */
export class ClientTransportError extends Data.TaggedError("ClientTransportError")<{
  readonly reason:
    | "connect" // refused, unreachable, name not found
    | "timeout" // not open in time
    | "tls" // certificate not trusted, wrong name, handshake failed
    | "closed" // the server ended the connection in an orderly way
    | "lost" // reset, broken pipe
  /** A sentence a person can act on; names host and port; never a secret. */
  readonly message: string
}> {}

/**
 * `tls`: from the first byte. `starttls`: in clear until the server has offered and confirmed it (reference 2.2); nothing but that is
 * said or believed before, and where it does not come about the connection ends. `none`: in clear; offers are not taken.
 */
export type ClientEncryption = "none" | "starttls" | "tls"

/** What the owner of a wire is told. The handlers never throw. */
export interface ClientTransportHandlers {
  /** Bytes as they came. The array may be reused by the binding: whatever is kept must be copied. */
  readonly onBytes: (chunk: Uint8Array) => void
  /** Called once, last, also after our own `close`; null: we closed. Not called when `open` failed. */
  readonly onClose: (error: ClientTransportError | null) => void
}

/** An open wire. */
export interface ClientWire {
  /** True inside TLS. */
  readonly encrypted: boolean
  /**
   * Begins TLS behind what was written, and ends when the server has proved who it is. From the call on, what `onBytes` tells was said
   * inside TLS: anything in clear breaks the handshake. Fails with `tls` and closes the wire when no TLS comes about, with `timeout` when
   * not within the transport's own deadline. Does nothing inside TLS.
   */
  readonly upgradeToTls: Effect.Effect<void, ClientTransportError>
  /**
   * Queues bytes at once; the effect ends when the peer keeps up (drained), so a writer is slowed to its speed. It fails when
   * the wire is closed. The bytes must not be changed afterwards.
   */
  readonly write: (bytes: Uint8Array) => Effect.Effect<void, ClientTransportError>
  /** Writes what is queued, then ends. Does nothing after the end. */
  readonly close: () => void
}

/** Opens wires to one server. */
export class ClientTransport extends Context.Service<
  ClientTransport,
  {
    /** Opens a wire within the transport's own deadline. The scope's end closes it. */
    readonly open: (handlers: ClientTransportHandlers) => Effect.Effect<ClientWire, ClientTransportError, Scope.Scope>
    /** What the client makes of the wires that are opened. Of `tls` ones they are encrypted already. */
    readonly encryption: ClientEncryption
    /** For logs and error texts: `cti://127.0.0.1:5003` or `ctis://pbx:5013`. */
    readonly label: string
  }
>()("@ctid/client/ClientTransport") {}
