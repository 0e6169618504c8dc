/**
 * The door to an Asterisk manager port: a transport opens the wire, decodes and carries; login, ActionIDs, pings and
 * reconnection belong to the session.
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { AmiMessage } from "./ami_message.ts"

/** The wire could not be opened, or broke. */
export class AmiTransportError extends Data.TaggedError("AmiTransportError")<{
  readonly reason:
    | "connect" // refused, unreachable, name not found
    | "timeout" // not open, or no greeting, in time
    | "tls" // certificate not trusted, wrong name, handshake failed
    | "not_ami" // the greeting is not Asterisk's
    | "packet_too_large" // a packet without end
    | "closed" // the other end closed
    | "lost" // reset, broken
  /** A sentence a person can act on; names host and port; never a secret. */
  readonly message: string
}> {}

export interface AmiTransportHandlers {
  /** Decoded packets in order, those of one read together. The callback does not throw. */
  readonly onMessages: (messages: ReadonlyArray<AmiMessage>) => void
  /** Called once, last, also after our own `close`; null: we closed. */
  readonly onClose: (error: AmiTransportError | null) => void
}

/** An open wire. */
export interface AmiWire {
  /** `Asterisk Call Manager/11.0.0`; empty when `authenticated`: whoever signed in has read it. */
  readonly greeting: string
  /**
   * True: somebody else has signed in on this wire and uses it too. The session then neither signs in nor off, and leaves the
   * event mask as it is.
   */
  readonly authenticated?: boolean
  /** True inside TLS. */
  readonly encrypted: boolean
  /** Queues bytes; the effect ends when the peer keeps up (drained), so a writer is slowed to its speed. */
  readonly write: (bytes: Uint8Array) => Effect.Effect<void, AmiTransportError>
  readonly close: () => void
}

export class AmiTransport extends Context.Service<
  AmiTransport,
  {
    /** Opens a wire and reads the greeting within the transport's deadline. The scope's end closes it. */
    readonly open: (handlers: AmiTransportHandlers) => Effect.Effect<AmiWire, AmiTransportError, Scope.Scope>
    /** For logs: `ami://127.0.0.1:5038` or `amis://pbx:5039`. */
    readonly label: string
  }
>()("@ctid/ami/AmiTransport") {}
