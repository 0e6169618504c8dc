/** Presences that end, over the wire and under a test clock. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { TestClock } from "effect/testing"
import type { DirectoryData } from "../directory/directory.ts"
import { dial, settle } from "../memory_server_fixture.ts"
import { ask, declare, live, signInAs, told, withUser } from "../reload/live_server_fixture.ts"
import { idlingData, sampleData } from "../testdata/sample_directory.ts"
import { ScriptedTelephony } from "../testdata/scripted_telephony.ts"
import { FURTHEST_END } from "./presence_terms.ts"

/** `available` leads to `busy`, which the system takes during calls; `away` does not. */
const data: DirectoryData = {
  ...sampleData,
  presenceGroups: sampleData.presenceGroups.map(({ name, presences }) => ({
    name,
    presences: new Map([
      ...[...presences].map(
        ([key, presence]) =>
          [key, key === "available" ? { ...presence, allowed: [...(presence.allowed ?? []), "busy"] } : presence] as const
      ),
      [
        "busy",
        { name: "busy", longName: "busy", color: "#000000", allowed: ["available"], actions: [], automatic: "on_the_phone" }
      ]
    ])
  }))
}

/** And who is idle is away. */
const idlingWithCalls: DirectoryData = {
  ...data,
  presenceGroups: data.presenceGroups.map(({ name, presences }) => ({
    name,
    presences: new Map([...presences, ...idlingData.presenceGroups.flatMap((group) => [...group.presences].slice(1, 2))])
  }))
}

const availstate = (availstate: string, more: { readonly note?: string; readonly until?: number } = {}) => ({
  class: "availstate",
  availstate,
  ...more
})

/** A client that wants to know notes and ends. */
const signInModern = Effect.fnUntraced(function* (login: string, state = "available") {
  const client = yield* dial
  yield* client.say(
    { class: "login_id", userlogin: login, wazoversion: "2.3" },
    { class: "login_pass", password: `${login}-word` }
  )
  yield* client.say({ class: "login_capas", capaid: 3, state, presenceterms: true })
  client.take()
  return client
})

const withTerms = (tid: string, note: string, until: number | null) => ({
  class: "getlist",
  tipbxid: "xivo",
  function: "updatestatus",
  listname: "users",
  tid,
  status: { note, until }
})

const wait = (seconds: number) => Effect.andThen(TestClock.adjust(`${seconds} seconds`), settle)

const phone = (state: number, lineId = 10) =>
  Effect.andThen(
    Effect.flatMap(ScriptedTelephony, ({ say }) => say({ _tag: "EndpointState", lineId, state })),
    settle
  )

/** What a client heard of presences, in short. */
const heard = (client: { readonly take: () => ReadonlyArray<object> }): ReadonlyArray<string> =>
  (client.take() as ReadonlyArray<{ readonly listname?: string; readonly status?: { readonly availstate?: string } }>).flatMap(
    ({ listname, status }) => (listname === "users" && status?.availstate !== undefined ? [status.availstate] : [])
  )

describe("a presence with a note and an end", () => {
  it.effect("is told with both to those who want to know; an old client hears exactly what he always did", () =>
    live(
      { data },
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        const old = yield* signInAs("bob")
        const modern = yield* signInModern("carol")
        alice.take()
        old.take()
        yield* alice.say(availstate("away", { note: "at the\ndentist", until: 3600 }))
        assert.deepStrictEqual(old.take(), [told.presence("1", "away")])
        assert.deepStrictEqual(modern.take(), [told.presence("1", "away"), withTerms("1", "at the dentist", 3600)])
        for (const [client, more] of [
          [old, {}],
          [modern, { note: "at the dentist", until: 3600 }]
        ] as const) {
          yield* client.say(ask.object("updatestatus", "users", "1"))
          assert.deepNestedInclude(client.take()[0], { status: { availstate: "away", ...more } })
        }
        // there is nothing to be told of presences without
        yield* alice.say(availstate("available"))
        assert.deepStrictEqual(modern.take().slice(-2), [told.presence("1", "available"), withTerms("1", "", null)])
        yield* alice.say(availstate("donotdisturb"))
        assert.deepStrictEqual(heard(modern), ["donotdisturb"])
      })
    )
  )

  it.effect("leads back when its time is over, with the actions of that presence, whatever is allowed", () =>
    live(
      { data },
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        const bob = yield* signInAs("bob")
        yield* alice.say(availstate("donotdisturb", { until: 60 }))
        const { told } = yield* ScriptedTelephony
        heard(bob)
        yield* wait(59)
        assert.deepStrictEqual(heard(bob), [])
        told.splice(0)
        yield* wait(1)
        assert.deepStrictEqual(heard(bob), ["available"])
        assert.includeMembers(told, ["dnd PJSIP/1001 off", "pause 2001 * off"])
        yield* wait(3600)
        assert.deepStrictEqual(heard(bob), [], "once")
      })
    )
  )

  it.effect("a longer one leads to where the first one would have led; any other choice cancels it", () =>
    live(
      { data },
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        const bob = yield* signInAs("bob")
        heard(bob)
        yield* alice.say(availstate("away", { until: 60 }))
        yield* wait(30)
        yield* alice.say(availstate("away", { until: 120 }))
        yield* wait(60)
        assert.deepStrictEqual(heard(bob), ["away", "away"])
        yield* wait(30)
        assert.deepStrictEqual(heard(bob), ["available"])
        yield* alice.say(availstate("away", { until: 180 }))
        yield* alice.say(availstate("away"))
        yield* wait(600)
        assert.deepStrictEqual(heard(bob), ["away", "away"], "the same presence without an end is another choice")
      })
    )
  )

  it.effect("outlives other sessions that begin with it and end, not the last one", () =>
    live(
      { data },
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        const bob = yield* signInAs("bob")
        yield* alice.say(availstate("away", { until: 60 }))
        const second = yield* signInModern("alice", "away")
        yield* second.say({ class: "logout" })
        heard(bob)
        yield* wait(60)
        assert.deepStrictEqual(heard(bob), ["available"])
        yield* alice.say(availstate("away", { until: 120 }))
        yield* alice.say({ class: "logout" })
        assert.deepStrictEqual(heard(bob), ["away", "disconnected"])
        yield* wait(600)
        assert.deepStrictEqual(heard(bob), [])
      })
    )
  )

  it.effect("an end that has passed, is too far away or is no second is refused, and nothing changes", () =>
    live(
      { data },
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        alice.take()
        yield* wait(100)
        for (const until of [99, 100, 100.5, 102 + FURTHEST_END]) {
          yield* alice.say(availstate("away", { until }))
          assert.deepStrictEqual(alice.take(), [
            { class: "availstate", error_string: `presence_until:${until}` },
            told.presence("1", "available")
          ])
        }
        yield* alice.say({ class: "availstate", availstate: "away", until: "soon" })
        assert.deepStrictEqual(alice.take(), [])
      })
    )
  )

  it.effect("a reload that takes the presence before, or the user, is no obstacle", () =>
    live(
      { data },
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        const bob = yield* signInAs("bob")
        yield* alice.say(availstate("busy"), availstate("available"), availstate("away", { until: 60 }))
        yield* bob.say(availstate("away", { until: 60 }))
        heard(bob)
        yield* declare((now) => ({
          ...withUser(2, null)(now),
          presenceGroups: now.presenceGroups.map(({ name, presences }) => ({
            name,
            presences: new Map([...presences].filter(([key]) => key !== "available"))
          }))
        }))
        heard(alice)
        yield* wait(60)
        assert.deepStrictEqual(heard(alice), ["away"], "the group's first")
      })
    )
  )
})

describe("the presence that is taken on the phone", () => {
  it.effect("lasts as long as the calls, and leads back", () =>
    live(
      { data },
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        heard(alice)
        for (const state of [0, 8]) yield* phone(state)
        assert.deepStrictEqual(heard(alice), [], "a phone that rings is not in use")
        for (const state of [1, 9, 16, 1]) yield* phone(state)
        assert.deepStrictEqual(heard(alice), ["busy"])
        yield* phone(0)
        assert.deepStrictEqual(heard(alice), ["available"])
      })
    )
  )

  it.effect("gives way to what the user chooses meanwhile, and is not taken where it may not be", () =>
    live(
      { data },
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        heard(alice)
        yield* phone(1)
        yield* alice.say(availstate("busy"))
        yield* phone(0)
        assert.deepStrictEqual(heard(alice), ["busy", "busy"], "he chose it himself")
        yield* alice.say(availstate("available"), availstate("away"))
        heard(alice)
        yield* phone(1)
        yield* phone(0)
        assert.deepStrictEqual(heard(alice), [], "away does not lead there")
        yield* alice.say(availstate("available", { note: "ask me anything" }))
        heard(alice)
        yield* phone(1)
        assert.deepStrictEqual(heard(alice), [], "who says something keeps it")
      })
    )
  )

  it.effect("comes when what somebody chose until then has ended, if the call goes on", () =>
    live(
      { data },
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        yield* alice.say(availstate("away", { until: 60 }))
        heard(alice)
        yield* phone(1)
        yield* wait(59)
        assert.deepStrictEqual(heard(alice), [])
        yield* wait(1)
        assert.deepStrictEqual(heard(alice), ["available", "busy"])
        yield* phone(0)
        assert.deepStrictEqual(heard(alice), ["available"])
      })
    )
  )

  it.effect("is never taken where no presence of the group is for it, nor for who is not there", () =>
    live(
      { data: sampleData },
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        heard(alice)
        yield* phone(1)
        yield* phone(1, 20)
        yield* phone(0)
        assert.deepStrictEqual(heard(alice), [])
      })
    )
  )

  it.effect("a reload that takes the phone away ends it", () =>
    live(
      { data },
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        yield* phone(1)
        heard(alice)
        yield* declare(withUser(1, { lineIds: [] }))
        assert.deepStrictEqual(heard(alice), ["available"])
      })
    )
  )
})

describe("the presence that is taken by who does nothing", () => {
  it.effect("comes when nothing was done for so long, and goes with the next thing that is done", () =>
    live(
      { data: idlingData },
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        yield* signInAs("bob")
        heard(alice)
        yield* wait(50)
        yield* alice.say({ class: "featuresput", function: "enablednd", value: false }, { class: "keepalive" })
        yield* wait(50)
        // a look at lists, or a sign of life, is the program's own
        yield* alice.say({ class: "keepalive" }, ask.ids("users"))
        yield* wait(9)
        assert.deepStrictEqual(heard(alice), ["away"], "bob, who has done nothing at all")
        yield* wait(2)
        assert.deepStrictEqual(heard(alice), ["away"], "and she herself")
        yield* alice.say({ class: "featuresput", function: "enablednd", value: false })
        yield* wait(1)
        assert.deepStrictEqual(heard(alice), ["available"])
      })
    )
  )

  it.effect("does not come during a call, and not over what somebody chose", () =>
    live(
      { data: idlingData },
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        const bob = yield* signInAs("bob")
        yield* phone(1)
        yield* bob.say(availstate("donotdisturb"))
        heard(bob)
        yield* wait(600)
        assert.deepStrictEqual(heard(bob), [])
        yield* phone(0)
        yield* wait(61)
        assert.deepStrictEqual(heard(bob), ["away"])
        yield* alice.say(availstate("away"))
        yield* wait(1)
        assert.deepStrictEqual(heard(bob), ["away"], "she chose it herself now")
        yield* wait(600)
        assert.deepStrictEqual(heard(bob), [])
      })
    )
  )

  it.effect("comes when what somebody chose until then has ended, if nothing was done since", () =>
    live(
      { data: idlingData },
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        yield* alice.say(availstate("donotdisturb", { until: 120 }))
        heard(alice)
        yield* wait(119)
        assert.deepStrictEqual(heard(alice), [])
        yield* wait(1)
        yield* wait(1)
        assert.deepStrictEqual(heard(alice), ["available", "away"])
        yield* alice.say(availstate("available"), availstate("donotdisturb", { until: 240 }))
        yield* wait(100)
        yield* alice.say({ class: "featuresput", function: "enablednd", value: false })
        heard(alice)
        yield* wait(58)
        assert.deepStrictEqual(heard(alice), ["available"])
        yield* wait(3)
        assert.deepStrictEqual(heard(alice), ["away"])
      })
    )
  )

  it.effect("gives way to a call, whose presence leads back to where he was before both", () =>
    live(
      { data: idlingWithCalls },
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        heard(alice)
        yield* wait(61)
        assert.deepStrictEqual(heard(alice), ["away"])
        yield* phone(1)
        yield* wait(600)
        assert.deepStrictEqual(heard(alice), ["busy"])
        yield* phone(0)
        assert.deepStrictEqual(heard(alice), ["available"])
        yield* wait(61)
        assert.deepStrictEqual(heard(alice), ["away"])
        yield* alice.say(availstate("available"), availstate("away"))
        heard(alice)
        yield* phone(1)
        assert.deepStrictEqual(heard(alice), [], "she chose it herself")
      })
    )
  )

  it.effect("comes again when a reload replaced the presence, for who does nothing still", () => {
    const renamed = idlingData.presenceGroups.map(({ name, presences }) => ({
      name,
      presences: new Map(
        [...presences.values()].map((presence) => {
          const own = presence.name === "away" ? "absent" : presence.name
          const allowed = presence.allowed?.map((to) => (to === "away" ? "absent" : to)) ?? null
          return [own, { ...presence, name: own, allowed }] as const
        })
      )
    }))
    return live(
      { data: idlingData },
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        yield* wait(61)
        heard(alice)
        yield* declare((now) => ({ ...now, presenceGroups: renamed }))
        assert.deepStrictEqual(heard(alice), ["available"])
        yield* wait(1)
        assert.deepStrictEqual(heard(alice), ["absent"])
      })
    )
  })

  it.effect("comes again after a call, however short", () =>
    live(
      { data: idlingWithCalls },
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        yield* wait(61.2)
        heard(alice)
        yield* phone(1)
        yield* wait(0.5)
        yield* phone(0)
        assert.deepStrictEqual(heard(alice), ["busy", "available"])
        yield* wait(59)
        assert.deepStrictEqual(heard(alice), [])
        yield* wait(2)
        assert.deepStrictEqual(heard(alice), ["away"])
      })
    )
  )

  it.effect("a reload begins and ends it", () =>
    live(
      { data: sampleData },
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        heard(alice)
        yield* wait(600)
        yield* declare((now) => ({ ...now, presenceGroups: idlingData.presenceGroups }))
        yield* wait(59)
        assert.deepStrictEqual(heard(alice), [])
        yield* wait(2)
        assert.deepStrictEqual(heard(alice), ["away"])
        yield* declare((now) => ({ ...now, presenceGroups: sampleData.presenceGroups }))
        assert.deepStrictEqual(heard(alice), ["available"])
        // what she did while nobody looked is not known
        yield* wait(600)
        yield* declare((now) => ({ ...now, presenceGroups: idlingData.presenceGroups }))
        yield* wait(59)
        assert.deepStrictEqual(heard(alice), [])
        yield* wait(2)
        assert.deepStrictEqual(heard(alice), ["away"])
      })
    )
  )
})
