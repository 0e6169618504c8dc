/** `ClientTransport` over a network in memory: a server and its clients in one program, without a socket. */
import {
  type ClientEncryption,
  ClientTransport,
  ClientTransportError,
  type ClientTransportHandlers,
  type ClientWire
} from "@ctid/client/client_transport"
import type { Endpoint } from "@ctid/core/connection/connection"
import { MemoryNetwork } from "@ctid/simulator/memory_listener"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"

export interface MemoryClientTransportOptions {
  /** As if inside TLS, with a server that is always believed. Default `none`. */
  readonly encryption?: ClientEncryption
}

export const MemoryClientTransport: {
  /** Dials one listener of the network. */
  readonly layer: (
    endpoint: Endpoint,
    options?: MemoryClientTransportOptions
  ) => Layer.Layer<ClientTransport, never, MemoryNetwork>
} = {
  layer: (endpoint, { encryption = "none" } = {}) =>
    Layer.effect(
      ClientTransport,
      Effect.map(MemoryNetwork, (network) => {
        const label = `${encryption === "tls" ? "ctis" : "cti"}://${endpoint.address}:${endpoint.port}`
        const closed = new ClientTransportError({ reason: "closed", message: `${label} closed the connection` })
        const noTls = new ClientTransportError({ reason: "tls", message: `${label} did not end the TLS handshake` })
        const lost = new ClientTransportError({ reason: "lost", message: `the connection to ${label} broke` })

        const open = (handlers: ClientTransportHandlers): Effect.Effect<ClientWire, ClientTransportError> =>
          Effect.gen(function* () {
            const drained = Latch.makeUnsafe(true)
            const secure: Deferred.Deferred<void, ClientTransportError> = Deferred.makeUnsafe()
            let ours = false
            let upgrading = false
            let end: ClientTransportError | null = null
            const client = yield* network
              .dial(
                endpoint,
                {
                  onBytes: handlers.onBytes,
                  onDrain: () => drained.openUnsafe(),
                  onSecure: () => Deferred.doneUnsafe(secure, Exit.void),
                  onClose: (how) => {
                    end = upgrading && !client.encrypted() ? noTls : how === "ended" ? closed : lost
                    Deferred.doneUnsafe(secure, Exit.fail(end))
                    drained.openUnsafe()
                    handlers.onClose(ours ? null : end)
                  }
                },
                { encrypted: encryption === "tls" }
              )
              .pipe(Effect.mapError(({ message }) => new ClientTransportError({ reason: "connect", message })))
            const check = Effect.suspend(() => (end === null ? Effect.void : Effect.fail(end)))
            return {
              get encrypted() {
                return encryption === "tls" || client.encrypted()
              },
              upgradeToTls: Effect.suspend(() => {
                if (encryption === "tls") return Effect.void
                if (end !== null || ours) return Effect.fail(end ?? closed)
                upgrading = true
                client.startTls()
                return Deferred.await(secure)
              }),
              write: (bytes) =>
                Effect.suspend(() => {
                  if (end !== null || ours) return Effect.fail(end ?? closed)
                  client.write(bytes)
                  if (client.pending() > 0) drained.closeUnsafe()
                  return Effect.andThen(drained.await, check)
                }),
              close: () => {
                ours = true
                client.end()
              }
            }
          })

        return ClientTransport.of({
          open: (handlers) => Effect.acquireRelease(open(handlers), (wire) => Effect.sync(wire.close)),
          encryption,
          label
        })
      })
    )
}
