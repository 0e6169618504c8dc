import { Listener } from "@ctid/core/connection/connection"
import { MemoryListener, MemoryNetwork } from "@ctid/simulator/memory_listener"
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { type FarEnd, type ListenerWorld, listenerContract } from "./listener_contract.ts"

/** Nobody looks at it in memory. */
const credentials = { certificate: "", key: Redacted.make(""), clientCa: null, minVersion: "TLSv1.2" } as const

const world = Effect.gen(function* () {
  const listener = yield* Listener
  const network = yield* MemoryNetwork
  const dial: ListenerWorld["dial"] = (endpoint) =>
    Effect.gen(function* () {
      const received: Array<Uint8Array> = []
      let quota = Number.POSITIVE_INFINITY
      let how: "ended" | "reset" | null = null
      const client = yield* network.dial(endpoint, {
        onBytes: (chunk) => {
          received.push(chunk.slice())
          quota -= chunk.length
          if (quota <= 0) client.pause()
        },
        onClose: (end) => {
          how = end
        }
      })
      yield* Effect.addFinalizer(() => Effect.sync(client.reset))
      const farEnd: FarEnd = {
        send: client.write,
        received,
        pause: client.pause,
        resume: (bytes = Number.POSITIVE_INFINITY) => {
          quota = bytes
          client.resume()
        },
        end: client.end,
        reset: client.reset,
        ended: () => how === "ended",
        closed: () => how !== null,
        startTls: client.startTls,
        secure: client.encrypted
      }
      return farEnd
    })
  return { listener, dial, credentials }
})

describe("the listener contract in memory", () => {
  for (const { name, run } of listenerContract) {
    it.live(name, () => Effect.flatMap(world, run).pipe(Effect.provide(MemoryListener.layer())))
  }
})
