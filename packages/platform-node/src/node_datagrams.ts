/** UDP ports on `node:dgram`, over IPv4 and IPv6. */
import { createSocket, type Socket } from "node:dgram"
import { lookup } from "node:dns"
import type { Endpoint, ListenError } from "@ctid/core/connection/connection"
import { Datagrams } from "@ctid/core/connection/datagrams"
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { listenError } from "./listen_error.ts"

interface Place {
  readonly address: string
  readonly port: number
}

type OnDatagram = (bytes: Uint8Array, from: Endpoint) => void

/** The first address of a name, as for TCP: it decides between IPv4 and IPv6. */
const resolve = (place: Place): Effect.Effect<{ readonly address: string; readonly family: number }, ListenError> =>
  Effect.callback((resume) => {
    lookup(place.address, (error, address, family) => {
      resume(error === null ? Effect.succeed({ address, family }) : Effect.fail(listenError(error, place)))
    })
  })

const open = (place: Place, onDatagram: OnDatagram): Effect.Effect<readonly [Socket, Endpoint], ListenError> =>
  Effect.flatMap(resolve(place), ({ address, family }) =>
    Effect.contextWith((context: Context.Context<never>) =>
      Effect.callback<readonly [Socket, Endpoint], ListenError>((resume) => {
        const run = Effect.runForkWith(context)
        const socket = createSocket(family === 6 ? "udp6" : "udp4")
        const fail = (cause: unknown): void => {
          socket.close()
          resume(Effect.fail(listenError(cause, place)))
        }
        socket.on("message", (bytes, from) => {
          try {
            onDatagram(bytes, { address: from.address, port: from.port })
          } catch (thrown) {
            run(Effect.logError("datagram handler failed", Cause.die(thrown)))
          }
        })
        socket.once("error", fail)
        socket.once("listening", () => {
          socket.off("error", fail)
          // an unreachable peer's answer is no reason to stop
          socket.on("error", () => {})
          const bound = socket.address()
          resume(Effect.succeed([socket, { address: bound.address, port: bound.port }]))
        })
        try {
          socket.bind({ address, port: place.port, exclusive: true })
        } catch (cause) {
          fail(cause)
        }
        return Effect.sync(() => socket.close())
      })
    )
  )

/** UDP ports of this process. */
export const NodeDatagrams: { readonly layer: Layer.Layer<Datagrams> } = {
  layer: Layer.succeed(
    Datagrams,
    Datagrams.of({
      bind: (place, onDatagram) =>
        Effect.acquireRelease(open(place, onDatagram), ([socket]) => Effect.sync(() => socket.close()), {
          interruptible: true
        }).pipe(Effect.map(([, endpoint]) => endpoint))
    })
  )
}
