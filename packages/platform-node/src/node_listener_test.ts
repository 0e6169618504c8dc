import { connect, type Socket } from "node:net"
import { networkInterfaces } from "node:os"
import { connect as connectTls } from "node:tls"
import { type CloseCause, Listener } from "@ctid/core/connection/connection"
import type { TlsCredentials } from "@ctid/core/connection/tls_identity"
import { until } from "@ctid/testing/contracts/contract"
import { type FarEnd, type ListenerWorld, listenerContract } from "@ctid/testing/contracts/listener_contract"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import { makeAuthority } from "../test/certificates.ts"
import { NodeListener } from "./node_listener.ts"

const authority = makeAuthority("the contract's CA")
const local = authority.issue({ name: "local", names: ["127.0.0.1"] })
const credentials: TlsCredentials = {
  certificate: local.cert,
  key: Redacted.make(local.key),
  clientCa: null,
  minVersion: "TLSv1.2"
}

/** A client's socket, in clear and then maybe inside TLS. */
const farEnd = (clear: Socket): FarEnd => {
  const received: Array<Uint8Array> = []
  let ended = false
  let secure = false
  let quota = Number.POSITIVE_INFINITY
  let socket = clear
  const listen = (): void => {
    socket.on("data", (chunk) => {
      received.push(chunk)
      quota -= chunk.length
      if (quota <= 0) socket.pause()
    })
    socket.on("end", () => {
      ended = true
    })
    socket.on("error", () => {})
  }
  listen()
  return {
    send: (bytes) => void socket.write(bytes),
    received,
    pause: () => void socket.pause(),
    resume: (bytes = Number.POSITIVE_INFINITY) => {
      quota = bytes
      socket.resume()
    },
    end: () => void socket.end(),
    reset: () => void clear.resetAndDestroy(),
    ended: () => ended,
    closed: () => socket.destroyed,
    startTls: () => {
      clear.removeAllListeners("data")
      const tls = connectTls({ socket: clear, ca: authority.cert, host: "127.0.0.1" })
      // The server sends it when the handshake is over for it too.
      tls.once("session", () => {
        secure = true
      })
      socket = tls
      listen()
    },
    secure: () => secure
  }
}

const dial: ListenerWorld["dial"] = (endpoint) =>
  Effect.callback<FarEnd, Error>((resume) => {
    const socket = connect({ host: endpoint.address, port: endpoint.port })
    socket.on("error", (error) => resume(Effect.fail(error)))
    socket.on("connect", () => resume(Effect.succeed(farEnd(socket))))
  }).pipe(Effect.tap((end) => Effect.addFinalizer(() => Effect.sync(() => end.reset()))))

const world = Effect.map(Listener, (listener): ListenerWorld => ({ listener, dial, credentials })).pipe(
  Effect.provide(NodeListener.layer)
)

const hasIpv6 = Object.values(networkInterfaces()).some((some) => some?.some(({ address }) => address === "::1"))

/** No log of a mistake made on purpose. */
const quiet = Logger.layer([])

describe("the listener contract on Node sockets", () => {
  for (const { name, run } of listenerContract) it.live(name, () => Effect.flatMap(world, run).pipe(Effect.provide(quiet)))
})

describe("listeners on Node", () => {
  const listen = (address: string, port = 0) =>
    Effect.flatMap(world, ({ listener }) =>
      listener.listen({ address, port, socketTimeout: 1000 }, () => ({
        onBytes: () => {},
        onDrain: () => {},
        onClose: () => {}
      }))
    )

  it.live("IPv6 works as IPv4 does, and where it is switched off, the error says so", () =>
    Effect.gen(function* () {
      if (!hasIpv6) {
        const error = yield* Effect.flip(listen("::1"))
        assert.include(["EADDRNOTAVAIL", "EAFNOSUPPORT"], error.code)
        return
      }
      const { listener } = yield* world
      const peers: Array<string> = []
      const endpoint = yield* listener.listen({ address: "::1", port: 0, socketTimeout: 1000 }, (connection) => {
        peers.push(connection.peer.address, connection.local.address)
        connection.close()
        return { onBytes: () => {}, onDrain: () => {}, onClose: () => {} }
      })
      const end = yield* dial(endpoint)
      yield* until("the end", () => end.ended())
      assert.strictEqual(endpoint.address, "::1")
      assert.deepStrictEqual(peers, ["::1", "::1"])
    })
  )

  it.live("an IPv4 peer of a listener on all addresses has its plain IPv4 address", () =>
    Effect.gen(function* () {
      const { listener } = yield* world
      const peers: Array<string> = []
      const endpoint = yield* listener.listen(
        { address: hasIpv6 ? "::" : "0.0.0.0", port: 0, socketTimeout: 1000 },
        (connection) => {
          peers.push(connection.peer.address)
          connection.close()
          return { onBytes: () => {}, onDrain: () => {}, onClose: () => {} }
        }
      )
      const end = yield* dial({ address: "127.0.0.1", port: endpoint.port })
      yield* until("the end", () => end.ended())
      assert.deepStrictEqual(peers, ["127.0.0.1"])
    })
  )

  it.live("a peer that takes all but never ends is let go after the socket timeout", () =>
    Effect.gen(function* () {
      const { listener } = yield* world
      const causes: Array<CloseCause> = []
      const { port } = yield* listener.listen({ address: "127.0.0.1", port: 0, socketTimeout: 100 }, (connection) => {
        connection.write(new Uint8Array(1000))
        connection.close()
        return { onBytes: () => {}, onDrain: () => {}, onClose: (cause) => causes.push(cause) }
      })
      let received = 0
      const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true })
      socket.on("data", (chunk) => {
        received += chunk.length
      })
      yield* Effect.addFinalizer(() => Effect.sync(() => socket.destroy()))
      yield* until("onClose", () => causes.length > 0)
      assert.deepStrictEqual(causes, ["closed"])
      assert.strictEqual(received, 1000)
    })
  )

  it.live("an address of another machine is an error that says what to do", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(listen("192.0.2.1"))
      assert.strictEqual(error.code, "EADDRNOTAVAIL")
      assert.include(error.message, "this machine has no address 192.0.2.1")
    })
  )

  it.live("a number that is no port is an error, not an exception", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(listen("127.0.0.1", 70_000))
      assert.strictEqual(error.code, "ERR_SOCKET_BAD_PORT")
    })
  )

  it.live("a throwing handler is logged with its connection", () => {
    const lines: Array<unknown> = []
    const sink = Logger.make(({ message, cause }) => {
      lines.push([message, String(cause)])
    })
    return Effect.gen(function* () {
      const { listener } = yield* world
      const endpoint = yield* listener.listen({ address: "127.0.0.1", port: 0, socketTimeout: 1000 }, () => {
        throw new Error("no handlers today")
      })
      const end = yield* dial(endpoint)
      yield* until("the peer is gone", () => end.closed())
      yield* until("a line is logged", () => lines.length === 1)
      assert.include(JSON.stringify(lines), "connection handler failed")
      assert.include(JSON.stringify(lines), "no handlers today")
    }).pipe(Effect.provide(Logger.layer([sink])))
  })

  it.live("500 connections leave no socket and no timer behind", () =>
    Effect.gen(function* () {
      const before = process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP")).length
      const many = listenerContract.find(({ name }) => name.startsWith("500 connections"))
      yield* Effect.flatMap(world, (w) => many?.run(w) ?? Effect.die("the case is gone"))
      yield* until(
        "all handles are closed",
        () => process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP")).length <= before
      )
    })
  )
})
