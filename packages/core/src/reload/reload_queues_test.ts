import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { settle } from "../memory_server_fixture.ts"
import { ScriptedTelephony } from "../testdata/scripted_telephony.ts"
import {
  declare,
  live,
  newcomer,
  people,
  same,
  short,
  told,
  withAgent,
  withLine,
  withQueue,
  withUser
} from "./live_server_fixture.ts"

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

  it.effect("tells of an agent which of his queues may be named now", () =>
    live(
      {},
      Effect.gen(function* () {
        const { bob } = yield* people
        const { say } = yield* ScriptedTelephony
        yield* say(loggedIn("support"), loggedIn("sales"))
        yield* settle
        const queues = (): ReadonlyArray<unknown> =>
          (
            bob.take() as ReadonlyArray<{ readonly listname?: string; readonly status?: { readonly queues?: unknown } }>
          ).flatMap(({ listname, status }) => (listname === "agents" ? [status?.queues] : []))
        assert.deepStrictEqual(queues().at(-1), ["5", "8"])
        // sales is another company's
        yield* declare(same, { contextSeparation: true })
        assert.deepStrictEqual(queues(), [["5"]])
        yield* declare(withQueue(8, { context: "a" }))
        assert.deepStrictEqual(queues(), [["5", "8"]])
        yield* declare(withQueue(8, { displayName: "Sales!" }))
        assert.deepStrictEqual(queues(), [])
        yield* declare(withQueue(5, { context: "b" }))
        assert.deepStrictEqual(queues(), [["8"]])
        yield* declare(same, { contextSeparation: false })
        assert.deepStrictEqual(queues(), [["5", "8"]])
        yield* declare(withQueue(8, { context: "b" }))
        assert.deepStrictEqual(queues(), [])
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
