import { Listener } from "@ctid/core/connection/connection"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { TestClock } from "effect/testing"
import { MemoryListener, MemoryNetwork } from "./memory_listener.ts"

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
