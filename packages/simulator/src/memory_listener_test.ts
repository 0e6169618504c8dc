import { type CloseCause, Listener } from "@ctid/core/connection/connection"
import type { TlsServer } from "@ctid/core/connection/tls_identity"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
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

  const tls: TlsServer = {
    credentials: () => ({ certificate: "", key: Redacted.make(""), clientCa: null, minVersion: "TLSv1.2" }),
    handshakeTimeout: 5_000
  }

  it.effect("a connection of a listener with TLS is encrypted from the start", () =>
    Effect.gen(function* () {
      const listener = yield* Listener
      const network = yield* MemoryNetwork
      const seen: Array<boolean> = []
      const options = { address: "127.0.0.1", port: 5013, socketTimeout: 1000, tls }
      const endpoint = yield* listener.listen(options, (connection) => {
        seen.push(connection.encrypted)
        return { onBytes: () => {}, onDrain: () => {}, onClose: () => {} }
      })
      assert.strictEqual(endpoint.port, 5013)
      const client = yield* network.dial(endpoint, { onBytes: () => {}, onClose: () => {} }, { encrypted: true })
      yield* network.settled
      assert.deepStrictEqual(seen, [true])
      assert.isTrue(client.encrypted())
    }).pipe(Effect.provide(MemoryListener.layer()))
  )

  it.effect("a handshake that does not begin is given up under a test clock", () =>
    Effect.gen(function* () {
      const listener = yield* Listener
      const network = yield* MemoryNetwork
      const causes: Array<CloseCause> = []
      const options = { address: "127.0.0.1", port: 0, socketTimeout: 60_000, tls }
      const endpoint = yield* listener.listen(options, () => ({
        onBytes: () => {},
        onDrain: () => {},
        onClose: (cause) => causes.push(cause)
      }))
      yield* network.dial(endpoint, { onBytes: () => {}, onClose: () => {} })
      yield* TestClock.adjust("4999 millis")
      yield* network.settled
      assert.deepStrictEqual(causes, [])
      yield* TestClock.adjust("1 millis")
      yield* network.settled
      assert.deepStrictEqual(causes, ["tls_failed"])
    }).pipe(Effect.provide(MemoryListener.layer()))
  )
})
