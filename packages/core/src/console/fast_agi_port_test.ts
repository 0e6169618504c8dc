import { MemoryListener, type MemoryNetwork } from "@ctid/simulator/memory_listener"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { TestClock } from "effect/testing"
import type { Endpoint } from "../connection/connection.ts"
import { type DirectoryData, snapshotOf } from "../directory/directory.ts"
import { dialPort, settle } from "../testdata/port_peer_fixture.ts"
import { sampleData } from "../testdata/sample_directory.ts"
import { openFastAgi } from "./fast_agi_port.ts"

const withPort = (
  world: { readonly up: boolean; readonly data?: DirectoryData },
  use: (endpoint: Endpoint) => Effect.Effect<void, unknown, MemoryNetwork>
) =>
  Effect.suspend(() => {
    const directory = snapshotOf(world.data ?? sampleData)
    const now = () => ({ directory, presence: () => "away", connected: (id: number) => id < 3, up: world.up })
    return openFastAgi(now, { address: "127.0.0.1", port: 0, socketTimeout: 10_000 }).pipe(
      Effect.flatMap(({ endpoint }) => use(endpoint)),
      Effect.scoped,
      Effect.provide(MemoryListener.layer())
    )
  })

const ask = (script: string, ...args: ReadonlyArray<string>): string =>
  [
    "agi_network: yes",
    `agi_network_script: ${script}`,
    ...args.map((arg, index) => `agi_arg_${index + 1}: ${arg}`),
    "",
    ""
  ].join("\n")

const FAIL = 'SET VARIABLE XIVO_CTI_AGI "FAIL"\n'

describe("the Fast AGI port", () => {
  it.effect("answers a request with variables, reads no result, and closes", () =>
    withPort({ up: true }, (endpoint) =>
      Effect.gen(function* () {
        const asterisk = yield* dialPort(endpoint)
        const request = ask("presence", "x")
        yield* asterisk.say(request.slice(0, 20), request.slice(20, -1))
        assert.strictEqual(asterisk.take(), "")
        yield* asterisk.say("\n", "200 result=1\n")
        assert.strictEqual(
          asterisk.take(),
          'SET VARIABLE XIVO_PRESENCE "{\\"g\\":{\\"available\\":0,\\"away\\":2,\\"donotdisturb\\":0,\\"disconnected\\":0}}"\n'
        )
        assert.strictEqual(asterisk.end(), "ended")
      })
    )
  )

  it.effect("sets nothing for what it does not know, and closes", () =>
    withPort({ up: true }, (endpoint) =>
      Effect.gen(function* () {
        const asterisk = yield* dialPort(endpoint)
        yield* asterisk.say(ask("weather"))
        assert.deepStrictEqual([asterisk.take(), asterisk.end()], ["", "ended"])
      })
    )
  )

  it.effect("says that it failed while Asterisk is out of reach, whatever is asked", () =>
    withPort({ up: false }, (endpoint) =>
      Effect.gen(function* () {
        for (const script of ["presence", "weather"]) {
          const asterisk = yield* dialPort(endpoint)
          yield* asterisk.say(ask(script, "x"))
          assert.deepStrictEqual([asterisk.take(), asterisk.end()], [FAIL, "ended"])
        }
      })
    )
  )

  it.effect("says that it failed where the answer is longer than Asterisk can read", () => {
    const presenceGroups = Array.from({ length: 200 }, (_, index) => ({ name: `group-${index}`, presences: new Map() }))
    return withPort({ up: true, data: { ...sampleData, presenceGroups } }, (endpoint) =>
      Effect.gen(function* () {
        const asterisk = yield* dialPort(endpoint)
        yield* asterisk.say(ask("presence", "x"))
        assert.strictEqual(asterisk.take(), FAIL)
      })
    )
  })

  it.effect("closes to who sends too many lines, and to who does not finish", () =>
    withPort({ up: true }, (endpoint) =>
      Effect.gen(function* () {
        const [endless, slow] = [yield* dialPort(endpoint), yield* dialPort(endpoint)]
        yield* endless.say("agi_x: y\n".repeat(129))
        assert.deepStrictEqual([endless.take(), endless.end()], ["", "ended"])
        yield* slow.say("agi_network_script: presence\n")
        yield* TestClock.adjust("2 seconds")
        yield* settle
        assert.strictEqual(slow.end(), "ended")
      })
    )
  )
})
