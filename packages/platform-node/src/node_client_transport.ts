/**
 * The client's wire to a CTI server, over TCP or TLS.
 *
 * @example
 * ```ts
 * import { NodeClientTransport } from "@ctid/platform-node"
 *
 * const wire = NodeClientTransport.layer({ host: "127.0.0.1", port: 5003 })
 * ```
 */
import {
  ClientTransport,
  ClientTransportError,
  type ClientTransportHandlers,
  type ClientWire
} from "@ctid/client/client_transport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { DialOptions } from "./dial.ts"
import { openWire } from "./wire.ts"
import { hostPort, timeoutError, type WireError } from "./wire_error.ts"

export interface NodeClientTransportOptions extends DialOptions {
  /** Milliseconds until the connection, and TLS in it, must be open. Default 10,000. */
  readonly connectTimeout?: number | undefined
}

const clientError = ({ reason, message }: WireError): ClientTransportError => new ClientTransportError({ reason, message })

const open =
  (options: NodeClientTransportOptions) =>
  (handlers: ClientTransportHandlers): Effect.Effect<ClientWire, ClientTransportError, Scope.Scope> => {
    const timeout = options.connectTimeout ?? 10_000
    return openWire(options, {
      onBytes: (chunk) => handlers.onBytes(chunk),
      onClose: (error) => handlers.onClose(error === null ? null : clientError(error))
    }).pipe(
      Effect.timeoutOrElse({
        duration: timeout,
        orElse: () => Effect.fail(timeoutError(hostPort(options.host, options.port), timeout))
      }),
      Effect.mapError(clientError),
      Effect.map((wire) => ({
        encrypted: wire.encrypted,
        write: (bytes) => Effect.mapError(wire.write(bytes), clientError),
        close: wire.close
      }))
    )
  }

/** TCP, and TLS that verifies by default, on this process's sockets. */
export const NodeClientTransport: {
  readonly layer: (options: NodeClientTransportOptions) => Layer.Layer<ClientTransport>
} = {
  layer: (options) =>
    Layer.succeed(
      ClientTransport,
      ClientTransport.of({
        open: open(options),
        label: `${options.tls === undefined ? "cti" : "ctis"}://${hostPort(options.host, options.port)}`
      })
    )
}
