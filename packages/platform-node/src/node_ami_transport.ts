/**
 * The wire to an Asterisk manager port, over TCP or TLS.
 *
 * @example
 * ```ts
 * import { NodeAmiTransport } from "@ctid/platform-node"
 *
 * const clear = NodeAmiTransport.layer({ host: "127.0.0.1", port: 5038 })
 * const encrypted = NodeAmiTransport.layer({ host: "pbx.example", port: 5039, tls: {} })
 * ```
 */
import { type AmiDecodeError, AmiDecoder } from "@ctid/ami/ami_decoder"
import { AmiTransport, AmiTransportError, type AmiTransportHandlers, type AmiWire } from "@ctid/ami/ami_transport"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { amiRecords } from "./ami_records.ts"
import type { DialOptions } from "./dial.ts"
import { openWire, type Wire, type WireHandlers } from "./wire.ts"
import { endedError, hostPort, timeoutError, type WireError } from "./wire_error.ts"

export interface NodeAmiTransportOptions extends DialOptions {
  /** Milliseconds until the connection must be open, TLS in it too, and Asterisk must have greeted. Default 10,000. */
  readonly connectTimeout?: number | undefined
}

const fromWire = ({ reason, message }: WireError): AmiTransportError => new AmiTransportError({ reason, message })

/** One wire's life: the greeting, then messages, then the end. */
class Conversation implements WireHandlers {
  readonly recordsOf = amiRecords
  readonly greeted: Deferred.Deferred<string, AmiTransportError> = Deferred.makeUnsafe()
  #decoder = new AmiDecoder()
  #where: string
  #handlers: AmiTransportHandlers
  /** What Asterisk said was no AMI, or too much. */
  #broken: AmiTransportError | null = null
  /** The owner has the wire, so he is told of its end. */
  #given = false

  constructor(where: string, handlers: AmiTransportHandlers) {
    this.#where = where
    this.#handlers = handlers
  }

  readonly onBytes = (chunk: Uint8Array, wire: Wire): void => {
    const messages = this.#decoder.push(chunk)
    const { error, greeting } = this.#decoder
    if (greeting !== null) Deferred.doneUnsafe(this.greeted, Effect.succeed(greeting))
    if (error !== null) {
      this.#broken = this.#decodeError(error)
      wire.destroy()
    }
    if (messages.length > 0) this.#handlers.onMessages(messages)
  }

  readonly onClose = (error: WireError | null): void => {
    const cause = this.#broken ?? (error === null ? null : fromWire(error))
    Deferred.doneUnsafe(this.greeted, Effect.fail(cause ?? fromWire(endedError(this.#where))))
    if (this.#given) this.#handlers.onClose(cause)
  }

  give(wire: Wire, greeting: string): AmiWire {
    this.#given = true
    return {
      greeting,
      encrypted: wire.encrypted,
      write: (bytes) => Effect.mapError(wire.write(bytes), fromWire),
      close: wire.close
    }
  }

  #decodeError({ reason, message }: AmiDecodeError): AmiTransportError {
    return new AmiTransportError({
      reason: reason === "not_ami" ? "not_ami" : "packet_too_large",
      message: `${this.#where}: ${message}`
    })
  }
}

const open =
  (options: NodeAmiTransportOptions) =>
  (handlers: AmiTransportHandlers): Effect.Effect<AmiWire, AmiTransportError, Scope.Scope> => {
    const where = hostPort(options.host, options.port)
    const timeout = options.connectTimeout ?? 10_000
    return Effect.suspend(() => {
      const conversation = new Conversation(where, handlers)
      let reached = false
      const greet = (wire: Wire): Effect.Effect<AmiWire, AmiTransportError> => {
        reached = true
        return Deferred.await(conversation.greeted).pipe(
          Effect.map((greeting) => conversation.give(wire, greeting)),
          Effect.onInterrupt(() => Effect.sync(wire.destroy))
        )
      }
      const late = (): AmiTransportError => {
        if (!reached) return fromWire(timeoutError(where, timeout))
        const hint = options.tls === undefined ? ": is this its TLS port?" : ""
        return new AmiTransportError({
          reason: "timeout",
          message: `${where}: Asterisk did not greet within ${timeout} ms${hint}`
        })
      }
      return Effect.flatMap(Effect.mapError(openWire(options, conversation), fromWire), greet).pipe(
        Effect.timeoutOrElse({ duration: timeout, orElse: () => Effect.fail(late()) })
      )
    })
  }

/** TCP, and TLS that verifies always, on this process's sockets. */
export const NodeAmiTransport: {
  readonly layer: (options: NodeAmiTransportOptions) => Layer.Layer<AmiTransport>
} = {
  layer: (options) =>
    Layer.succeed(
      AmiTransport,
      AmiTransport.of({
        open: open(options),
        label: `${options.tls === undefined ? "ami" : "amis"}://${hostPort(options.host, options.port)}`
      })
    )
}
