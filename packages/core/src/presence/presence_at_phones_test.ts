/** The server with phones that show presences, over a scripted PBX. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { DirectoryData } from "../directory/directory.ts"
import { settle } from "../memory_server_fixture.ts"
import { declare, live, signInAs, told, withUser } from "../reload/live_server_fixture.ts"
import { sampleData } from "../testdata/sample_directory.ts"
import { ScriptedTelephony } from "../testdata/scripted_telephony.ts"
import type { PhoneState } from "./phone_presence.ts"

const states: Readonly<Record<string, PhoneState>> = { available: "available", away: "away", donotdisturb: "dnd" }

const data: DirectoryData = {
  ...sampleData,
  presenceGroups: sampleData.presenceGroups.map(({ name, presences }) => ({
    name,
    presences: new Map(
      [...presences].map(([key, presence]) => [key, { ...presence, longName: `${key}!`, phoneState: states[key] ?? null }])
    )
  }))
}

/** What the PBX was told of presences since the last time. */
const presences = Effect.map(ScriptedTelephony, ({ told }) => told.splice(0).filter((line) => line.startsWith("presence ")))

const press = (lineId: number, state: string, presence = "") =>
  Effect.andThen(
    Effect.flatMap(ScriptedTelephony, ({ say }) => say({ _tag: "PresenceSet", lineId, state, presence })),
    settle
  )

const availstate = (name: string) => ({ class: "availstate", availstate: name })

describe("presence at phones", () => {
  it.effect("everybody with a line is shown from the start, and each change is", () =>
    live(
      { data },
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* presences, [
          "presence PJSIP/1001 not_set disconnected disconnected!",
          "presence PJSIP/1002 not_set disconnected disconnected!",
          "presence PJSIP/2001 not_set disconnected disconnected!",
          "presence PJSIP/1007 not_set disconnected disconnected!"
        ])
        const alice = yield* signInAs("alice")
        assert.deepStrictEqual(yield* presences, ["presence PJSIP/1001 available available available!"])
        yield* alice.say(availstate("donotdisturb"))
        assert.deepStrictEqual(yield* presences, ["presence PJSIP/1001 dnd donotdisturb donotdisturb!"])
        yield* alice.say(availstate("away"))
        assert.deepStrictEqual(yield* presences, [], "refused")
      })
    )
  )

  it.effect("nothing is said of groups that say nothing of phones", () =>
    live(
      {},
      Effect.gen(function* () {
        yield* signInAs("alice")
        yield* press(10, "away", "away")
        assert.deepStrictEqual(yield* presences, [])
      })
    )
  )

  it.effect("what is set at a phone is a change like any other: told, with its actions, and shown as ours", () =>
    live(
      { data },
      Effect.gen(function* () {
        const [alice, bob] = [yield* signInAs("alice"), yield* signInAs("bob")]
        alice.take()
        const telephony = yield* ScriptedTelephony
        telephony.told.splice(0)
        yield* press(10, "dnd")
        assert.deepStrictEqual(bob.take(), [
          {
            class: "getlist",
            function: "updateconfig",
            listname: "users",
            tipbxid: "xivo",
            tid: "1",
            config: { enablednd: true }
          },
          told.presence("1", "donotdisturb")
        ])
        assert.includeMembers(telephony.told, ["dnd PJSIP/1001 on", "pause 2001 * on"])
        assert.deepStrictEqual(yield* presences, ["presence PJSIP/1001 dnd donotdisturb donotdisturb!"])
      })
    )
  )

  it.effect(
    "what may not be chosen, is unknown or means nothing is answered with what the presence is, and nobody hears of it",
    () =>
      live(
        { data },
        Effect.gen(function* () {
          const [alice, bob] = [yield* signInAs("alice"), yield* signInAs("bob")]
          yield* alice.say(availstate("away"))
          alice.take()
          bob.take()
          yield* presences
          const setting = [
            ["dnd", "donotdisturb"],
            ["xa", "lunch"],
            ["not_set", ""]
          ] as const
          for (const [state, presence] of setting) yield* press(10, state, presence)
          assert.deepStrictEqual([alice.take(), bob.take()], [[], []])
          assert.deepStrictEqual(
            yield* presences,
            setting.map(() => "presence PJSIP/1001 away away away!")
          )
          yield* press(4711, "available")
          assert.deepStrictEqual(yield* presences, [], "nobody's line")
        })
      )
  )

  it.effect("who is not signed in may set at his phone what disconnected allows", () => {
    const allowing: DirectoryData = {
      ...data,
      presenceGroups: data.presenceGroups.map(({ name, presences }) => ({
        name,
        presences: new Map(
          [...presences].map(([key, presence]) => [key, key === "disconnected" ? { ...presence, allowed: ["away"] } : presence])
        )
      }))
    }
    return live(
      { data: allowing },
      Effect.gen(function* () {
        const bob = yield* signInAs("bob")
        yield* presences
        yield* press(10, "dnd", "donotdisturb")
        yield* press(10, "away", "away")
        assert.deepStrictEqual(yield* presences, [
          "presence PJSIP/1001 not_set disconnected disconnected!",
          "presence PJSIP/1001 away away away!"
        ])
        assert.deepStrictEqual(bob.take(), [told.presence("1", "away")])
      })
    )
  })

  it.effect("a reload shows who is new, and clears what nobody has any more", () =>
    live(
      { data },
      Effect.gen(function* () {
        yield* signInAs("bob")
        yield* presences
        yield* declare((now) => ({
          ...withUser(1, null)(now),
          lines: now.lines.map((line) => (line.id === 20 ? { ...line, number: "1200", device: "PJSIP/1200" } : line))
        }))
        const said = yield* presences
        assert.includeMembers(said, [
          "presence PJSIP/1001 nothing",
          "presence PJSIP/1002 nothing",
          "presence PJSIP/1200 available available available!"
        ])
        yield* declare((now) => ({ ...now, presenceGroups: sampleData.presenceGroups }))
        assert.deepStrictEqual((yield* presences).sort(), [
          "presence PJSIP/1007 nothing",
          "presence PJSIP/1200 nothing",
          "presence PJSIP/2001 nothing"
        ])
      })
    )
  )
})
