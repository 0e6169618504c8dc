import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { TestClock } from "effect/testing"
import { type AmiEventDump, makeAmiEventDump } from "./ami_event_dump.ts"
import { AmiTransport } from "./ami_transport.ts"
import { event, type Headers, ScriptedAsterisk, success } from "./testdata/scripted_asterisk.ts"

interface World {
  readonly dump: AmiEventDump
  readonly say: (...packets: ReadonlyArray<Headers>) => void
  /** Names of what the session got. */
  readonly got: ReadonlyArray<string>
  readonly logged: Array<string>
}

const withWire = (use: (world: World) => Effect.Effect<void>) =>
  Effect.suspend(() => {
    const asterisk = new ScriptedAsterisk()
    const dump = makeAmiEventDump()
    const got: Array<string> = []
    const logged: Array<string> = []
    return Effect.gen(function* () {
      const transport = yield* AmiTransport
      yield* transport.open({
        onMessages: (messages) => void got.push(...messages.map(({ name }) => name)),
        onClose: () => {}
      })
      yield* use({ dump, say: (...packets) => asterisk.say(...packets), got, logged })
    }).pipe(
      Effect.scoped,
      Effect.provide(dump.into(asterisk.layer)),
      Effect.provide(Logger.layer([Logger.map(Logger.formatLogFmt, (line) => void logged.push(line))]))
    )
  })

const newState = event("Newstate", ["Channel", "PJSIP/1001-1"], ["ChannelStateDesc", "Up"])
const hangup = event("Hangup", ["Channel", "PJSIP/1001-1"])

describe("a dump of Asterisk's events", () => {
  it.effect("is off until somebody wants it, shows events alone, and takes nothing away from the session", () =>
    withWire(({ dump, say, got, logged }) =>
      Effect.sync(() => {
        say(newState)
        assert.deepStrictEqual([dump.on(), logged], [false, []])
        dump.set(true, [])
        say(success(["Message", "hello"]), newState)
        assert.strictEqual(logged.length, 1)
        assert.include(logged[0] ?? "", "Event: Newstate, Channel: PJSIP/1001-1, ChannelStateDesc: Up")
        dump.set(false, ["Newstate"])
        say(newState)
        assert.strictEqual(logged.length, 1)
        assert.deepStrictEqual([dump.on(), dump.events()], [false, []])
        assert.deepStrictEqual(got, ["Newstate", "Success", "Newstate", "Newstate"])
      })
    )
  )

  it.effect("shows those that are wanted, whatever their case", () =>
    withWire(({ dump, say, logged }) =>
      Effect.sync(() => {
        dump.set(true, ["hangup", "Newchannel"])
        say(newState, hangup)
        assert.deepStrictEqual([dump.on(), dump.events()], [true, ["hangup", "Newchannel"]])
        assert.strictEqual(logged.length, 1)
        assert.include(logged[0] ?? "", "Event: Hangup")
      })
    )
  )

  it.effect("shows a hundred in a second and counts the others; cuts what is too long", () =>
    withWire(({ dump, say, got, logged }) =>
      Effect.gen(function* () {
        dump.set(true, [])
        say(...Array.from({ length: 250 }, () => hangup))
        assert.deepStrictEqual([logged.length, got.length], [100, 250])
        yield* TestClock.adjust("1 second")
        say(event("UserEvent", ["Text", "x".repeat(5_000)]))
        assert.include(logged[100] ?? "", "left_out=150")
        assert.isBelow(logged[100]?.length ?? 0, 2_300)
        say(hangup)
        assert.notInclude(logged[101] ?? "", "left_out")
      })
    )
  )
})
