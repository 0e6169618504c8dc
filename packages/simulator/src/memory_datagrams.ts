/** The door to UDP, in memory: ports, and the hand that sends to them. */
import { type Endpoint, ListenError } from "@ctid/core/connection/connection"
import { Datagrams } from "@ctid/core/connection/datagrams"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** The network behind memory datagrams. */
export class DatagramNetwork extends Context.Service<
  DatagramNetwork,
  {
    /** Sends a datagram; where nobody listens it is lost, as on any network. It is delivered before this ends. */
    readonly send: (to: Endpoint, bytes: Uint8Array) => Effect.Effect<void>
  }
>()("@ctid/simulator/DatagramNetwork") {}

const SENDER: Endpoint = { address: "127.0.0.1", port: 40_000 }

const nameOf = ({ address, port }: Endpoint): string => `${address}:${port}`

const build = Effect.sync(() => {
  const ports = new Map<string, (bytes: Uint8Array, from: Endpoint) => void>()
  let last = 30_000

  const datagrams = Datagrams.of({
    bind: (place, onDatagram) =>
      Effect.acquireRelease(
        Effect.suspend(() => {
          const endpoint = { address: place.address, port: place.port === 0 ? ++last : place.port }
          if (ports.has(nameOf(endpoint))) {
            const message = `${nameOf(endpoint)} is in use already`
            return Effect.fail(new ListenError({ ...endpoint, code: "EADDRINUSE", message }))
          }
          ports.set(nameOf(endpoint), onDatagram)
          return Effect.succeed(endpoint)
        }),
        (endpoint) => Effect.sync(() => ports.delete(nameOf(endpoint)))
      )
  })

  const network = DatagramNetwork.of({
    send: (to, bytes) => Effect.sync(() => ports.get(nameOf(to))?.(bytes.slice(), SENDER))
  })

  return Context.make(Datagrams, datagrams).pipe(Context.add(DatagramNetwork, network))
})

export const MemoryDatagrams: {
  /** A network of its own, and the door to it. */
  readonly layer: Layer.Layer<Datagrams | DatagramNetwork>
} = { layer: Layer.effectContext(build) }
