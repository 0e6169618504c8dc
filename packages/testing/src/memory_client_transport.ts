/** `ClientTransport` over a network in memory: a server and its clients in one program, without a socket. */
import {
  ClientTransport,
  ClientTransportError,
  type ClientTransportHandlers,
  type ClientWire
} from "@ctid/client/client_transport"
import type { Endpoint } from "@ctid/core/connection/connection"
import { MemoryNetwork } from "@ctid/simulator/memory_listener"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"

export interface MemoryClientTransportOptions {
  /** As if inside TLS. Default false. */
  readonly encrypted?: boolean
}

export const MemoryClientTransport: {
  /** Dials one listener of the network. */
  readonly layer: (
    endpoint: Endpoint,
    options?: MemoryClientTransportOptions
  ) => Layer.Layer<ClientTransport, never, MemoryNetwork>
} = {
  layer: (endpoint, { encrypted = false } = {}) =>
    Layer.effect(
      ClientTransport,
      Effect.map(MemoryNetwork, (network) => {
        const label = `${encrypted ? "ctis" : "cti"}://${endpoint.address}:${endpoint.port}`
        const closed = new ClientTransportError({ reason: "closed", message: `${label} closed the connection` })
        const lost = new ClientTransportError({ reason: "lost", message: `the connection to ${label} broke` })

        const open = (handlers: ClientTransportHandlers): Effect.Effect<ClientWire, ClientTransportError> =>
          Effect.gen(function* () {
            const drained = Latch.makeUnsafe(true)
            let ours = false
            let end: ClientTransportError | null = null
            const client = yield* network
              .dial(
                endpoint,
                {
                  onBytes: handlers.onBytes,
                  onDrain: () => drained.openUnsafe(),
                  onClose: (how) => {
                    end = how === "ended" ? closed : lost
                    drained.openUnsafe()
                    handlers.onClose(ours ? null : end)
                  }
                },
                { encrypted }
              )
              .pipe(Effect.mapError(({ message }) => new ClientTransportError({ reason: "connect", message })))
            const check = Effect.suspend(() => (end === null ? Effect.void : Effect.fail(end)))
            return {
              encrypted,
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
          label
        })
      })
    )
}
