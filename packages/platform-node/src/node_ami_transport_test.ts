import { createServer, type Server, type Socket } from "node:net"
import { encodeAction } from "@ctid/ami/ami_encoder"
import type { AmiMessage } from "@ctid/ami/ami_message"
import { AmiTransport, type AmiTransportError } from "@ctid/ami/ami_transport"
import { SimulatedAsterisk } from "@ctid/simulator/asterisk/simulated_asterisk"
import { until } from "@ctid/testing/contracts/contract"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { makeAuthority } from "../test/certificates.ts"
import { serving, tlsServer } from "../test/servers.ts"
import { NodeAmiTransport, type NodeAmiTransportOptions } from "./node_ami_transport.ts"
import { NodeListener } from "./node_listener.ts"
import { serveBytes } from "./serve_bytes.ts"

const GREETING = "Asterisk Call Manager/11.0.0\r\n"

/** A wire with all that its handlers were told. */
const open = (options: NodeAmiTransportOptions, onMessage?: (message: AmiMessage) => void) =>
  Effect.gen(function* () {
    const messages: Array<AmiMessage> = []
    const ends: Array<AmiTransportError | null> = []
    const transport = yield* AmiTransport
    const wire = yield* transport.open({
      onMessages: (some) => {
        messages.push(...some)
        if (onMessage !== undefined) some.forEach(onMessage)
      },
      onClose: (error) => ends.push(error)
    })
    return { wire, messages, ends }
  }).pipe(Effect.provide(NodeAmiTransport.layer(options)))

/** A server that does as told, and its sockets. */
const server = (onSocket: (socket: Socket) => void): { readonly tcp: Server; readonly sockets: Array<Socket> } => {
  const sockets: Array<Socket> = []
  const tcp = createServer((socket) => {
    sockets.push(socket.on("error", () => {}).resume())
    onSocket(socket)
  })
  return { tcp, sockets }
}

const refusal = (tcp: Server, options: Partial<NodeAmiTransportOptions> = {}) =>
  Effect.gen(function* () {
    const port = yield* serving(tcp)
    const error = yield* Effect.flip(open({ host: "127.0.0.1", port, ...options }))
    return [error.reason, error.message.replace(String(port), "PORT")]
  })

const host = "127.0.0.1"

describe("the wire to Asterisk", () => {
  it.live("reads the greeting and speaks with a simulated Asterisk", () =>
    Effect.gen(function* () {
      const asterisk = yield* SimulatedAsterisk.make()
      const { port } = yield* serveBytes(asterisk.connect)
      const { wire, messages, ends } = yield* open({ host, port })
      assert.strictEqual(wire.greeting, "Asterisk Call Manager/11.0.0")
      assert.isFalse(wire.encrypted)
      const login = { Action: "Login", Username: "cti", Secret: "cti-secret", ActionID: "1" }
      yield* wire.write(yield* Effect.fromResult(encodeAction(Object.entries(login))))
      yield* until("the answer", () => messages.length > 0)
      assert.deepStrictEqual([messages[0]?.kind, messages[0]?.name, messages[0]?.get("ActionID")], ["response", "Success", "1"])
      yield* asterisk.kill
      yield* until("the end", () => ends.length > 0)
      assert.strictEqual(ends[0]?.reason, "closed")
    }).pipe(Effect.provide(NodeListener.layer))
  )

  it.live("our own close is told as null, once, and writes fail from then on", () =>
    Effect.gen(function* () {
      const { tcp } = server((socket) => socket.write(GREETING))
      const { wire, ends } = yield* open({ host, port: yield* serving(tcp) })
      wire.close()
      wire.close()
      yield* until("the end", () => ends.length > 0)
      assert.deepStrictEqual(ends, [null])
      assert.strictEqual((yield* Effect.flip(wire.write(Buffer.from("x")))).reason, "closed")
    })
  )

  it.live("a greeting in pieces, with packets right behind it, is understood", () =>
    Effect.gen(function* () {
      const { tcp } = server((socket) => {
        socket.write("Asterisk Call")
        setImmediate(() => socket.write(" Manager/2.10.4\r\nEvent: FullyBooted\r\n\r\nEvent: A\r"))
        setImmediate(() => setImmediate(() => socket.write("\nB: ü\r\n\r\n")))
      })
      const { wire, messages } = yield* open({ host, port: yield* serving(tcp) })
      assert.strictEqual(wire.greeting, "Asterisk Call Manager/2.10.4")
      yield* until("both events", () => messages.length === 2)
      assert.deepStrictEqual([messages[0]?.name, messages[1]?.name, messages[1]?.get("b")], ["FullyBooted", "A", "ü"])
    })
  )

  it.live("what greets differently is refused", () =>
    Effect.gen(function* () {
      const { tcp } = server((socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n"))
      const [reason, message = ""] = yield* refusal(tcp)
      assert.strictEqual(reason, "not_ami")
      assert.include(message, "127.0.0.1:PORT: ")
    })
  )

  it.live("who does not greet is given up in time, and his connection closed", () =>
    Effect.gen(function* () {
      const { tcp, sockets } = server(() => {})
      assert.deepStrictEqual(yield* refusal(tcp, { connectTimeout: 100 }), [
        "timeout",
        "127.0.0.1:PORT: Asterisk did not greet within 100 ms: is this its TLS port?"
      ])
      yield* until("the connection is closed", () => sockets.every((socket) => socket.closed))
    })
  )

  it.live("who hangs up instead of greeting is named", () =>
    Effect.gen(function* () {
      const { tcp } = server((socket) => socket.end())
      assert.deepStrictEqual(yield* refusal(tcp), ["closed", "127.0.0.1:PORT: the other end closed the connection"])
    })
  )

  it.live("a packet without end closes the wire with that reason", () =>
    Effect.gen(function* () {
      const { tcp, sockets } = server((socket) => socket.write(`${GREETING}Event: Good\r\n\r\n`))
      const { messages, ends } = yield* open({ host, port: yield* serving(tcp) })
      yield* until("the event", () => messages.length === 1)
      const block = `X: ${"y".repeat(1_000_000)}\r\n`
      for (let i = 0; i < 5; i++) sockets[0]?.write(block)
      yield* until("the end", () => ends.length > 0)
      assert.strictEqual(ends[0]?.reason, "packet_too_large")
      assert.strictEqual(messages.length, 1)
    })
  )

  it.live("a broken connection is told as lost", () =>
    Effect.gen(function* () {
      const { tcp, sockets } = server((socket) => socket.write(GREETING))
      const { ends } = yield* open({ host, port: yield* serving(tcp) })
      sockets[0]?.resetAndDestroy()
      yield* until("the end", () => ends.length > 0)
      assert.strictEqual(ends[0]?.reason, "lost")
    })
  )

  it.live("a handler that throws does not stop the stream", () =>
    Effect.gen(function* () {
      const { tcp, sockets } = server((socket) => socket.write(GREETING))
      const { messages, ends } = yield* open({ host, port: yield* serving(tcp) }, (message) => {
        if (message.name === "Bad") throw new Error("a mistake made on purpose")
      })
      sockets[0]?.write("Event: Bad\r\n\r\n")
      yield* until("the first", () => messages.length === 1)
      sockets[0]?.write("Event: Good\r\n\r\n")
      yield* until("the second", () => messages.length === 2)
      assert.deepStrictEqual(ends, [])
    }).pipe(Effect.provide(Logger.layer([])))
  )

  it.live("over TLS, Asterisk must prove who it is", () =>
    Effect.gen(function* () {
      const authority = makeAuthority("the PBX's CA")
      const certificate = authority.issue({ name: "pbx", names: ["pbx.example"] })
      const greets = () => tlsServer(certificate, (socket) => socket.on("error", () => {}).write(GREETING))
      const port = yield* serving(greets())
      const { wire } = yield* open({ host, port, tls: { ca: authority.cert, serverName: "pbx.example" } })
      assert.isTrue(wire.encrypted)
      assert.deepStrictEqual(yield* refusal(greets(), { tls: { ca: authority.cert } }), [
        "tls",
        "127.0.0.1:PORT: the certificate is for DNS:pbx.example, not for 127.0.0.1"
      ])
    })
  )

  it.live("500 wires one after the other leave nothing behind", () =>
    Effect.gen(function* () {
      const { tcp, sockets } = server((socket) => socket.write(GREETING))
      const port = yield* serving(tcp)
      for (let i = 0; i < 500; i++) yield* Effect.scoped(open({ host, port }))
      yield* until("all are closed", () => sockets.every((socket) => socket.closed))
      assert.strictEqual(sockets.length, 500)
      yield* until(
        "only the listening handle is left",
        () => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length === 0
      )
    })
  )

  it.live("the label says where and how", () =>
    Effect.gen(function* () {
      const label = (options: NodeAmiTransportOptions) =>
        AmiTransport.use(({ label }) => Effect.succeed(label)).pipe(Effect.provide(NodeAmiTransport.layer(options)))
      assert.strictEqual(yield* label({ host: "pbx", port: 5038 }), "ami://pbx:5038")
      assert.strictEqual(yield* label({ host: "::1", port: 5039, tls: {} }), "amis://[::1]:5039")
    })
  )
})
