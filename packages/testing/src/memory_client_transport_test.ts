import { ClientTransport, type ClientTransportError } from "@ctid/client/client_transport"
import { type CloseCause, type Connection, Listener } from "@ctid/core/connection/connection"
import type { TlsServer } from "@ctid/core/connection/tls_identity"
import { MemoryListener, MemoryNetwork } from "@ctid/simulator/memory_listener"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import { MemoryClientTransport } from "./memory_client_transport.ts"

const tls: TlsServer = {
  credentials: () => ({ certificate: "", key: Redacted.make(""), clientCa: null, minVersion: "TLSv1.2" }),
  handshakeTimeout: 1000
}

const setUp = Effect.gen(function* () {
  const listener = yield* Listener
  const accepted: Array<Connection> = []
  const causes: Array<CloseCause> = []
  const heard: Array<number> = []
  const endpoint = yield* listener.listen({ address: "127.0.0.1", port: 0, socketTimeout: 1000 }, (connection) => {
    accepted.push(connection)
    return {
      onBytes: (chunk) => heard.push(...chunk),
      onDrain: () => {},
      onClose: (cause) => causes.push(cause)
    }
  })
  const told: Array<number> = []
  const closes: Array<ClientTransportError | null> = []
  const open = Effect.flatMap(ClientTransport, (transport) =>
    transport.open({
      onBytes: (chunk) => told.push(...chunk),
      onClose: (error) => closes.push(error)
    })
  ).pipe(Effect.provide(MemoryClientTransport.layer(endpoint)))
  return { open, accepted, causes, heard, told, closes, settled: (yield* MemoryNetwork).settled, endpoint }
})

describe("the client's wire in memory", () => {
  it.effect("carries bytes both ways and ends in an orderly way", () =>
    Effect.gen(function* () {
      const { open, accepted, causes, heard, told, closes, settled } = yield* setUp
      const wire = yield* open
      yield* wire.write(new Uint8Array([1, 2]))
      yield* settled
      accepted[0]?.write(new Uint8Array([3]))
      yield* settled
      assert.deepStrictEqual([heard, told], [[1, 2], [3]])
      wire.close()
      yield* settled
      assert.deepStrictEqual(causes, ["peer_closed"])
      assert.deepStrictEqual(closes, [null])
      assert.strictEqual((yield* Effect.flip(wire.write(new Uint8Array(1)))).reason, "closed")
    }).pipe(Effect.scoped, Effect.provide(MemoryListener.layer()))
  )

  it.effect("tells how the server ended it, and that nobody listens", () =>
    Effect.gen(function* () {
      const { open, accepted, closes, settled, endpoint } = yield* setUp
      yield* open
      yield* settled
      accepted[0]?.close()
      yield* settled
      yield* open
      yield* settled
      accepted[1]?.destroy()
      yield* settled
      assert.deepStrictEqual(
        closes.map((error) => error?.reason),
        ["closed", "lost"]
      )
      const nowhere = Effect.flatMap(ClientTransport, (transport) => transport.open({ onBytes: () => {}, onClose: () => {} }))
      const layer = MemoryClientTransport.layer({ ...endpoint, port: 1 })
      assert.strictEqual((yield* Effect.flip(nowhere.pipe(Effect.provide(layer)))).reason, "connect")
    }).pipe(Effect.scoped, Effect.provide(MemoryListener.layer()))
  )

  it.effect("slows a writer down to a server that does not read", () =>
    Effect.gen(function* () {
      const { open, accepted, heard, settled } = yield* setUp
      const wire = yield* open
      yield* settled
      accepted[0]?.pause()
      yield* wire.write(new Uint8Array(1000))
      const writing = yield* Effect.forkChild(wire.write(new Uint8Array(1000)))
      yield* settled
      assert.isUndefined(writing.pollUnsafe())
      accepted[0]?.resume()
      yield* Fiber.join(writing)
      yield* settled
      assert.lengthOf(heard, 2000)
    }).pipe(Effect.scoped, Effect.provide(MemoryListener.layer({ capacity: 1500 })))
  )

  it.effect("is encrypted when both ends begin TLS, and what was said before it was in clear", () =>
    Effect.gen(function* () {
      const { open, accepted, heard, told, settled } = yield* setUp
      const wire = yield* open
      yield* wire.write(new Uint8Array([1]))
      yield* settled
      accepted[0]?.write(new Uint8Array([2]))
      accepted[0]?.upgradeToTls(tls)
      yield* settled
      assert.deepStrictEqual([heard, told, wire.encrypted], [[1], [2], false])
      yield* wire.upgradeToTls
      assert.isTrue(wire.encrypted)
      yield* wire.write(new Uint8Array([3]))
      accepted[0]?.write(new Uint8Array([4]))
      yield* wire.upgradeToTls
      yield* settled
      assert.deepStrictEqual(
        [heard, told],
        [
          [1, 3],
          [2, 4]
        ]
      )
    }).pipe(Effect.scoped, Effect.provide(MemoryListener.layer()))
  )

  it.effect("ends with tls when the server goes on in clear, or never begins", () =>
    Effect.gen(function* () {
      const { open, accepted, told, closes, settled } = yield* setUp
      const first = yield* open
      yield* settled
      const upgrading = yield* Effect.forkChild(Effect.flip(first.upgradeToTls))
      yield* settled
      accepted[0]?.write(new Uint8Array([9]))
      assert.strictEqual((yield* Fiber.join(upgrading)).reason, "tls")
      assert.strictEqual((yield* Effect.flip(first.upgradeToTls)).reason, "tls")
      const second = yield* open
      yield* settled
      const waiting = yield* Effect.forkChild(Effect.flip(second.upgradeToTls))
      yield* settled
      accepted[1]?.close()
      assert.strictEqual((yield* Fiber.join(waiting)).reason, "tls")
      yield* settled
      assert.deepStrictEqual([told, closes.map((error) => error?.reason)], [[], ["tls", "tls"]])
    }).pipe(Effect.scoped, Effect.provide(MemoryListener.layer()))
  )
})
