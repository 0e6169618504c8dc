import { createHash, X509Certificate } from "node:crypto"
import { createServer, type Server, type Socket } from "node:net"
import type { TlsOptions } from "node:tls"
import { ClientTransport, type ClientTransportError } from "@ctid/client/client_transport"
import { until } from "@ctid/testing/contracts/contract"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { type Certificate, makeAuthority } from "../test/certificates.ts"
import { serving, tlsServer } from "../test/servers.ts"
import type { DialTls } from "./dial.ts"
import { NodeClientTransport, type NodeClientTransportOptions } from "./node_client_transport.ts"

const echo = (socket: Socket): void => {
  socket.on("error", () => {})
  socket.pipe(socket)
}

const tlsEcho = (options: TlsOptions): Server => tlsServer(options, echo)

/** A wire with all that its handlers were told. */
const open = (options: NodeClientTransportOptions) =>
  Effect.gen(function* () {
    const received: Array<Uint8Array> = []
    const ends: Array<ClientTransportError | null> = []
    const transport = yield* ClientTransport
    const wire = yield* transport.open({
      onBytes: (chunk) => received.push(chunk),
      onClose: (error) => ends.push(error)
    })
    return { wire, received, ends, text: () => Buffer.concat(received).toString() }
  }).pipe(Effect.provide(NodeClientTransport.layer(options)))

const refusal = (server: Server, tls: DialTls | undefined, host = "127.0.0.1") =>
  Effect.gen(function* () {
    const port = yield* serving(server)
    const error = yield* Effect.flip(open({ host, port, tls }))
    return { reason: error.reason, message: error.message.replace(String(port), "PORT") }
  })

const authority = makeAuthority("the company's CA")
const stranger = makeAuthority("somebody else's CA")
const local: Certificate = authority.issue({ name: "pbx", names: ["localhost", "pbx.example", "127.0.0.1"] })

describe("the client's wire over TCP", () => {
  it.live("carries bytes both ways, and closes", () =>
    Effect.gen(function* () {
      const port = yield* serving(createServer(echo))
      const { wire, text, ends } = yield* open({ host: "127.0.0.1", port })
      assert.isFalse(wire.encrypted)
      yield* wire.write(Buffer.from("hello\n"))
      yield* until("the echo", () => text() === "hello\n")
      wire.close()
      yield* until("onClose", () => ends.length > 0)
      assert.deepStrictEqual(ends, [null])
      const error = yield* Effect.flip(wire.write(Buffer.from("more")))
      assert.strictEqual(error.reason, "closed")
    })
  )

  it.live("the end of the scope closes it, after what was written", () =>
    Effect.gen(function* () {
      const got: Array<Buffer> = []
      let ended = false
      const port = yield* serving(
        createServer((socket) => {
          socket.on("error", () => {})
          socket.on("data", (chunk) => got.push(chunk))
          socket.on("end", () => {
            ended = true
          })
        })
      )
      const scope = yield* Scope.make()
      const { wire } = yield* Scope.provide(open({ host: "127.0.0.1", port }), scope)
      yield* wire.write(new Uint8Array(100_000))
      yield* Scope.close(scope, Exit.void)
      yield* until("the end", () => ended)
      assert.strictEqual(Buffer.concat(got).length, 100_000)
    })
  )

  it.live("a write waits for a server that does not read", () =>
    Effect.gen(function* () {
      let server: Socket | undefined
      const port = yield* serving(
        createServer((socket) => {
          server = socket.on("error", () => {})
        })
      )
      const { wire } = yield* open({ host: "127.0.0.1", port })
      yield* until("accepted", () => server !== undefined)
      let written = 0
      const block = new Uint8Array(1024 * 1024)
      const writer = yield* Effect.forkChild(Effect.forever(Effect.tap(wire.write(block), () => Effect.sync(() => written++))))
      let before = -1
      while (before < written) {
        before = written
        yield* Effect.sleep(50)
      }
      assert.isBelow(written, 256)
      server?.resume()
      yield* until("the writer goes on", () => written > before)
      writer.interruptUnsafe()
    })
  )

  it.live("a server that ends, and one that breaks the connection, are told apart", () =>
    Effect.gen(function* () {
      const servers: Array<Socket> = []
      const port = yield* serving(createServer((socket) => servers.push(socket.on("error", () => {}))))
      const first = yield* open({ host: "127.0.0.1", port })
      const second = yield* open({ host: "127.0.0.1", port })
      yield* until("both are accepted", () => servers.length === 2)
      servers[0]?.end()
      servers[1]?.resetAndDestroy()
      yield* until("both ended", () => first.ends.length + second.ends.length === 2)
      assert.deepStrictEqual([first.ends[0]?.reason, second.ends[0]?.reason].sort(), ["closed", "lost"])
    })
  )

  it.live("a port where nothing listens is refused with a sentence", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const port = yield* Scope.provide(serving(createServer()), scope)
      yield* Scope.close(scope, Exit.void)
      const error = yield* Effect.flip(open({ host: "127.0.0.1", port }))
      assert.strictEqual(error.reason, "connect")
      assert.strictEqual(
        error.message,
        `127.0.0.1:${port}: connection refused: nothing listens there, or a firewall answers for it`
      )
    })
  )

  it.live("a number that is no port is refused with a sentence", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(open({ host: "127.0.0.1", port: 70_000 }))
      assert.deepStrictEqual([error.reason, error.message], ["connect", "127.0.0.1:70000: that is no port: use 1 to 65535"])
    })
  )

  it.live("the label names host and port, IPv6 in brackets", () =>
    Effect.gen(function* () {
      const label = (options: NodeClientTransportOptions) =>
        ClientTransport.use(({ label }) => Effect.succeed(label)).pipe(Effect.provide(NodeClientTransport.layer(options)))
      assert.strictEqual(yield* label({ host: "pbx", port: 5003 }), "cti://pbx:5003")
      assert.strictEqual(yield* label({ host: "::1", port: 5013, tls: {} }), "ctis://[::1]:5013")
    })
  )
})

describe("the client's wire over TLS", () => {
  it.live("a certificate of the given CA for the given name is accepted", () =>
    Effect.gen(function* () {
      const port = yield* serving(tlsEcho(local))
      for (const tls of [{ ca: authority.cert }, { ca: authority.cert, serverName: "pbx.example" }]) {
        const { wire, text } = yield* open({ host: "127.0.0.1", port, tls })
        assert.isTrue(wire.encrypted)
        yield* wire.write(Buffer.from("hello"))
        yield* until("the echo", () => text() === "hello")
      }
    })
  )

  it.live("of several CAs in one text each is believed, so that one can follow another", () =>
    Effect.gen(function* () {
      const port = yield* serving(tlsEcho(local))
      for (const ca of [`${authority.cert}${stranger.cert}`, `${stranger.cert}${authority.cert}`]) {
        assert.isTrue((yield* open({ host: "127.0.0.1", port, tls: { ca } })).wire.encrypted)
      }
    })
  )

  it.live("the right pin is accepted, in any spelling", () =>
    Effect.gen(function* () {
      const port = yield* serving(tlsEcho(local))
      const certificate = new X509Certificate(local.cert)
      const plain = createHash("sha256").update(certificate.raw).digest("hex")
      for (const pin of [plain, certificate.fingerprint256]) {
        const { wire } = yield* open({ host: "127.0.0.1", port, tls: { ca: authority.cert, pin } })
        assert.isTrue(wire.encrypted)
      }
    })
  )

  it.live("a wrong pin is refused", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* refusal(tlsEcho(local), { ca: authority.cert, pin: "00".repeat(32) }), {
        reason: "tls",
        message: "127.0.0.1:PORT: the certificate's SHA-256 fingerprint is not the pinned one"
      })
    })
  )

  it.live("an unknown issuer is refused, with the CA of another and with none", () =>
    Effect.gen(function* () {
      const expected = {
        reason: "tls",
        message: "127.0.0.1:PORT: the certificate's issuer is not known here: give its CA certificate"
      }
      assert.deepStrictEqual(yield* refusal(tlsEcho(local), { ca: stranger.cert }), expected)
      assert.deepStrictEqual(yield* refusal(tlsEcho(local), {}), expected)
    })
  )

  it.live("a pin does not replace the CA", () =>
    Effect.gen(function* () {
      const pin = new X509Certificate(local.cert).fingerprint256
      assert.strictEqual((yield* refusal(tlsEcho(local), { pin })).reason, "tls")
    })
  )

  it.live("a wrong name is refused, and both names are said", () =>
    Effect.gen(function* () {
      const wrong = authority.issue({ name: "pbx", names: ["other.example"] })
      assert.deepStrictEqual(yield* refusal(tlsEcho(wrong), { ca: authority.cert, serverName: "pbx.example" }), {
        reason: "tls",
        message: "127.0.0.1:PORT: the certificate is for DNS:other.example, not for pbx.example"
      })
      assert.deepStrictEqual(yield* refusal(tlsEcho(wrong), { ca: authority.cert }), {
        reason: "tls",
        message: "127.0.0.1:PORT: the certificate is for DNS:other.example, not for 127.0.0.1"
      })
    })
  )

  it.live("an expired certificate is refused, and one that is not valid yet", () =>
    Effect.gen(function* () {
      const expired = authority.issue({ name: "pbx", names: ["127.0.0.1"], until: -1 })
      assert.deepStrictEqual(yield* refusal(tlsEcho(expired), { ca: authority.cert }), {
        reason: "tls",
        message: "127.0.0.1:PORT: the certificate, or one of its issuers, has expired (or this machine's clock is wrong)"
      })
      const early = authority.issue({ name: "pbx", names: ["127.0.0.1"], from: 1 })
      assert.deepStrictEqual(yield* refusal(tlsEcho(early), { ca: authority.cert }), {
        reason: "tls",
        message: "127.0.0.1:PORT: the certificate is not valid yet (or this machine's clock is wrong)"
      })
    })
  )

  it.live("a CA that is not PEM text is refused before anything is sent", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* refusal(tlsEcho(local), { ca: "not a certificate" }), {
        reason: "tls",
        message: "127.0.0.1:PORT: the CA certificate given here is not PEM text"
      })
    })
  )

  it.live("a clear-text port is refused with a hint", () =>
    Effect.gen(function* () {
      const clear = createServer((socket) => socket.on("error", () => {}).write("Asterisk Call Manager/11.0.0\r\n"))
      assert.deepStrictEqual(yield* refusal(clear, { ca: authority.cert }), {
        reason: "tls",
        message: "127.0.0.1:PORT: the other end does not speak TLS: is this its clear-text port?"
      })
      const hangsUp = createServer((socket) => socket.on("error", () => {}).destroy())
      assert.deepStrictEqual(yield* refusal(hangsUp, { ca: authority.cert }), {
        reason: "tls",
        message: "127.0.0.1:PORT: the other end hung up during the TLS handshake: is this its TLS port?"
      })
    })
  )

  it.live("TLS 1.0 is refused unless it is admitted", () =>
    Effect.gen(function* () {
      const old: TlsOptions = { ...local, minVersion: "TLSv1", maxVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" }
      assert.deepStrictEqual(yield* refusal(tlsEcho(old), { ca: authority.cert }), {
        reason: "tls",
        message: "127.0.0.1:PORT: the other end speaks no version of TLS that is allowed here"
      })
      const port = yield* serving(tlsEcho(old))
      const { wire } = yield* open({ host: "127.0.0.1", port, tls: { ca: authority.cert, minVersion: "TLSv1" } })
      assert.isTrue(wire.encrypted)
    })
  )

  it.live("a server that says nothing during the handshake is given up in time", () =>
    Effect.gen(function* () {
      let accepted = 0
      let closed = 0
      const silent = createServer((socket) => {
        accepted++
        socket
          .on("error", () => {})
          .on("close", () => closed++)
          .resume()
      })
      const port = yield* serving(silent)
      const error = yield* Effect.flip(open({ host: "127.0.0.1", port, tls: {}, connectTimeout: 100 }))
      assert.deepStrictEqual([error.reason, error.message], ["timeout", `127.0.0.1:${port}: no answer within 100 ms`])
      yield* until("its socket is closed", () => accepted === 1 && closed === 1)
    })
  )
})
