import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { TestClock } from "effect/testing"
import { LiveConfig } from "../config/live_config.ts"
import type { ServerSettings } from "../config/settings.ts"
import { CtiServer } from "../cti_server.ts"
import type { DirectoryData } from "../directory/directory.ts"
import { settle } from "../memory_server_fixture.ts"
import type { Presence } from "../presence/presence_group.ts"
import type { Outcome } from "../telephony/telephony.ts"
import { sampleData } from "../testdata/sample_directory.ts"
import { ScriptedTelephony } from "../testdata/scripted_telephony.ts"
import { declare, live, short, signInAs, told, withUser } from "./live_server_fixture.ts"

const presence = (name: string, allowed: ReadonlyArray<string>, actions: Presence["actions"] = []): Presence => ({
  name,
  longName: name,
  color: "#08FD20",
  allowed,
  actions
})
const quiet: Presence["actions"] = [["enablednd", "true"]]
const awake: Presence["actions"] = [["enablednd", "false"]]

/** The group of the sample directory with these presences and `disconnected`, in this order. */
const withPresences =
  (...presences: ReadonlyArray<Presence>) =>
  (data: DirectoryData): DirectoryData => ({
    ...data,
    presenceGroups: data.presenceGroups.map(({ name }) => ({
      name,
      presences: new Map([...presences, presence("disconnected", [])].map((one) => [one.name, one]))
    }))
  })

const available = presence("available", ["away", "lunch"], awake)
const away = presence("away", ["available"], quiet)
const lunch = presence("lunch", ["away"])
const start = withPresences(available, away, lunch)(sampleData)

const say = (name: string) => ({ class: "availstate", availstate: name })
const presences = (messages: ReadonlyArray<object>): ReadonlyArray<object> => messages.filter((message) => "status" in message)

describe("somebody whose presence vanished from his group", () => {
  it.effect("is available where that could be chosen from it, which is announced, with its actions", () =>
    live(
      { data: start },
      Effect.gen(function* () {
        const [alice, carol] = [yield* signInAs("alice"), yield* signInAs("carol")]
        yield* alice.say(say("away"))
        const { told: operations } = yield* ScriptedTelephony
        operations.splice(0)
        for (const client of [alice, carol]) client.take()
        yield* declare(withPresences(lunch, available))
        assert.deepStrictEqual(presences(alice.take()), [told.presence("1", "available")])
        assert.deepStrictEqual(presences(carol.take()), [told.presence("1", "available")])
        assert.deepStrictEqual(operations, ["dnd PJSIP/1001 off", "log 2001 available"])
      })
    )
  )

  it.effect("gets the first of his group where available could not be chosen from it", () =>
    live(
      { data: start },
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        yield* alice.say(say("lunch"))
        const { told: operations } = yield* ScriptedTelephony
        operations.splice(0)
        alice.take()
        yield* declare(withPresences(away, available))
        assert.deepStrictEqual(presences(alice.take()), [told.presence("1", "away")])
        assert.deepStrictEqual(operations, ["dnd PJSIP/1001 on", "log 2001 away"])
      })
    )
  )

  it.effect("may be anywhere where reachability is advisory: he is available", () =>
    live(
      { data: start, settings: { reachability: "advisory" } },
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        yield* alice.say(say("lunch"))
        alice.take()
        yield* declare(withPresences(away, available))
        assert.deepStrictEqual(presences(alice.take()), [told.presence("1", "available")])
      })
    )
  )

  it.effect("is disconnected where his group has nothing else", () =>
    live(
      { data: start },
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        alice.take()
        yield* declare(withPresences())
        assert.deepStrictEqual(presences(alice.take()), [told.presence("1", "disconnected")])
        assert.isFalse(alice.ended())
      })
    )
  )

  it.effect("may have been given another group: that is what counts", () =>
    live(
      { data: start },
      Effect.gen(function* () {
        const [alice, bob] = [yield* signInAs("alice"), yield* signInAs("bob")]
        yield* alice.say(say("away"))
        yield* bob.say(say("away"))
        for (const client of [alice, bob]) client.take()
        yield* declare((data) => ({
          ...withUser(1, { profileId: 4 })(data),
          profiles: data.profiles.flatMap((profile) => [profile, { ...profile, id: 4, presenceGroup: "plain" }]),
          presenceGroups: [
            ...data.presenceGroups,
            { name: "plain", presences: new Map([available, presence("disconnected", [])].map((one) => [one.name, one])) }
          ]
        }))
        assert.deepStrictEqual(presences(bob.take()), [told.presence("1", "available")])
        yield* alice.say(say("away"))
        assert.deepStrictEqual(presences(alice.take()), [told.presence("1", "available")])
      })
    )
  )

  it.effect("is nobody whose presence has another text, or who is not signed in", () =>
    live(
      { data: start },
      Effect.gen(function* () {
        const [alice, bob] = [yield* signInAs("alice"), yield* signInAs("bob")]
        bob.wire.end()
        yield* settle
        alice.take()
        yield* declare(withPresences({ ...available, longName: "Here", allowed: [] }))
        assert.deepStrictEqual(alice.take(), [])
      })
    )
  )

  it.effect("is told of to those who may know of him after the same reload", () =>
    live(
      { data: start, settings: { contextSeparation: true } },
      Effect.gen(function* () {
        const [alice, bob, carol] = [yield* signInAs("alice"), yield* signInAs("bob"), yield* signInAs("carol")]
        yield* bob.say(say("away"))
        for (const client of [alice, bob, carol]) client.take()
        yield* declare((data) => ({
          ...withPresences(available)(data),
          lines: data.lines.map((line) => (line.id === 20 ? { ...line, context: "b" } : line))
        }))
        assert.deepStrictEqual(presences(alice.take()), [])
        assert.deepStrictEqual(presences(carol.take()), [told.presence("2", "available")])
        assert.deepStrictEqual(presences(bob.take()), [told.presence("2", "available")])
      })
    )
  )
})

describe("a reload while the actions of a presence change run", () => {
  /** alice goes away, and the PBX does not answer until it is let. */
  const going = Effect.gen(function* () {
    const [alice, bob] = [yield* signInAs("alice"), yield* signInAs("bob")]
    const { answers, told: operations } = yield* ScriptedTelephony
    const answer = yield* Deferred.make<Outcome>()
    answers.set("dnd", Deferred.await(answer))
    operations.splice(0)
    yield* alice.say(say("away"))
    for (const client of [alice, bob]) client.take()
    return { alice, bob, operations, release: Effect.andThen(Deferred.succeed(answer, "done"), settle) }
  })

  it.effect("lets the change be told, and then what takes its place", () =>
    live(
      { data: start },
      Effect.gen(function* () {
        const { bob, release, operations } = yield* going
        yield* declare(withPresences(available))
        assert.deepStrictEqual(presences(bob.take()), [])
        yield* release
        assert.deepStrictEqual(presences(bob.take()), [told.presence("1", "away"), told.presence("1", "available")])
        assert.deepStrictEqual(operations, ["dnd PJSIP/1001 on", "log 2001 away", "dnd PJSIP/1001 off", "log 2001 available"])
      })
    )
  )

  it.effect("waits no longer for it than for any other change", () =>
    live(
      { data: start },
      Effect.gen(function* () {
        const { bob } = yield* going
        yield* declare(withPresences(available))
        yield* TestClock.adjust("2 seconds")
        yield* settle
        assert.deepStrictEqual(presences(bob.take()), [told.presence("1", "away")])
        yield* TestClock.adjust("2 seconds")
        yield* settle
        assert.deepStrictEqual(presences(bob.take()), [told.presence("1", "available")])
      })
    )
  )

  it.effect("tells nobody of the change when it removes him", () =>
    live(
      { data: start },
      Effect.gen(function* () {
        const { bob, alice, release } = yield* going
        yield* declare(withUser(1, null))
        assert.isTrue(alice.ended())
        yield* release
        assert.deepStrictEqual(short(bob.take()), ["delconfig users 1"])
        yield* declare(() => start)
        assert.deepStrictEqual(short(bob.take()), ["addconfig users 1"])
        yield* bob.say({ class: "getlist", function: "updatestatus", listname: "users", tid: "1" })
        assert.deepStrictEqual(bob.take(), [told.presence("1", "disconnected")])
      })
    )
  )

  it.effect("does not bring back what a later request has chosen meanwhile", () =>
    live(
      { data: start },
      Effect.gen(function* () {
        const { alice, bob, release } = yield* going
        yield* declare(withPresences(available, lunch))
        yield* alice.say(say("lunch"))
        yield* release
        // away could not choose lunch: he is available first, from where it can be chosen
        assert.deepStrictEqual(
          presences(bob.take()),
          ["away", "available", "lunch"].map((name) => told.presence("1", name))
        )
      })
    )
  )
})

describe("a reload in the middle of a presence change", () => {
  const busy: Presence = {
    ...presence("busy", ["available"], [["queuepause_all", ""], ...quiet]),
    phoneState: "dnd"
  }
  const before = withPresences({ ...available, allowed: ["busy"] }, busy)(sampleData)
  /** alice's line and agent are carol's now, and alice has another line, or none. */
  const handedOver =
    (lineIds: ReadonlyArray<number>) =>
    (data: DirectoryData): DirectoryData => ({
      ...data,
      users: data.users.map((user) => {
        if (user.login === "alice") return { ...user, lineIds, agentId: null }
        return user.login === "carol" ? { ...user, lineIds: [10, 30], agentId: 7 } : user
      }),
      lines: data.lines.flatMap((line) =>
        line.id === 10
          ? [
              { ...line, context: "b", userId: 3 },
              { ...line, id: 15, name: "1015", number: "1015", device: "PJSIP/1015" }
            ]
          : [line]
      )
    })

  for (const [name, lineIds, hers] of [
    [
      "asks for what is left on the line that she has by then",
      [15],
      ["dnd PJSIP/1015 on", "presence PJSIP/1015 dnd busy busy"]
    ],
    ["asks for nothing more when she has none", [], []]
  ] as const) {
    it.effect(`${name}: her old line and agent are somebody else's`, () =>
      live(
        { data: before },
        Effect.gen(function* () {
          const alice = yield* signInAs("alice")
          const { answers, told: operations } = yield* ScriptedTelephony
          const answer = yield* Deferred.make<Outcome>()
          answers.set("pause", Deferred.await(answer))
          yield* alice.say(say("busy"))
          yield* declare(handedOver(lineIds))
          operations.splice(0)
          yield* Deferred.succeed(answer, "done")
          yield* settle
          assert.deepStrictEqual(operations, [...hers])
        })
      )
    )
  }
})

describe("a reload that leaves him without a line while his request waits for its turn", () => {
  const refusedAfter = (settings: Partial<ServerSettings>) =>
    Effect.gen(function* () {
      const alice = yield* signInAs("alice")
      const { answers } = yield* ScriptedTelephony
      const answer = yield* Deferred.make<Outcome>()
      answers.set("dnd", Deferred.await(answer))
      yield* alice.say(say("away"), say("lunch"))
      yield* declare(withUser(1, { lineIds: [] }), settings)
      alice.take()
      yield* Deferred.succeed(answer, "done")
      yield* settle
      return alice.take()
    })

  it.effect("tells him nothing of himself while contexts are separated", () =>
    live(
      { data: start },
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* refusedAfter({ contextSeparation: true }), [])
      })
    )
  )

  it.effect("refuses it as ever while they are not", () =>
    live(
      { data: start },
      Effect.gen(function* () {
        const heard = yield* refusedAfter({ contextSeparation: false })
        assert.deepStrictEqual(heard.slice(1), [
          told.presence("1", "away"),
          { class: "availstate", error_string: "presence_unreachable:away:lunch" },
          told.presence("1", "away")
        ])
      })
    )
  )
})

describe("reloads at once", () => {
  it.effect("follow each other: what is told adds up to what is declared last", () =>
    live(
      { data: start },
      Effect.gen(function* () {
        const bob = yield* signInAs("bob")
        const config = yield* LiveConfig
        const server = yield* CtiServer
        const settings = config.declared().settings
        const turns = [withUser(1, null)(start), start, withUser(3, { fullName: "Caroline" })(start)].flatMap((directory) => [
          config.replace({ directory, settings }),
          server.reload()
        ])
        yield* Effect.all(turns, { concurrency: "unbounded" })
        yield* settle
        assert.deepStrictEqual(short(bob.take()), ["delconfig users 1", "addconfig users 1", "updateconfig users 3"])
      })
    )
  )

  it.effect("replace a presence once, by the rule of the group in which it was known", () =>
    live(
      { data: start },
      Effect.gen(function* () {
        const [alice, bob] = [yield* signInAs("alice"), yield* signInAs("bob")]
        yield* alice.say(say("away"))
        for (const client of [alice, bob]) client.take()
        const config = yield* LiveConfig
        const settings = config.declared().settings
        for (const change of [withPresences(lunch, available), withPresences(available)]) {
          yield* Effect.forkChild(config.replace({ directory: change(start), settings }), { startImmediately: true })
        }
        yield* settle
        assert.deepStrictEqual(presences(bob.take()), [told.presence("1", "available")])
        assert.deepStrictEqual(presences(alice.take()), [told.presence("1", "available")])
      })
    )
  )
})
