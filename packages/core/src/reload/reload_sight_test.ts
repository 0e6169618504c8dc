import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { DirectoryData } from "../directory/directory.ts"
import { settle } from "../memory_server_fixture.ts"
import { ScriptedTelephony } from "../testdata/scripted_telephony.ts"
import {
  ask,
  declare,
  live,
  people,
  same,
  short,
  signInAs,
  told,
  withLine,
  withQueue,
  withUser
} from "./live_server_fixture.ts"

const idsOf = (messages: ReadonlyArray<object>): ReadonlyArray<unknown> =>
  messages.map((message) => ("list" in message ? message.list : null))

const withLine70 = (data: DirectoryData): DirectoryData => {
  const [line] = data.lines
  return line === undefined
    ? data
    : { ...data, lines: [...data.lines, { ...line, id: 70, number: "1007", device: "PJSIP/1007" }] }
}

describe("a reload that changes who may see whom", () => {
  it.effect("takes out of sight what separation hides, and shows again what it hid", () =>
    live(
      {},
      Effect.gen(function* () {
        const { alice, carol } = yield* people
        const noline = yield* signInAs("noline")
        for (const client of [alice, carol]) client.take()
        yield* declare(same, { contextSeparation: true })
        assert.deepStrictEqual(alice.take(), [
          told.del("users", "3", "4", "5", "6"),
          told.del("phones", "30"),
          told.del("queues", "8")
        ])
        assert.deepStrictEqual(short(carol.take()), [
          "delconfig users 1,2,4,5,6,7",
          "delconfig phones 10,20,70",
          "delconfig agents 7",
          "delconfig queues 5,6",
          "delconfig voicemails 3",
          "delconfig queuemembers Agent/2001,support,Agent/2001,callback,PJSIP/1002,support"
        ])
        assert.strictEqual(noline.take().length, 6)
        yield* declare(same, { contextSeparation: false })
        assert.deepStrictEqual(alice.take(), [
          told.add("users", "3", "4", "5", "6"),
          told.add("phones", "30"),
          told.add("queues", "8")
        ])
        assert.strictEqual(noline.take().length, 6)
        yield* noline.say(ask.ids("queues"))
        assert.deepStrictEqual(idsOf(noline.take()), [["5", "6", "8"]])
      })
    )
  )

  it.effect("lets people hear from then on what they may, and no more", () =>
    live(
      {},
      Effect.gen(function* () {
        const { alice, bob, carol } = yield* people
        yield* declare(same, { contextSeparation: true })
        for (const client of [alice, bob, carol]) client.take()
        yield* alice.say({ class: "availstate", availstate: "away" })
        assert.deepStrictEqual(bob.take(), [told.presence("1", "away")])
        assert.deepStrictEqual(carol.take(), [])
        yield* declare(same, { contextSeparation: false })
        for (const client of [alice, bob, carol]) client.take()
        yield* alice.say({ class: "availstate", availstate: "available" })
        assert.include(short(carol.take()), "updatestatus users 1")
      })
    )
  )

  it.effect("tells anew what may be named of an agent with a phone or a queue of another company", () =>
    live(
      {},
      Effect.gen(function* () {
        const { alice } = yield* people
        const { say } = yield* ScriptedTelephony
        for (const queue of ["support", "callback"]) {
          const place = { queue, name: "Agent/2001", interface: "PJSIP/2001", stateInterface: "PJSIP/2001" }
          const nothing = { penalty: 0, callsTaken: 0, lastCall: 0, status: 1, paused: false, wrapUpSeconds: 0 }
          yield* say({ _tag: "QueueMemberChanged", member: { ...place, ...nothing } })
        }
        yield* settle
        const last = () => {
          const statuses = (alice.take() as ReadonlyArray<Readonly<Record<string, unknown>>>).flatMap(
            ({ function: what, listname, status }) => (what === "updatestatus" && listname === "agents" ? [status] : [])
          )
          const { phonenumber, queues } = statuses.at(-1) as Readonly<Record<string, unknown>> // the test fails without one
          return { phonenumber, queues }
        }
        assert.deepStrictEqual(last(), { phonenumber: "2001", queues: ["5", "6"] })
        yield* declare(same, { contextSeparation: true })
        assert.deepStrictEqual(last(), { phonenumber: null, queues: ["5", "6"] })
        yield* declare(withQueue(6, { context: "b" }))
        assert.deepStrictEqual(last(), { phonenumber: null, queues: ["5"] })
        yield* declare(withLine(30, { context: "a" }))
        assert.deepStrictEqual(last(), { phonenumber: "2001", queues: ["5"] })
        yield* declare(same, { contextSeparation: false })
        assert.deepStrictEqual(last(), { phonenumber: "2001", queues: ["5", "6"] })
      })
    )
  )

  it.effect("moves somebody whose main line is in another company now", () =>
    live(
      { settings: { contextSeparation: true } },
      Effect.gen(function* () {
        const { alice, bob, carol } = yield* people
        yield* declare(withLine(20, { context: "b" }))
        assert.deepStrictEqual(alice.take(), [told.del("users", "2"), told.del("phones", "20")])
        assert.deepStrictEqual(carol.take(), [told.add("users", "2"), told.add("phones", "20")])
        assert.deepStrictEqual(bob.take(), [
          told.del("users", "1", "7"),
          told.del("phones", "10", "70"),
          told.del("agents", "7"),
          told.del("queues", "5", "6"),
          told.del("voicemails", "3"),
          told.del("queuemembers", "Agent/2001,support", "Agent/2001,callback", "PJSIP/1002,support"),
          told.add("users", "3"),
          told.add("phones", "30"),
          told.add("queues", "8")
        ])
        yield* carol.say({ class: "availstate", availstate: "away" })
        assert.deepStrictEqual(bob.take(), [told.presence("3", "away")])
        yield* bob.say({ class: "availstate", availstate: "away" })
        assert.deepStrictEqual(alice.take(), [])
      })
    )
  )

  it.effect("shows a company to somebody who gets his first line, and hides it from him who loses it", () =>
    live(
      { settings: { contextSeparation: true } },
      Effect.gen(function* () {
        const [noline, alice] = [yield* signInAs("noline"), yield* signInAs("alice")]
        alice.take()
        yield* declare(withUser(4, { lineIds: [70] }))
        assert.deepStrictEqual(short(noline.take())[0], "addconfig users 1,2,4,7")
        assert.deepStrictEqual(short(alice.take()), ["addconfig users 4"])
        yield* declare(withUser(4, { lineIds: [] }))
        assert.deepStrictEqual(short(noline.take())[0], "delconfig users 1,2,4,7")
        yield* noline.say(ask.ids("users"))
        assert.deepStrictEqual(idsOf(noline.take()), [[]])
      })
    )
  )

  it.effect("keeps a registration for what is out of sight quiet, and drops that of what is gone", () =>
    live(
      {},
      Effect.gen(function* () {
        const { alice, carol } = yield* people
        const register = (endpoint: number) => ({
          class: "register_endpoint_status_update",
          endpoint_ids: [["6d1f2a90-51c4-4f0e-9a37-2b8c7d5e4f10", endpoint]]
        })
        const { say } = yield* ScriptedTelephony
        yield* carol.say(register(10), register(70))
        assert.strictEqual(carol.take().length, 2)
        const ring = (state: number) =>
          Effect.andThen(
            say({ _tag: "EndpointState", lineId: 10, state }, { _tag: "EndpointState", lineId: 70, state }),
            settle
          )
        const registered = () => carol.take().filter((message) => "data" in message)
        yield* ring(8)
        assert.strictEqual(registered().length, 2)
        yield* declare(same, { contextSeparation: true })
        yield* ring(1)
        assert.strictEqual(registered().length, 0)
        yield* declare((data) => ({ ...data, lines: data.lines.filter(({ id }) => id !== 70) }), { contextSeparation: false })
        yield* declare(withLine70)
        yield* ring(2)
        assert.strictEqual(registered().length, 1)
        assert.isFalse(alice.ended())
      })
    )
  )
})
