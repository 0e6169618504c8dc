import { MemoryListener, type MemoryNetwork } from "@ctid/simulator/memory_listener"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Scope from "effect/Scope"
import { TestClock } from "effect/testing"
import type { Listener } from "../connection/connection.ts"
import { dialPort, settle } from "../testdata/port_peer_fixture.ts"
import { withWallClock } from "../testdata/wall_clock.ts"
import type { Answering, PortSession } from "./guarded_connection.ts"
import { type GuardedPort, openGuardedPort } from "./guarded_port.ts"
import type { PortLimits, Unterminated } from "./port_limits.ts"

const limits: PortLimits = {
  connections: 3,
  connectionsPerSecond: 100,
  line: 20,
  bytes: 10_000,
  linesPerSecond: 1000,
  silence: 5_000,
  life: 60_000
}

/** `echo`: says each line again. `quit`: ends. `die`: a mistake. `wait`: until released. `patient`: may be silent. `much`: a long answer. */
const makeSessions = Effect.gen(function* () {
  const released = yield* Deferred.make<void>()
  const heard: Array<string> = []
  const happened: Array<string> = []
  const open = ({ write, mayBeSilent, close }: Answering): PortSession => ({
    onLine: (line) =>
      Effect.gen(function* () {
        heard.push(line)
        if (line === "die") return yield* Effect.die(new Error("a mistake"))
        if (line === "wait") yield* Deferred.await(released)
        if (line === "patient") mayBeSilent()
        if (line === "much") yield* write(Array.from({ length: 5_000 }, (_, index) => `${index} ${"x".repeat(100)}`))
        if (line === "quit") close()
        else yield* write([line])
        happened.push(line)
      }),
    onStop: () => happened.push("stop"),
    onEnd: () => happened.push("end")
  })
  return { open, heard, happened, release: Deferred.succeed(released, undefined) }
})
type Sessions = Effect.Success<typeof makeSessions>

const logged: Array<string> = []

/** A port with such sessions. */
const withPort = (
  changes: Partial<PortLimits> & { readonly unterminated?: Unterminated },
  use: (port: GuardedPort, sessions: Sessions) => Effect.Effect<void, unknown, MemoryNetwork | Scope.Scope | Listener>
) =>
  Effect.gen(function* () {
    logged.length = 0
    const sessions = yield* makeSessions
    const { unterminated, ...changed } = changes
    const port = yield* openGuardedPort(
      {
        name: "test",
        address: "127.0.0.1",
        port: 0,
        socketTimeout: 10_000,
        limits: { ...limits, ...changed },
        ...(unterminated === undefined ? {} : { unterminated })
      },
      sessions.open
    )
    yield* use(port, sessions)
  }).pipe(
    Effect.scoped,
    Effect.provide([
      MemoryListener.layer({ capacity: 1024, highWater: 1024 }),
      Logger.layer([Logger.map(Logger.formatLogFmt, (line) => void logged.push(line))])
    ])
  )

const refusals = (reason: string): Effect.Effect<number> =>
  Effect.map(Metric.snapshot, (all) =>
    all
      .filter(({ id, attributes }) => id === "ctid_side_port_refusals" && attributes?.reason === reason)
      .reduce((sum, { state }) => sum + Number("count" in state ? state.count : 0), 0)
  )

describe("a guarded port", () => {
  it.effect("hands over lines, however they are cut, without their ends", () =>
    withPort({}, ({ endpoint }, { heard }) =>
      Effect.gen(function* () {
        const peer = yield* dialPort(endpoint)
        const euro = new TextEncoder().encode("€\n")
        yield* peer.say("one\r\nt", "wo", "\n\n", euro.subarray(0, 1), euro.subarray(1), "unfinished")
        assert.deepStrictEqual(heard, ["one", "two", "", "€"])
        assert.strictEqual(peer.take(), "one\ntwo\n\n€\n")
      })
    )
  )

  it.effect("handles the lines of a connection one after the other, and keeps other connections going meanwhile", () =>
    withPort({}, ({ endpoint }, { happened, release }) =>
      Effect.gen(function* () {
        const [slow, quick] = [yield* dialPort(endpoint), yield* dialPort(endpoint)]
        yield* slow.say("wait\nafter\n")
        yield* quick.say("hello\n")
        assert.deepStrictEqual(happened, ["hello"])
        yield* release
        yield* settle
        assert.deepStrictEqual(happened, ["hello", "wait", "after"])
        assert.strictEqual(slow.take(), "wait\nafter\n")
      })
    )
  )

  it.effect("finishes what has begun when the peer leaves, and begins nothing more", () =>
    withPort({}, ({ endpoint }, { heard, happened, release }) =>
      Effect.gen(function* () {
        const peer = yield* dialPort(endpoint)
        yield* peer.say("wait\nafter\n")
        peer.wire.reset()
        yield* settle
        assert.deepStrictEqual(happened, ["end"])
        yield* release
        yield* settle
        assert.deepStrictEqual(happened, ["end", "wait"])
        assert.deepStrictEqual(heard, ["wait"])
      })
    )
  )

  it.effect("a mistake of ours ends the connection, is logged, and hurts nobody else", () =>
    withPort({}, ({ endpoint }) =>
      Effect.gen(function* () {
        const [one, other] = [yield* dialPort(endpoint), yield* dialPort(endpoint)]
        yield* one.say("die\nafter\n")
        yield* other.say("fine\n")
        assert.deepStrictEqual([one.end(), one.take()], ["ended", ""])
        assert.deepStrictEqual([other.end(), other.take()], [null, "fine\n"])
        assert.isTrue(logged.some((line) => line.includes("a mistake")))
      })
    )
  )

  it.effect("tells its sessions and closes their connections when it closes; nobody gets in any more", () =>
    Effect.gen(function* () {
      const sessions = yield* makeSessions
      const scope = yield* Scope.make()
      const options = { name: "test", address: "127.0.0.1", port: 0, socketTimeout: 10_000, limits }
      const { endpoint } = yield* Scope.provide(openGuardedPort(options, sessions.open), scope)
      const peer = yield* dialPort(endpoint)
      yield* peer.say("hello\n")
      yield* Scope.close(scope, Exit.void)
      yield* settle
      assert.deepStrictEqual([peer.end(), peer.take()], ["ended", "hello\n"])
      assert.deepStrictEqual(sessions.happened, ["hello", "stop", "end"])
      assert.strictEqual((yield* Effect.flip(dialPort(endpoint)))._tag, "DialRefused")
    }).pipe(Effect.provide(MemoryListener.layer()))
  )
})

describe("a guarded port cuts off", () => {
  it.effect("a browser, before it has said a whole line, and does none of what it posts", () =>
    withPort({}, ({ endpoint }, { heard }) =>
      Effect.gen(function* () {
        const before = yield* refusals("browser")
        const [posting, shaking] = [yield* dialPort(endpoint), yield* dialPort(endpoint)]
        yield* posting.say("PO", "ST / HT")
        yield* shaking.say(new Uint8Array([0x16, 0x03, 0x01, 0x02, 0x00]), "\nquit\n")
        assert.deepStrictEqual([posting.end(), shaking.end()], ["reset", "reset"])
        yield* posting.say("TP/1.1\r\n\r\nquit\n")
        assert.deepStrictEqual(heard, [])
        assert.strictEqual((yield* refusals("browser")) - before, 2)
      })
    )
  )

  it.effect("a line that is too long, finished or not", () =>
    withPort({}, ({ endpoint }, { heard }) =>
      Effect.gen(function* () {
        const [half, whole, longest] = [yield* dialPort(endpoint), yield* dialPort(endpoint), yield* dialPort(endpoint)]
        yield* half.say("x".repeat(15), "x".repeat(6))
        yield* whole.say(`fine\n${"x".repeat(21)}\n`)
        yield* longest.say(`${"x".repeat(20)}\n`)
        assert.deepStrictEqual([half.end(), whole.end(), longest.end()], ["reset", "reset", null])
        assert.deepStrictEqual(heard, ["x".repeat(20)])
      })
    )
  )

  it.effect("who sends too much in all", () =>
    withPort({ bytes: 100 }, ({ endpoint }, { heard }) =>
      Effect.gen(function* () {
        const peer = yield* dialPort(endpoint)
        yield* peer.say(...Array.from({ length: 10 }, () => "123456789\n"))
        assert.strictEqual(peer.end(), null)
        yield* peer.say("\n")
        assert.strictEqual(peer.end(), "reset")
        assert.strictEqual(heard.length, 10)
      })
    )
  )

  it.effect("more connections than it has room for; one that ends makes room", () =>
    withPort({}, (port) =>
      Effect.gen(function* () {
        const first = yield* dialPort(port.endpoint)
        yield* dialPort(port.endpoint)
        yield* dialPort(port.endpoint)
        const fourth = yield* dialPort(port.endpoint)
        assert.deepStrictEqual([first.end(), fourth.end()], [null, "reset"])
        assert.strictEqual(port.connections().length, 3)
        yield* first.say("quit\n")
        const fifth = yield* dialPort(port.endpoint)
        yield* fifth.say("in\n")
        assert.strictEqual(fifth.take(), "in\n")
      })
    )
  )

  it.effect("connections that come too fast, and says so in the log once in ten seconds", () =>
    withPort({ connectionsPerSecond: 2 }, ({ endpoint }) =>
      Effect.gen(function* () {
        const ends: Array<string | null> = []
        for (let index = 0; index < 5; index++) {
          const peer = yield* dialPort(endpoint)
          ends.push(peer.end())
          peer.wire.end()
          yield* settle
        }
        assert.deepStrictEqual(ends, [null, null, "reset", "reset", "reset"])
        yield* TestClock.adjust("500 millis")
        const sixth = yield* dialPort(endpoint)
        assert.strictEqual(sixth.end(), null)
        sixth.wire.end()
        const reports = (): ReadonlyArray<string> => logged.filter((line) => line.includes("cut off"))
        assert.strictEqual(reports().length, 1)
        assert.match(reports()[0] ?? "", /listener=test .*reason=connections_too_fast .*times=1/)
        yield* TestClock.adjust("10 seconds")
        for (let index = 0; index < 3; index++) yield* dialPort(endpoint)
        assert.strictEqual(reports().length, 2)
        assert.match(reports()[1] ?? "", /reason=connections_too_fast .*times=3/)
      })
    )
  )

  it.effect("connections that come too fast, and nobody else when the clock on the wall is set back", () =>
    withWallClock((set) =>
      withPort({ connectionsPerSecond: 2 }, ({ endpoint }) =>
        Effect.gen(function* () {
          for (let index = 0; index < 2; index++) (yield* dialPort(endpoint)).wire.end()
          set(-3_600_000)
          yield* TestClock.adjust("1 second")
          const third = yield* dialPort(endpoint)
          assert.strictEqual(third.end(), null)
        })
      )
    )
  )

  it.effect("who is silent, also in the middle of a line", () =>
    withPort({}, ({ endpoint }) =>
      Effect.gen(function* () {
        const [silent, dripping, talking] = [yield* dialPort(endpoint), yield* dialPort(endpoint), yield* dialPort(endpoint)]
        for (let second = 0; second < 4; second++) {
          yield* TestClock.adjust("1 second")
          yield* dripping.say("x")
          yield* talking.say("x\n")
        }
        assert.deepStrictEqual([silent.end(), dripping.end(), talking.end()], [null, null, null])
        yield* TestClock.adjust("1 second")
        yield* settle
        assert.deepStrictEqual([silent.end(), dripping.end(), talking.end()], ["ended", "ended", null])
        yield* TestClock.adjust("4 seconds")
        yield* settle
        assert.strictEqual(talking.end(), "ended")
      })
    )
  )

  it.effect("nobody whom it serves, and nobody who may be silent", () =>
    withPort({}, ({ endpoint }, { release }) =>
      Effect.gen(function* () {
        const [served, patient] = [yield* dialPort(endpoint), yield* dialPort(endpoint)]
        yield* served.say("wait\n")
        yield* patient.say("patient\n", "more\n")
        yield* TestClock.adjust("12 seconds")
        yield* settle
        assert.deepStrictEqual([served.end(), patient.end()], [null, null])
        yield* release
        yield* settle
        assert.strictEqual(served.take(), "wait\n")
        yield* TestClock.adjust("5 seconds")
        yield* settle
        assert.deepStrictEqual([served.end(), patient.end()], ["ended", null])
      })
    )
  )

  it.effect("who stays too long, whatever he does", () =>
    withPort({ life: 7_000 }, ({ endpoint }) =>
      Effect.gen(function* () {
        const peer = yield* dialPort(endpoint)
        for (let second = 1; second < 7; second++) {
          yield* TestClock.adjust("1 second")
          yield* peer.say("x\n")
        }
        assert.strictEqual(peer.end(), null)
        yield* TestClock.adjust("1 second")
        yield* settle
        assert.strictEqual(peer.end(), "ended")
      })
    )
  )

  it.effect("who reads nothing of a long answer, which is made no faster than it is taken", () =>
    withPort({}, (port, { happened }) =>
      Effect.gen(function* () {
        const peer = yield* dialPort(port.endpoint)
        peer.wire.pause()
        yield* peer.say("much\n")
        const [connection] = port.connections()
        assert.isBelow(connection?.pending() ?? Number.POSITIVE_INFINITY, 32 * 1024)
        assert.deepStrictEqual(happened, [])
        yield* TestClock.adjust("10 seconds")
        yield* settle
        assert.strictEqual(peer.end(), "reset")
        assert.deepStrictEqual(happened.toSorted(), ["end", "much"])
        assert.deepStrictEqual(port.connections(), [])
      })
    )
  )

  it.effect("nobody who reads slowly: he gets all of it", () =>
    withPort({}, (port) =>
      Effect.gen(function* () {
        const peer = yield* dialPort(port.endpoint)
        yield* peer.say("much\n")
        for (let turn = 0; turn < 200; turn++) yield* settle
        const lines = peer.take().split("\n")
        assert.strictEqual(lines.length, 5_002)
        assert.isTrue(lines.slice(0, 5_000).every((line, index) => line === `${index} ${"x".repeat(100)}`))
        assert.strictEqual(peer.end(), null)
      })
    )
  )
})

describe("a guarded port slows down", () => {
  it.effect("who sends lines faster than the rate, and reads no more of his", () =>
    withPort({ linesPerSecond: 10, bytes: 1_000_000, life: null }, ({ endpoint }, { heard }) =>
      Effect.gen(function* () {
        const peer = yield* dialPort(endpoint)
        for (let index = 0; index < 1000; index++) yield* peer.say("x\n")
        assert.strictEqual(heard.length, 10)
        yield* TestClock.adjust("1 second")
        yield* settle
        assert.strictEqual(heard.length, 20)
        // what is not read waits at the peer: 64 lines here, 1 KiB on the way
        assert.isAbove(peer.wire.pending(), 500)
        for (let second = 0; second < 98; second++) {
          yield* TestClock.adjust("1 second")
          yield* settle
        }
        assert.strictEqual(heard.length, 1000)
        assert.strictEqual(peer.end(), null)
      })
    )
  )

  it.effect("and begins none of his lines after he has left", () =>
    withPort({ linesPerSecond: 1 }, ({ endpoint }, { heard }) =>
      Effect.gen(function* () {
        const peer = yield* dialPort(endpoint)
        yield* peer.say("one\ntwo\n")
        peer.wire.reset()
        yield* settle
        yield* TestClock.adjust("2 seconds")
        yield* settle
        assert.deepStrictEqual(heard, ["one"])
      })
    )
  )
})

describe("a port where texts need no line feed", () => {
  const unterminated: Unterminated = { wait: 200, whole: (text) => text.endsWith("!") }

  it.effect("takes one that is whole at once, others when nothing more comes", () =>
    withPort({ unterminated }, ({ endpoint }, { heard }) =>
      Effect.gen(function* () {
        const peer = yield* dialPort(endpoint)
        yield* peer.say("now!")
        assert.deepStrictEqual(heard, ["now!"])
        yield* peer.say("later")
        yield* TestClock.adjust("199 millis")
        yield* peer.say(" still")
        yield* TestClock.adjust("199 millis")
        yield* settle
        assert.deepStrictEqual(heard, ["now!"])
        yield* TestClock.adjust("1 millis")
        yield* settle
        assert.deepStrictEqual(heard, ["now!", "later still"])
      })
    )
  )

  it.effect("takes what has come when the peer ends, and not when the connection breaks", () =>
    withPort({ unterminated }, ({ endpoint }, { heard, happened }) =>
      Effect.gen(function* () {
        const [ending, breaking] = [yield* dialPort(endpoint), yield* dialPort(endpoint)]
        yield* ending.say("last word")
        yield* breaking.say("lost word")
        ending.wire.end()
        breaking.wire.reset()
        yield* settle
        assert.deepStrictEqual(heard, ["last word"])
        assert.deepStrictEqual(happened.toSorted(), ["end", "end", "last word"])
      })
    )
  )
})
