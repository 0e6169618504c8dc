import { spawn } from "node:child_process"
import { connect, type Socket } from "node:net"
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls"
import { type CloseCause, type Connection, Listener } from "@ctid/core/connection/connection"
import type { TlsCredentials } from "@ctid/core/connection/tls_identity"
import { until } from "@ctid/testing/contracts/contract"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import { type Certificate, makeAuthority } from "../test/certificates.ts"
import { NO_RECORD } from "../test/servers.ts"
import { NodeListener } from "./node_listener.ts"

const authority = makeAuthority("the server's CA")
const clients = makeAuthority("the clients' CA")
const names = ["127.0.0.1"]
const first = authority.issue({ name: "first", names })
const second = authority.issue({ name: "second", names })

const credentials = (certificate: Certificate, more: Partial<TlsCredentials> = {}): TlsCredentials => ({
  certificate: certificate.cert,
  key: Redacted.make(certificate.key),
  clientCa: null,
  minVersion: "TLSv1.2",
  ...more
})

/** A TLS port that echoes, all that became of its connections, and what was logged. */
const echoing = (current: () => TlsCredentials) =>
  Effect.gen(function* () {
    const listener = yield* Listener
    const connections: Array<Connection> = []
    const causes: Array<CloseCause> = []
    const tls = { credentials: current, handshakeTimeout: 5_000 }
    const endpoint = yield* listener.listen({ address: "127.0.0.1", port: 0, socketTimeout: 10_000, tls }, (connection) => {
      connections.push(connection)
      return {
        onBytes: (chunk) => void connection.write(chunk.slice()),
        onDrain: () => {},
        onClose: (cause) => void causes.push(cause)
      }
    })
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        for (const connection of connections) connection.destroy()
      })
    )
    return { port: endpoint.port, connections, causes }
  })

/** A client that says `hello` once it is secure. */
const client = (port: number, options: ConnectionOptions = {}) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const socket = connectTls({ host: "127.0.0.1", port, ca: authority.cert, ...options }, () => socket.write("hello"))
      const seen = { socket, text: "", error: "", closed: false }
      socket.on("error", (error: NodeJS.ErrnoException) => {
        seen.error = error.code ?? error.message
      })
      socket.on("close", () => {
        seen.closed = true
      })
      socket.on("data", (chunk) => {
        seen.text += chunk
      })
      return seen
    }),
    ({ socket }) => Effect.sync(() => socket.destroy())
  )

const nameShown = (socket: TLSSocket): string => String(socket.getPeerCertificate().subject.CN)

const logged = (lines: Array<string>) =>
  Logger.layer([Logger.map(Logger.formatLogFmt, (line) => void (line.includes("no TLS with") && lines.push(line)))])

const run = (test: Effect.Effect<void, unknown, Listener | import("effect/Scope").Scope>, lines: Array<string> = []) =>
  test.pipe(Effect.provide([NodeListener.layer, logged(lines)]))

describe("TLS on Node", () => {
  it.live(
    "a client that knows the CA is served; the certificate is that of the moment, and nobody is dropped for a new one",
    () => {
      let current = credentials(first)
      return run(
        Effect.gen(function* () {
          const { port, connections } = yield* echoing(() => current)
          const before = yield* Effect.all(Array.from({ length: 100 }, () => client(port)))
          yield* until("all are served", () => before.every(({ text }) => text === "hello"))
          assert.strictEqual(nameShown((before[0] ?? assert.fail("nobody")).socket), "first")
          current = credentials(second)
          const after = yield* client(port)
          yield* until("the next is served", () => after.text === "hello")
          assert.strictEqual(nameShown(after.socket), "second")
          for (const { socket } of before) socket.write(" again")
          yield* until("the first are served still", () => before.every(({ text }) => text === "hello again"))
          assert.lengthOf(connections, 101)
        })
      )
    }
  )

  it.live("a client that does not trust the certificate leaves, and others do not notice", () => {
    const lines: Array<string> = []
    return run(
      Effect.gen(function* () {
        const { port, causes } = yield* echoing(() => credentials(first))
        const good = yield* client(port)
        const bad = yield* client(port, { ca: clients.cert })
        yield* until("it is gone", () => causes.length === 1)
        assert.strictEqual(bad.error, "UNABLE_TO_VERIFY_LEAF_SIGNATURE")
        yield* until("the other is served", () => good.text === "hello")
      }),
      lines
    )
  })

  it.live("TLS 1.0 is refused with its reason in the log unless it is admitted", () => {
    const lines: Array<string> = []
    const old: ConnectionOptions = { minVersion: "TLSv1", maxVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" }
    return run(
      Effect.gen(function* () {
        const strict = yield* echoing(() => credentials(first))
        const refused = yield* client(strict.port, old)
        yield* until("it is refused", () => refused.closed && strict.causes.length === 1)
        assert.strictEqual(refused.error, "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION")
        assert.deepStrictEqual(strict.causes, ["tls_failed"])
        yield* until("it is logged", () => lines.length === 1)
        assert.match(lines[0] ?? "", /reason="the client speaks no version of TLS that is admitted here"/)
        const lenient = yield* echoing(() => credentials(first, { minVersion: "TLSv1" }))
        const admitted = yield* client(lenient.port, old)
        yield* until("it is served", () => admitted.text === "hello")
        assert.strictEqual(admitted.socket.getProtocol(), "TLSv1")
        const modern = yield* client(lenient.port)
        yield* until("so is a modern one", () => modern.text === "hello")
        assert.strictEqual(modern.socket.getProtocol(), "TLSv1.3")
      }),
      lines
    )
  })

  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    it.live(`a client certificate can be required (${maxVersion})`, () => {
      const lines: Array<string> = []
      const asked = () => credentials(first, { clientCa: clients.cert })
      return run(
        Effect.gen(function* () {
          const current = asked()
          const { port, causes } = yield* echoing(() => current)
          const good = yield* client(port, { ...clients.issue({ name: "alice" }), maxVersion })
          yield* until("it is served", () => good.text === "hello")
          const none = yield* client(port, { maxVersion })
          yield* until("one without is refused", () => none.closed && causes.length === 1)
          const wrong = yield* client(port, { ...authority.issue({ name: "mallory" }), maxVersion })
          yield* until("one of another CA is refused", () => wrong.closed && causes.length === 2)
          const late = yield* client(port, { ...clients.issue({ name: "bob", until: -1 }), maxVersion })
          yield* until("one that has ended is refused", () => late.closed && causes.length === 3)
          assert.deepStrictEqual(causes, ["tls_failed", "tls_failed", "tls_failed"])
          assert.strictEqual(none.text + wrong.text + late.text, "")
          yield* until("each is logged", () => lines.length === 3)
          for (const [at, reason] of [
            /shows no certificate/,
            /not of the CA that is asked for/,
            /not valid at this time/
          ].entries()) {
            assert.match(lines[at] ?? "", reason)
          }
        }),
        lines
      )
    })
  }

  it.live("what is no TLS is cut off, with its reason in the log", () => {
    const lines: Array<string> = []
    return run(
      Effect.gen(function* () {
        const { port, causes } = yield* echoing(() => credentials(first))
        const socket: Socket = connect(port, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\n\r\n"))
        socket.on("error", () => {}).resume()
        yield* until("it is cut off", () => socket.destroyed && causes.length === 1)
        assert.deepStrictEqual(causes, ["tls_failed"])
        yield* until("it is logged", () => lines.length === 1)
        assert.match(lines[0] ?? "", /reason="what came is no TLS"/)
      }),
      lines
    )
  })

  it.live("a connection that is not let in costs no handshake", () => {
    const asked: Array<string> = []
    const tls = {
      credentials: () => {
        asked.push("credentials")
        return served
      },
      handshakeTimeout: 5_000
    }
    const served = credentials(first)
    return run(
      Effect.gen(function* () {
        const listener = yield* Listener
        const causes: Array<CloseCause> = []
        const options = { address: "127.0.0.1", port: 0, socketTimeout: 10_000, tls }
        const { port } = yield* listener.listen(options, (connection) => {
          asked.push(`encrypted ${connection.encrypted}`)
          connection.destroy()
          return { onBytes: () => {}, onDrain: () => {}, onClose: (cause) => void causes.push(cause) }
        })
        asked.splice(0)
        const refused = yield* client(port)
        yield* until("it is closed", () => refused.closed && causes.length === 1)
        assert.deepStrictEqual(asked, ["encrypted true"])
        assert.deepStrictEqual(causes, ["destroyed"])
      })
    )
  })

  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    it.live(`a client that breaks TLS after the handshake has lost its connection, even if it stays (${maxVersion})`, () =>
      run(
        Effect.gen(function* () {
          const { port, causes } = yield* echoing(() => credentials(first))
          const raw = connect(port, "127.0.0.1")
          yield* Effect.addFinalizer(() => Effect.sync(() => raw.destroy()))
          const broken = yield* client(port, { socket: raw, servername: "127.0.0.1", maxVersion })
          yield* until("it is served", () => broken.text === "hello")
          raw.write(NO_RECORD)
          yield* until("onClose", () => causes.length === 1)
          assert.deepStrictEqual(causes, ["connection_lost"])
        })
      )
    )
  }

  it.live("a certificate that does not belong to the key opens no port", () =>
    run(
      Effect.gen(function* () {
        const mixed = credentials({ cert: first.cert, key: second.key })
        const error = yield* Effect.flip(echoing(() => mixed))
        assert.strictEqual(error.code, "TLS_CREDENTIALS")
        assert.match(error.message, /its certificate and key cannot be used \(ERR_OSSL_X509_KEY_VALUES_MISMATCH\)/)
      })
    )
  )

  it.live("openssl s_client is served", () =>
    run(
      Effect.gen(function* () {
        const { port } = yield* echoing(() => credentials(first))
        const told = yield* Effect.callback<string>((resume) => {
          let text = ""
          const child = spawn("openssl", ["s_client", "-connect", `127.0.0.1:${port}`, "-quiet", "-no_ign_eof"])
          child.on("error", (error) => resume(Effect.succeed(error.message)))
          child.stdout.on("data", (chunk) => {
            text += chunk
            if (text.includes("hello")) child.kill()
          })
          child.on("close", () => resume(Effect.succeed(text)))
          child.stdin.on("error", () => {})
          child.stdin.write("hello\n")
        })
        assert.strictEqual(told, "hello\n")
      })
    )
  )
})
