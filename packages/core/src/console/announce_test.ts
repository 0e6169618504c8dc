import { DatagramNetwork, MemoryDatagrams } from "@ctid/simulator/memory_datagrams"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import { TestClock } from "effect/testing"
import type { Endpoint } from "../connection/connection.ts"
import { withWallClock } from "../testdata/wall_clock.ts"
import { isAnnouncement, openAnnounce } from "./announce.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe("a datagram", () => {
  it.each<[string, boolean]>([
    ["asterisk", true],
    ["asterisk started\n", true],
    [`asterisk${"x".repeat(1_492)}`, true],
    [`asterisk${"x".repeat(1_493)}`, false],
    ["Asterisk", false],
    [" asterisk", false],
    ["asteris", false],
    ["", false]
  ])("%j announces: %j", (text, announces) => {
    assert.strictEqual(isAnnouncement(bytes(text)), announces)
  })
})

interface World {
  readonly endpoint: Endpoint
  readonly say: (text: string) => Effect.Effect<void>
  readonly pass: (milliseconds: number) => Effect.Effect<void>
  /** How often Asterisk was asked for everything, or tried. */
  readonly refreshed: () => number
  readonly logged: ReadonlyArray<string>
  readonly close: Effect.Effect<void>
}

const withPort = (use: (world: World) => Effect.Effect<void, unknown>) =>
  Effect.suspend(() => {
    const logged: Array<string> = []
    return Effect.gen(function* () {
      const network = yield* DatagramNetwork
      const scope = yield* Scope.make()
      let refreshed = 0
      const refresh = Effect.sync(() => void refreshed++)
      const opening = openAnnounce({ refresh, isUp: () => false }, { address: "127.0.0.1", port: 0 })
      const endpoint = yield* Scope.provide(opening, scope)
      yield* use({
        endpoint,
        say: (text) => network.send(endpoint, bytes(text)),
        pass: (milliseconds) => TestClock.adjust(milliseconds),
        refreshed: () => refreshed,
        logged,
        close: Scope.close(scope, Exit.void)
      })
    }).pipe(
      Effect.provide([MemoryDatagrams.layer, Logger.layer([Logger.map(Logger.formatLogFmt, (line) => void logged.push(line))])])
    )
  })

describe("the announce port", () => {
  it.effect("has the link tried, or Asterisk asked, a second after an announcement, and says so", () =>
    withPort(({ say, pass, refreshed, logged }) =>
      Effect.gen(function* () {
        yield* say("asterisk reloaded its dialplan")
        yield* pass(999)
        assert.strictEqual(refreshed(), 0)
        yield* pass(1)
        assert.strictEqual(refreshed(), 1)
        assert.strictEqual(logged.length, 1)
        assert.match(logged[0] ?? "", /effect=connecting/)
      })
    )
  )

  it.effect("ignores everything else", () =>
    withPort(({ say, pass, refreshed }) =>
      Effect.gen(function* () {
        yield* say("hello")
        yield* say("")
        yield* pass(60_000)
        assert.strictEqual(refreshed(), 0)
      })
    )
  )

  it.effect("does so no more than once in five seconds, and not for each of a flood", () =>
    withPort(({ say, pass, refreshed }) =>
      Effect.gen(function* () {
        const flood = Effect.repeat(say("asterisk"), { times: 999 })
        yield* flood
        yield* pass(1_000)
        assert.strictEqual(refreshed(), 1)
        yield* flood
        yield* pass(4_999)
        assert.strictEqual(refreshed(), 1)
        yield* pass(1)
        assert.strictEqual(refreshed(), 2)
        yield* pass(60_000)
        assert.strictEqual(refreshed(), 2)
      })
    )
  )

  it.effect("does so as soon when the clock on the wall is set back", () =>
    withWallClock((set) =>
      withPort(({ say, pass, refreshed }) =>
        Effect.gen(function* () {
          yield* say("asterisk")
          yield* pass(1_000)
          set(-3_600_000)
          yield* say("asterisk")
          yield* pass(5_000)
          assert.strictEqual(refreshed(), 2)
        })
      )
    )
  )

  it.effect("does nothing more once it is closed, and another may take its place", () =>
    withPort(({ say, pass, refreshed, close }) =>
      Effect.gen(function* () {
        yield* say("asterisk")
        yield* close
        yield* say("asterisk")
        yield* pass(60_000)
        assert.strictEqual(refreshed(), 0)
      })
    )
  )
})
