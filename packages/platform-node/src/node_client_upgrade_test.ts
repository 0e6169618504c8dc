import { createServer, type Socket } from "node:net"
import { ClientTransport, type ClientTransportError } from "@ctid/client/client_transport"
import { until } from "@ctid/testing/contracts/contract"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { makeAuthority } from "../test/certificates.ts"
import { NO_RECORD, serving, startTlsServer } from "../test/servers.ts"
import { NodeClientTransport, type NodeClientTransportOptions } from "./node_client_transport.ts"

const authority = makeAuthority("the company's CA")
const local = authority.issue({ name: "pbx", names: ["127.0.0.1"] })

const echo = (socket: Socket): void => {
  socket.on("error", () => {})
  socket.pipe(socket)
}

/** A wire in clear with all that its handlers were told. */
const open = (port: number, options: Partial<NodeClientTransportOptions> = {}) =>
  Effect.gen(function* () {
    const told = { text: "", ends: [] as Array<ClientTransportError | null> }
    const transport = yield* ClientTransport
    const wire = yield* transport.open({
      onBytes: (chunk) => {
        told.text += Buffer.from(chunk).toString()
      },
      onClose: (error) => told.ends.push(error)
    })
    return { wire, told }
  }).pipe(
    Effect.provide(
      NodeClientTransport.layer({ host: "127.0.0.1", port, encryption: "starttls", tls: { ca: authority.cert }, ...options })
    )
  )

/** A server that confirms what it hears, and then does this. */
const hearing = (then: (socket: Socket) => void) =>
  serving(
    createServer((socket) =>
      socket
        .on("error", () => {})
        .once("data", () => {
          socket.write("yes\n")
          then(socket)
        })
    )
  )

/** A wire over which the server has confirmed. */
const confirmed = (port: number, options: Partial<NodeClientTransportOptions> = {}) =>
  Effect.gen(function* () {
    const { wire, told } = yield* open(port, options)
    yield* wire.write(Buffer.from("wish\n"))
    yield* until("the confirmation", () => told.text.endsWith("yes\n"))
    told.text = ""
    return { wire, told }
  })

describe("a client's wire that is encrypted later", () => {
  it.live("carries what was said before in clear, and what is said after it inside TLS", () =>
    Effect.gen(function* () {
      const port = yield* serving(startTlsServer(local, { offer: "offer\n", confirmation: "yes\n" }, echo))
      const { wire, told } = yield* confirmed(port)
      assert.isFalse(wire.encrypted)
      const upgrading = yield* Effect.forkChild(wire.upgradeToTls, { startImmediately: true })
      yield* wire.write(Buffer.from("early\n"))
      yield* Fiber.join(upgrading)
      assert.isTrue(wire.encrypted)
      yield* wire.write(Buffer.from("late\n"))
      yield* until("the echo", () => told.text === "early\nlate\n")
      yield* wire.upgradeToTls
      yield* wire.write(Buffer.alloc(300_000, "x"))
      yield* until("a long echo", () => told.text.length === 300_011)
      wire.close()
      yield* until("onClose", () => told.ends.length > 0)
      assert.deepStrictEqual(told.ends, [null])
      assert.strictEqual((yield* Effect.flip(wire.upgradeToTls)).reason, "closed")
    })
  )

  it.live("bytes in clear in the place of the handshake break it, and are told to nobody", () =>
    Effect.gen(function* () {
      const port = yield* hearing((socket) =>
        socket.once("data", () => socket.write('{"class":"login_id","sessionid":"injected"}\n'))
      )
      const { wire, told } = yield* confirmed(port)
      const error = yield* Effect.flip(wire.upgradeToTls)
      const message = `127.0.0.1:${port}: the other end does not speak TLS, although it had agreed to`
      assert.deepStrictEqual([error.reason, error.message], ["tls", message])
      yield* until("onClose", () => told.ends.length > 0)
      assert.deepStrictEqual([told.text, told.ends.map((end) => end?.message)], ["", [message]])
      assert.isFalse(wire.encrypted)
    })
  )

  it.live("a server that leaves during the handshake is told", () =>
    Effect.gen(function* () {
      for (const leave of [
        (socket: Socket) => socket.end(),
        (socket: Socket) => socket.destroy(),
        (socket: Socket) => socket.resetAndDestroy()
      ]) {
        const port = yield* hearing((socket) => socket.once("data", () => leave(socket)))
        const { wire, told } = yield* confirmed(port)
        const error = yield* Effect.flip(wire.upgradeToTls)
        assert.strictEqual(error.message, `127.0.0.1:${port}: the other end hung up during the TLS handshake`)
        yield* until("onClose", () => told.ends.length > 0)
        assert.deepStrictEqual(
          told.ends.map((end) => end?.reason),
          ["tls"]
        )
      }
    })
  )

  it.live("a server that stays silent is given up in time, and the connection ends", () =>
    Effect.gen(function* () {
      let closed = false
      const port = yield* hearing((socket) => {
        socket.resume().on("close", () => {
          closed = true
        })
      })
      const { wire, told } = yield* confirmed(port, { connectTimeout: 200 })
      const error = yield* Effect.flip(wire.upgradeToTls)
      assert.deepStrictEqual([error.reason, error.message], ["timeout", `127.0.0.1:${port}: no answer within 200 ms`])
      yield* until("both ends are over", () => closed && told.ends.length === 1)
    })
  )

  it.live("closing it during the handshake ends both", () =>
    Effect.gen(function* () {
      const port = yield* hearing((socket) => socket.resume())
      const { wire, told } = yield* confirmed(port)
      const upgrading = yield* Effect.forkChild(Effect.flip(wire.upgradeToTls), { startImmediately: true })
      wire.close()
      assert.strictEqual((yield* Fiber.join(upgrading)).reason, "closed")
      yield* until("onClose", () => told.ends.length > 0)
      assert.deepStrictEqual(told.ends, [null])
    })
  )

  it.live("bytes that are none of TLS later break the connection, even if the server stays", () =>
    Effect.gen(function* () {
      const clear: Array<Socket> = []
      const said = { offer: "", confirmation: "yes\n" }
      const server = startTlsServer(local, said, echo).on("connection", (socket: Socket) => clear.push(socket))
      const { wire, told } = yield* confirmed(yield* serving(server))
      yield* wire.upgradeToTls
      yield* wire.write(Buffer.from("hello"))
      yield* until("the echo", () => told.text === "hello")
      clear[0]?.write(NO_RECORD)
      yield* until("onClose", () => told.ends.length > 0)
      assert.deepStrictEqual([told.text, told.ends.map((end) => end?.reason)], ["hello", ["lost"]])
      yield* until("the server sees it", () => clear[0]?.destroyed === true)
    })
  )

  it.live("a server that ends later has closed the connection, which is no failure of TLS", () =>
    Effect.gen(function* () {
      const secured: Array<Socket> = []
      const said = { offer: "", confirmation: "yes\n" }
      const port = yield* serving(startTlsServer(local, said, (socket) => secured.push(socket)))
      const { wire, told } = yield* confirmed(port)
      yield* wire.upgradeToTls
      yield* until("the server is inside TLS", () => secured.length === 1)
      secured[0]?.end("bye\n")
      yield* until("onClose", () => told.ends.length > 0)
      assert.deepStrictEqual([told.text, told.ends.map((end) => end?.reason)], ["bye\n", ["closed"]])
    })
  )
})
