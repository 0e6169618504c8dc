import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { CtiServer } from "../cti_server.ts"
import type { DirectoryData } from "../directory/directory.ts"
import { settle } from "../memory_server_fixture.ts"
import { ScriptedTelephony } from "../testdata/scripted_telephony.ts"
import { ask, declare, live, same, short, signInAs, told, withUser } from "./live_server_fixture.ts"

const people = Effect.gen(function* () {
  const [alice, bob, carol] = [yield* signInAs("alice"), yield* signInAs("bob"), yield* signInAs("carol")]
  for (const client of [alice, bob, carol]) client.take()
  return { alice, bob, carol }
})

const newcomer = (data: DirectoryData): DirectoryData => {
  const [alice] = data.users
  const [line] = data.lines
  if (alice === undefined || line === undefined) return data
  const dora = { ...alice, id: 9, uuid: "0b7e9a1c-3d52-4c86-8f14-000000000009", login: "dora", fullName: "dora", agentId: null }
  return {
    ...data,
    users: [...data.users, { ...dora, lineIds: [90] }],
    lines: [...data.lines, { ...line, id: 90, number: "1009", device: "PJSIP/1009", name: "1009", userId: 9 }]
  }
}

const withLine =
  (id: number, change: Partial<DirectoryData["lines"][number]>) =>
  (data: DirectoryData): DirectoryData => ({
    ...data,
    lines: data.lines.map((line) => (line.id === id ? { ...line, ...change } : line))
  })

const withQueue =
  (id: number, change: Partial<DirectoryData["queues"][number]>) =>
  (data: DirectoryData): DirectoryData => ({
    ...data,
    queues: data.queues.map((queue) => (queue.id === id ? { ...queue, ...change } : queue))
  })

const withAgent =
  (change: Partial<DirectoryData["agents"][number]>) =>
  (data: DirectoryData): DirectoryData => ({
    ...data,
    agents: data.agents.map((agent) => ({ ...agent, ...change }))
  })

describe("a reload that changes objects", () => {
  it.effect("tells everybody what came, what went and what is another, while nobody is separated", () =>
    live(
      {},
      Effect.gen(function* () {
        const { alice, carol } = yield* people
        yield* declare((data) => newcomer(withUser(5, null)(withLine(70, { number: "1008" })(data))))
        const heard = ["delconfig users 5", "addconfig users 9", "addconfig phones 90", "updateconfig phones 70"]
        assert.deepStrictEqual(short(alice.take()), heard)
        const [, , , config] = carol.take()
        assert.deepStrictEqual(
          config,
          told.config("phones", "70", { number: "1008", iduserfeatures: 7, identity: "PJSIP/1007" })
        )
      })
    )
  )

  it.effect("tells those of the same company and nobody else, while contexts are separated", () =>
    live(
      { settings: { contextSeparation: true } },
      Effect.gen(function* () {
        const { alice, carol } = yield* people
        const noline = yield* signInAs("noline")
        yield* declare((data) => newcomer(withQueue(8, { displayName: "Sold" })(data)))
        assert.deepStrictEqual(short(alice.take()), ["addconfig users 9", "addconfig phones 90"])
        assert.deepStrictEqual(short(carol.take()), ["updateconfig queues 8"])
        assert.deepStrictEqual(noline.take(), [])
      })
    )
  )

  it.effect("tells nobody anything when nothing that he can see is another", () =>
    live(
      {},
      Effect.gen(function* () {
        const { alice, bob, carol } = yield* people
        const { told: operations } = yield* ScriptedTelephony
        operations.splice(0)
        yield* declare((data) => structuredCopy(data))
        yield* declare((data) => ({ ...data, users: data.users.toReversed() }))
        yield* declare((data) => ({ ...data, profiles: data.profiles.map((profile) => ({ ...profile, name: "Desk" })) }))
        yield* declare(same, { loginTimeout: 6_000 })
        yield* (yield* CtiServer).reload()
        yield* settle
        for (const client of [alice, bob, carol]) assert.deepStrictEqual(client.take(), [])
        assert.deepStrictEqual(operations, [])
      })
    )
  )

  it.effect("says it in the words of each version", () =>
    live(
      {},
      Effect.gen(function* () {
        const [old, young] = [yield* signInAs("bob", "1.2"), yield* signInAs("bob")]
        old.take()
        yield* declare((data) => withLine(10, { number: "1111" })(withUser(2, { fullName: "Robert" })(data)))
        const [user, phone] = old.take() as ReadonlyArray<{ readonly config: object }>
        const [youngUser, youngPhone] = young.take() as ReadonlyArray<{ readonly config: object }>
        const words = { enableclient: 1, profileclient: 3, enablexfer: 1 }
        assert.deepInclude(user?.config, { fullname: "Robert", ...words })
        assert.deepStrictEqual({ ...youngUser?.config, ...words }, user?.config)
        const places = { context: "a", protocol: "pjsip", initialized: true, allowtransfer: true, simultcalls: 1 }
        assert.deepInclude(phone?.config, { number: "1111", ...places })
        assert.deepStrictEqual({ ...youngPhone?.config, ...places }, phone?.config)
      })
    )
  )

  it.effect("tells every user again when the server's own name, which is in his config, is another", () =>
    live(
      {},
      Effect.gen(function* () {
        const { bob } = yield* people
        const serverUuid = "11111111-1111-4111-8111-111111111111"
        yield* declare((data) => ({ ...data, serverUuid }))
        const heard = bob.take() as ReadonlyArray<{ readonly config: { readonly xivo_uuid: string } }>
        assert.deepStrictEqual(
          short(heard),
          [1, 2, 3, 4, 5, 6, 7].map((id) => `updateconfig users ${id}`)
        )
        assert.isTrue(heard.every(({ config }) => config.xivo_uuid === serverUuid))
        assert.isFalse(bob.ended())
      })
    )
  )
})

/** The same, in other objects. */
const structuredCopy = (data: DirectoryData): DirectoryData => ({
  ...data,
  users: data.users.map((user) => ({ ...user, lineIds: [...user.lineIds] })),
  lines: data.lines.map((line) => ({ ...line })),
  agents: data.agents.map((agent) => ({ ...agent, queues: agent.queues.map((queue) => ({ ...queue })) }))
})

const idsOf = (messages: ReadonlyArray<object>): ReadonlyArray<unknown> =>
  messages.map((message) => ("list" in message ? message.list : null))

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
        yield* declare((data) => newLine70(data))
        yield* ring(2)
        assert.strictEqual(registered().length, 1)
        assert.isFalse(alice.ended())
      })
    )
  )
})

const newLine70 = (data: DirectoryData): DirectoryData => {
  const [line] = data.lines
  return line === undefined
    ? data
    : { ...data, lines: [...data.lines, { ...line, id: 70, number: "1007", device: "PJSIP/1007" }] }
}

describe("a reload that changes queues and agents", () => {
  const loggedIn = (queue: string) => ({
    _tag: "QueueMemberChanged" as const,
    member: {
      queue,
      name: "Agent/2001",
      interface: "PJSIP/1001",
      stateInterface: "PJSIP/1001",
      penalty: 2,
      callsTaken: 0,
      lastCall: 0,
      status: 1,
      paused: false,
      wrapUpSeconds: 0
    }
  })

  it.effect("takes a renamed queue for the same one with other members", () =>
    live(
      {},
      Effect.gen(function* () {
        const { bob } = yield* people
        const { say } = yield* ScriptedTelephony
        yield* say(loggedIn("support"))
        yield* settle
        bob.take()
        yield* declare((data) =>
          withAgent({
            queues: [
              { queue: "helpdesk", penalty: 2 },
              { queue: "callback", penalty: 0 }
            ]
          })(withQueue(5, { name: "helpdesk" })(data))
        )
        assert.deepStrictEqual(short(bob.take()), [
          "delconfig queuemembers Agent/2001,support,PJSIP/1002,support",
          "addconfig queuemembers Agent/2001,helpdesk,PJSIP/1002,helpdesk",
          "updateconfig queues 5",
          // he was logged in by his membership of a queue that is none of ours any more
          "updatestatus agents 7"
        ])
        yield* say(loggedIn("helpdesk"))
        yield* settle
        assert.deepStrictEqual(short(bob.take()), ["updateconfig queuemembers Agent/2001,helpdesk", "updatestatus agents 7"])
      })
    )
  )

  it.effect("tells declared members that came, went, or have another penalty", () =>
    live(
      {},
      Effect.gen(function* () {
        const { bob } = yield* people
        yield* declare(
          withAgent({
            queues: [
              { queue: "support", penalty: 5 },
              { queue: "sales", penalty: 0 }
            ]
          })
        )
        const [gone, come, other] = bob.take() as ReadonlyArray<object & { readonly config?: object }>
        assert.deepStrictEqual(gone, told.del("queuemembers", "Agent/2001,callback"))
        assert.deepStrictEqual(come, told.add("queuemembers", "Agent/2001,sales"))
        assert.deepInclude(other?.config, { penalty: "5", status: "101" })
      })
    )
  )

  it.effect("logs off under his old number an agent who has another one now: nobody could any more", () =>
    live(
      {},
      Effect.gen(function* () {
        const { bob } = yield* people
        const { say, told: operations } = yield* ScriptedTelephony
        yield* say(loggedIn("support"))
        yield* settle
        bob.take()
        operations.splice(0)
        yield* declare(withAgent({ number: "2009" }))
        assert.deepStrictEqual(operations, ["logoff 2001", "refresh "])
        const heard = bob.take() as ReadonlyArray<{ readonly status?: object }>
        assert.deepStrictEqual(short(heard), [
          "delconfig queuemembers Agent/2001,support,Agent/2001,callback",
          "addconfig queuemembers Agent/2009,support,Agent/2009,callback",
          "updateconfig agents 7",
          "updatestatus agents 7"
        ])
        assert.deepInclude(heard[3]?.status, { availability: "logged_out", phonenumber: null, queues: [] })
        yield* say({ _tag: "QueueMemberRemoved", queue: "support", name: "Agent/2001" })
        yield* settle
        assert.deepStrictEqual(bob.take(), [])
      })
    )
  )

  it.effect("lets an agent who is not logged in be, and one whose number is another agent's now", () =>
    live(
      {},
      Effect.gen(function* () {
        const { say, told: operations } = yield* ScriptedTelephony
        yield* declare(withAgent({ number: "2009" }))
        yield* declare(withAgent({ number: "2001" }))
        yield* say(loggedIn("support"))
        yield* settle
        operations.splice(0)
        yield* declare((data) => ({
          ...data,
          users: data.users.map((user) => ({ ...user, agentId: null })),
          agents: data.agents.map((agent) => ({ ...agent, id: 8 }))
        }))
        assert.deepStrictEqual(operations, ["refresh "])
      })
    )
  )

  it.effect("has the PBX asked again for what is new or belongs to somebody else, once it is known here", () =>
    live(
      {},
      Effect.gen(function* () {
        const { bob } = yield* people
        const { say, told: operations } = yield* ScriptedTelephony
        operations.splice(0)
        yield* declare((data) => withUser(2, { fullName: "Robert" })(withUser(5, null)(data)))
        assert.deepStrictEqual(operations, [])
        yield* declare(newcomer)
        assert.deepStrictEqual(operations.splice(0), ["refresh "])
        bob.take()
        yield* say({ _tag: "EndpointState", lineId: 90, state: 0 })
        yield* settle
        assert.deepStrictEqual(short(bob.take()), ["updatestatus phones 90"])
        for (const change of [withUser(4, { lineIds: [70] }), withAgent({ number: "2009" }), withQueue(5, { name: "desk" })]) {
          yield* declare(change)
          assert.deepStrictEqual(operations.splice(0), ["refresh "])
        }
      })
    )
  )

  it.effect("forgets what was known of a phone that is another one now", () =>
    live(
      {},
      Effect.gen(function* () {
        const { bob } = yield* people
        const { say } = yield* ScriptedTelephony
        yield* say(
          { _tag: "EndpointState", lineId: 10, state: 8 },
          { _tag: "LineServicesChanged", lineId: 10, services: { doNotDisturb: true } },
          { _tag: "VoicemailCount", voicemailId: 3, newMessages: "4" }
        )
        yield* settle
        bob.take()
        yield* declare((data) =>
          withLine(10, { device: "PJSIP/other", name: "other" })({
            ...data,
            voicemails: [{ id: 3, mailbox: "1009", context: "a" }]
          })
        )
        assert.deepStrictEqual(
          bob.take().map((message) => ("status" in message ? message.status : "config" in message ? message.config : null)),
          [
            { number: "1001", iduserfeatures: 1, identity: "PJSIP/other" },
            { context: "a", mailbox: "1009" },
            { hintstatus: "4" },
            { new: "0" },
            { enablednd: false }
          ]
        )
      })
    )
  )
})
