/** The side ports' guard on real sockets: what a network in memory cannot show. */
import { connect, type Socket } from "node:net"
import type { Endpoint } from "@ctid/core/connection/connection"
import { openFastAgi } from "@ctid/core/console/fast_agi_port"
import { openGuardedPort } from "@ctid/core/console/guarded_port"
import type { PortLimits } from "@ctid/core/console/port_limits"
import { snapshotOf } from "@ctid/core/directory/directory"
import { emptyDirectory } from "@ctid/simulator/memory_directory"
import { until } from "@ctid/testing/contracts/contract"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { NodeListener } from "./node_listener.ts"

const limits: PortLimits = {
  connections: 4,
  connectionsPerSecond: 100,
  line: 100,
  bytes: 10_000,
  linesPerSecond: 100,
  silence: 5_000,
  life: null
}

interface Peer {
  readonly socket: Socket
  readonly text: () => string
  /** `end`: in an orderly way. `error`: broken. Null: not yet. */
  readonly ended: () => "end" | "error" | null
}

const dial = ({ port }: Endpoint) =>
  Effect.acquireRelease(
    Effect.callback<Peer>((resume) => {
      let text = ""
      let ended: "end" | "error" | null = null
      const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true })
      socket.setEncoding("utf8").on("data", (more: string) => {
        text += more
      })
      socket.on("end", () => {
        ended ??= "end"
      })
      socket.on("error", () => {
        ended ??= "error"
      })
      socket.on("close", () => {
        ended ??= "end"
      })
      socket.on("connect", () => resume(Effect.succeed({ socket, text: () => text, ended: () => ended })))
    }),
    ({ socket }) => Effect.sync(() => socket.destroy())
  )

const LINES = 40_000
const manyLines = Array.from({ length: LINES }, (_, index) => `${index} ${"x".repeat(100)}`)

/** `much`: megabytes. Else the line itself. */
const open = (changes: Partial<PortLimits> = {}, socketTimeout = 10_000) =>
  openGuardedPort(
    { name: "test", address: "127.0.0.1", port: 0, socketTimeout, limits: { ...limits, ...changes } },
    ({ write }) => ({ onLine: (line) => write(line === "much" ? manyLines : [line]) })
  )

describe("a guarded port on Node's sockets", () => {
  it.live("a long answer comes whole, however slowly it is taken, and little of it waits here", () =>
    Effect.gen(function* () {
      const port = yield* open()
      const { socket, text } = yield* dial(port.endpoint)
      socket.pause()
      socket.write("much\nend\n")
      yield* until("the answer waits", () => (port.connections()[0]?.pending() ?? 0) > 0)
      assert.isBelow(port.connections()[0]?.pending() ?? Number.POSITIVE_INFINITY, 64 * 1024)
      socket.resume()
      yield* until("all of it came", () => text().endsWith("\nend\n"))
      assert.strictEqual(text(), `${manyLines.join("\n")}\nend\n`)
    }).pipe(Effect.scoped, Effect.provide(NodeListener.layer))
  )

  it.live("who takes nothing of it for the socket timeout is cut off", () =>
    Effect.gen(function* () {
      const port = yield* open({}, 100)
      const { socket } = yield* dial(port.endpoint)
      socket.pause()
      socket.write("much\n")
      yield* until("it is served", () => port.connections().length === 1)
      yield* until("it is cut off", () => port.connections().length === 0)
    }).pipe(Effect.scoped, Effect.provide(NodeListener.layer))
  )

  it.live("of a flood of connections only as many are let in as there is room for, and then others again", () =>
    Effect.gen(function* () {
      const port = yield* open()
      const peers = yield* Effect.all(
        Array.from({ length: 50 }, () => dial(port.endpoint)),
        { concurrency: "unbounded" }
      )
      yield* until("the others are refused", () => peers.filter(({ ended }) => ended() === null).length === 4)
      assert.strictEqual(port.connections().length, 4)
      for (const { socket } of peers) socket.destroy()
      yield* until("all are gone", () => port.connections().length === 0)
      const { socket, text } = yield* dial(port.endpoint)
      socket.write("hello\n")
      yield* until("an answer", () => text() === "hello\n")
    }).pipe(Effect.scoped, Effect.provide(NodeListener.layer))
  )

  it.live("who is silent, and who does not finish his line, is closed in an orderly way", () =>
    Effect.gen(function* () {
      const port = yield* open({ silence: 100 })
      const [silent, half] = [yield* dial(port.endpoint), yield* dial(port.endpoint)]
      half.socket.write("hel")
      yield* until("both are closed", () => silent.ended() !== null && half.ended() !== null)
      assert.deepStrictEqual([silent.ended(), half.ended()], ["end", "end"])
    }).pipe(Effect.scoped, Effect.provide(NodeListener.layer))
  )
})

describe("Fast AGI on Node's sockets", () => {
  it.live("closes without breaking the connection under the results that Asterisk still writes", () =>
    Effect.gen(function* () {
      const world = { directory: snapshotOf(emptyDirectory), presence: () => "", connected: () => false, up: false }
      const { endpoint } = yield* openFastAgi(() => world, { address: "127.0.0.1", port: 0, socketTimeout: 10_000 })
      const { socket, text, ended } = yield* dial(endpoint)
      socket.write("agi_network_script: presence\n\n")
      yield* until("the answer and the end", () => ended() !== null)
      assert.strictEqual(text(), 'SET VARIABLE XIVO_CTI_AGI "FAIL"\n')
      // a connection that is closed both ways would answer the first of these with a reset, and the second would fail
      const written = (line: string) =>
        Effect.callback<boolean>((resume) => {
          socket.write(line, (error) => resume(Effect.succeed(error === null || error === undefined)))
        })
      for (let index = 0; index < 20; index++) {
        assert.isTrue(yield* written("200 result=1\n"))
        yield* Effect.yieldNow
      }
      assert.strictEqual(ended(), "end")
    }).pipe(Effect.scoped, Effect.provide(NodeListener.layer))
  )
})
