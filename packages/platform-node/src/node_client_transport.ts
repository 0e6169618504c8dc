/**
 * The client's wire to a CTI server, over TCP or TLS.
 *
 * @example
 * ```ts
 * import { NodeClientTransport } from "@ctid/platform-node"
 * import { readFileSync } from "node:fs"
 *
 * const clear = NodeClientTransport.layer({ host: "127.0.0.1", port: 5003 })
 * const ca = readFileSync("ca.pem", "utf8")
 * const ctis = NodeClientTransport.layer({ host: "cti.example.com", port: 5013, encryption: "tls", tls: { ca } })
 * const starttls = NodeClientTransport.layer({ host: "cti.example.com", port: 5003, encryption: "starttls", tls: { ca } })
 * ```
 */
import {
  type ClientEncryption,
  ClientTransport,
  ClientTransportError,
  type ClientTransportHandlers,
  type ClientWire
} from "@ctid/client/client_transport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { DialTls } from "./dial.ts"
import { openWire } from "./wire.ts"
import { hostPort, timeoutError, type WireError } from "./wire_error.ts"

export interface NodeClientTransportOptions {
  readonly host: string
  readonly port: number
  /** Default: `tls` where `tls` is given, otherwise `none`. */
  readonly encryption?: ClientEncryption | undefined
  /** How the server proves who it is. Default: by a certificate for `host`, of a CA that Node brings along. */
  readonly tls?: DialTls | undefined
  /** Milliseconds until the connection, and TLS in it, must be open; and those of a later handshake. Default 10,000. */
  readonly connectTimeout?: number | undefined
}

const clientError = ({ reason, message }: WireError): ClientTransportError => new ClientTransportError({ reason, message })

const encryptionOf = ({ encryption, tls }: NodeClientTransportOptions): ClientEncryption =>
  encryption ?? (tls === undefined ? "none" : "tls")

const open =
  (options: NodeClientTransportOptions) =>
  (handlers: ClientTransportHandlers): Effect.Effect<ClientWire, ClientTransportError, Scope.Scope> => {
    const { host, port, tls = {}, connectTimeout = 10_000 } = options
    const inTime = <A, R>(effect: Effect.Effect<A, WireError, R>): Effect.Effect<A, ClientTransportError, R> =>
      effect.pipe(
        Effect.timeoutOrElse({
          duration: connectTimeout,
          orElse: () => Effect.fail(timeoutError(hostPort(host, port), connectTimeout))
        }),
        Effect.mapError(clientError)
      )
    const opening = openWire(
      { host, port, tls: encryptionOf(options) === "tls" ? tls : undefined },
      {
        onBytes: (chunk) => handlers.onBytes(chunk),
        onClose: (error) => handlers.onClose(error === null ? null : clientError(error))
      }
    )
    return Effect.map(inTime(opening), (wire) => ({
      get encrypted() {
        return wire.encrypted
      },
      upgradeToTls: inTime(wire.upgrade({ host, port }, tls)),
      write: (bytes) => Effect.mapError(wire.write(bytes), clientError),
      close: wire.close
    }))
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
        encryption: encryptionOf(options),
        label: `${encryptionOf(options) === "tls" ? "ctis" : "cti"}://${hostPort(options.host, options.port)}`
      })
    )
}
