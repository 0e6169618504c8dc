import { Listener } from "@ctid/core/connection/connection"
import { type FarEnd, type ListenerWorld, listenerContract } from "@ctid/testing/contracts/listener_contract"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { TestClock } from "effect/testing"
import { MemoryListener, MemoryNetwork } from "./memory_listener.ts"

const world = Effect.gen(function* () {
  const listener = yield* Listener
  const network = yield* MemoryNetwork
  const dial: ListenerWorld["dial"] = (endpoint) =>
    Effect.gen(function* () {
      const received: Array<Uint8Array> = []
      let quota = Number.POSITIVE_INFINITY
      let how: "open" | "ended" | "reset" = "open"
      const client = yield* network.dial(endpoint, {
        onBytes: (chunk) => {
          received.push(chunk)
          quota -= chunk.length
          if (quota <= 0) client.pause()
        },
        onClose: (cause) => {
          how = cause
        }
      })
      yield* Effect.addFinalizer(() => Effect.sync(client.reset))
      const end: FarEnd = {
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
        closed: () => how !== "open"
      }
      return end
    })
  return { listener, dial } satisfies ListenerWorld
})

describe("the listener contract in memory", () => {
  for (const { name, run } of listenerContract) {
    it.live(name, () => Effect.flatMap(world, run).pipe(Effect.provide(MemoryListener.layer())))
  }
})

describe("a network in memory", () => {
  it.effect("overwrites what a handler kept without copying, as a socket may", () =>
    Effect.gen(function* () {
      const listener = yield* Listener
      const network = yield* MemoryNetwork
      const kept: Array<Uint8Array> = []
      const endpoint = yield* listener.listen({ address: "127.0.0.1", port: 0, socketTimeout: 1000 }, () => ({
        onBytes: (chunk) => kept.push(chunk),
        onDrain: () => {},
        onClose: () => {}
      }))
      const client = yield* network.dial(endpoint, { onBytes: () => {}, onClose: () => {} })
      client.write(new Uint8Array([1, 2, 3]))
      yield* network.settled
      assert.deepStrictEqual(kept, [new Uint8Array([0xee, 0xee, 0xee])])
    }).pipe(Effect.provide(MemoryListener.layer()))
  )

  it.effect("counts the socket timeout by Effect's clock", () =>
    Effect.gen(function* () {
      const listener = yield* Listener
      const network = yield* MemoryNetwork
      const causes: Array<string> = []
      const endpoint = yield* listener.listen({ address: "127.0.0.1", port: 0, socketTimeout: 10_000 }, (connection) => {
        connection.write(new Uint8Array(1_000_000))
        return { onBytes: () => {}, onDrain: () => {}, onClose: (cause) => causes.push(cause) }
      })
      const client = yield* network.dial(endpoint, { onBytes: () => {}, onClose: () => {} })
      client.pause()
      yield* network.settled
      yield* TestClock.adjust("9 seconds")
      yield* network.settled
      assert.deepStrictEqual(causes, [])
      yield* TestClock.adjust("1 second")
      yield* network.settled
      assert.deepStrictEqual(causes, ["write_timeout"])
    }).pipe(Effect.provide(MemoryListener.layer()))
  )

  it.effect("a dialled connection may be as if inside TLS", () =>
    Effect.gen(function* () {
      const listener = yield* Listener
      const network = yield* MemoryNetwork
      const seen: Array<boolean> = []
      const endpoint = yield* listener.listen({ address: "127.0.0.1", port: 5013, socketTimeout: 1000 }, (connection) => {
        seen.push(connection.encrypted)
        return { onBytes: () => {}, onDrain: () => {}, onClose: () => {} }
      })
      assert.strictEqual(endpoint.port, 5013)
      yield* network.dial(endpoint, { onBytes: () => {}, onClose: () => {} }, { encrypted: true })
      yield* network.settled
      assert.deepStrictEqual(seen, [true])
    }).pipe(Effect.provide(MemoryListener.layer()))
  )
})
