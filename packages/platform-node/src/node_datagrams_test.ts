import { createSocket } from "node:dgram"
import { Datagrams } from "@ctid/core/connection/datagrams"
import { type DatagramsWorld, datagramsContract } from "@ctid/testing/contracts/datagrams_contract"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { NodeDatagrams } from "./node_datagrams.ts"

const send: DatagramsWorld["send"] = (to, bytes) =>
  Effect.callback<void, Error>((resume) => {
    const socket = createSocket(to.address.includes(":") ? "udp6" : "udp4")
    socket.send(bytes, to.port, to.address, (error) => {
      socket.close()
      resume(error === null ? Effect.void : Effect.fail(error))
    })
  })

describe("NodeDatagrams", () => {
  for (const { name, run } of datagramsContract) {
    it.live(name, () =>
      Effect.gen(function* () {
        yield* run({ datagrams: yield* Datagrams, send })
      }).pipe(Effect.provide(NodeDatagrams.layer))
    )
  }

  it.live("listens on an IPv6 address and on a name", () =>
    Effect.gen(function* () {
      const { bind } = yield* Datagrams
      let received = 0
      const onDatagram = (): void => {
        received++
      }
      const v6 = yield* bind({ address: "::1", port: 0 }, onDatagram)
      const named = yield* bind({ address: "localhost", port: 0 }, onDatagram)
      assert.strictEqual(v6.address, "::1")
      for (const endpoint of [v6, named]) yield* send(endpoint, new Uint8Array(3))
      while (received < 2) yield* Effect.sleep(2)
    }).pipe(Effect.timeout("10 seconds"), Effect.scoped, Effect.provide(NodeDatagrams.layer))
  )

  it.live("says what is wrong with an address that is not this machine's", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip((yield* Datagrams).bind({ address: "192.0.2.1", port: 0 }, () => {}))
      assert.strictEqual(error.code, "EADDRNOTAVAIL")
      assert.include(error.message, "192.0.2.1")
    }).pipe(Effect.scoped, Effect.provide(NodeDatagrams.layer))
  )

  it.live("a port that cannot be had costs nothing, however often it is tried", () =>
    Effect.gen(function* () {
      const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === "UDPWrap").length
      const { bind } = yield* Datagrams
      const taken = yield* bind({ address: "127.0.0.1", port: 0 }, () => {})
      const before = sockets()
      for (let tries = 0; tries < 5; tries++) {
        assert.strictEqual((yield* Effect.flip(bind(taken, () => {}))).code, "EADDRINUSE")
      }
      while (sockets() > before) yield* Effect.sleep(2)
    }).pipe(Effect.timeout("10 seconds"), Effect.scoped, Effect.provide(NodeDatagrams.layer))
  )

  it.live("a handler that throws costs one datagram", () =>
    Effect.gen(function* () {
      let received = 0
      const endpoint = yield* (yield* Datagrams).bind({ address: "127.0.0.1", port: 0 }, (bytes) => {
        if (bytes.length === 1) throw new Error("a handler's mistake, made on purpose")
        received++
      })
      yield* send(endpoint, new Uint8Array(1))
      yield* send(endpoint, new Uint8Array(2))
      while (received < 1) yield* Effect.sleep(2)
    }).pipe(Effect.timeout("10 seconds"), Effect.scoped, Effect.provide(NodeDatagrams.layer))
  )
})
