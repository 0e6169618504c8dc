import { converseAs } from "@ctid/simulator/asterisk/conversation"
import { SimulatedAsterisk } from "@ctid/simulator/asterisk/simulated_asterisk"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import {
  asteriskOptions,
  MANAGER,
  memberships,
  prepareAsterisk,
  reportAgentsLogged,
  restoreServices,
  setAgentState,
  setAgentsLogged
} from "./asterisk_setup.ts"
import { directoryData } from "./directory_data.ts"
import { runState } from "./run_state.ts"

const stored = {
  xivo_uuid: "u",
  users: [
    { id: 42, agentid: 7, lines: ["11"], enablednd: 1, enableunc: true, destunc: "1002" },
    { id: 43, lines: ["12"], enablebusy: 0, destbusy: "1" }
  ],
  lines: [
    { id: 11, protocol: "sip", name: "a", context: "ctx-a", number: "1001", user: 42 },
    { id: 12, protocol: "sip", name: "b", context: "ctx-a", number: "1002", user: 43 }
  ],
  agents: [
    { id: 7, number: "2001" },
    { id: 8, number: "2002" }
  ],
  queues: [{ id: 5, name: "support" }],
  queuemembers: [{ queue: "support", member: "Agent/2001", penalty: 2 }]
}
const data = directoryData(stored)
const make = SimulatedAsterisk.make(asteriskOptions(data, stored))
const at1001 = { agents_logged: { "7": { extension: "1001", context: "ctx-a", interface: "Local/id-7@agentcallback" } } }
const logged = runState(at1001).agentsLogged ?? new Map()

describe("the simulated Asterisk of a vector", () => {
  it.effect("has the services that are on", () =>
    Effect.gen(function* () {
      const asterisk = yield* make
      assert.strictEqual(asterisk.astDb("DND", "1001"), "YES")
      assert.strictEqual(asterisk.astDb("CF", "1001"), "1002")
      assert.isUndefined(asterisk.astDb("CFB", "1002"))
    })
  )

  it.effect("has logged agents as members of their queues, and no others", () =>
    Effect.gen(function* () {
      const asterisk = yield* make
      yield* prepareAsterisk(asterisk, data, runState(at1001))
      assert.deepStrictEqual(memberships(asterisk, data), [
        { queue: "support", interface: "Local/id-7@agentcallback", name: "Agent/2001" }
      ])
      assert.strictEqual(asterisk.queueMembers("support")[0]?.stateInterface, "SIP/a")
      assert.strictEqual(asterisk.queueMembers("support")[0]?.penalty, 2)
      yield* setAgentsLogged(asterisk, data, new Map())
      assert.deepStrictEqual(memberships(asterisk, data), [])
    })
  )

  it.effect("tells what agents do, and reports those without a queue", () =>
    Effect.gen(function* () {
      const asterisk = yield* make
      yield* setAgentsLogged(asterisk, data, logged)
      const conversation = converseAs(asterisk, MANAGER.username, MANAGER.secret)
      conversation.heard()
      const state = runState({ agent_state: { "7": { on_call_acd: true, paused: true } } })
      yield* setAgentState(asterisk, data, state.agentState ?? new Map())
      const heard = conversation.heard()
      assert.match(heard, /Event: AgentConnect\n[\s\S]*MemberName: Agent\/2001/)
      assert.isTrue(asterisk.queueMembers("support")[0]?.paused)
      const talking = runState({ agent_state: { "7": { nonacd_call_status: ["outgoing", true] } } }).agentState ?? new Map()
      yield* setAgentState(asterisk, data, talking)
      assert.deepStrictEqual(
        asterisk.calls().map(({ caller, callee }) => [caller.slice(0, 5), callee.slice(0, 5)]),
        [["SIP/a", "SIP/b"]]
      )
      conversation.heard()
      const eight = runState({ agents_logged: { "8": { extension: "1002", context: "ctx-a" } } }).agentsLogged ?? new Map()
      yield* reportAgentsLogged(asterisk, data, eight)
      assert.match(conversation.heard(), /UserEvent: AgentLogin\nAgentID: 8/)
      conversation.close()
    })
  )

  it.effect("holds every extension, or logs the agents in, where a login is to end so", () =>
    Effect.gen(function* () {
      const taken = yield* make
      yield* prepareAsterisk(taken, data, runState({ agent_login_result: "already_in_use" }))
      assert.deepStrictEqual(
        taken.queueMembers("support").map((member) => [member.name, member.stateInterface]),
        [
          ["Agent/elsewhere-11", "SIP/a"],
          ["Agent/elsewhere-12", "SIP/b"]
        ]
      )
      const logged = yield* make
      yield* prepareAsterisk(logged, data, runState({ agent_login_result: "already_logged" }))
      assert.deepStrictEqual(memberships(logged, data), [
        { queue: "support", interface: "Local/1001@ctx-a", name: "Agent/2001" }
      ])
    })
  )

  it.effect("answers as it is told, and has do not disturb again after a first presence", () =>
    Effect.gen(function* () {
      const asterisk = yield* make
      yield* prepareAsterisk(asterisk, data, runState({ ami_reply: { Originate: { Response: "Error", Message: "No." } } }))
      const conversation = converseAs(asterisk, MANAGER.username, MANAGER.secret)
      conversation.heard()
      assert.match(conversation.say("Action: Originate\nChannel: SIP/a"), /Response: Error\nMessage: No\./)
      yield* asterisk.setAstDb("DND", "1001", undefined)
      yield* restoreServices(asterisk, data, stored)
      assert.strictEqual(asterisk.astDb("DND", "1001"), "YES")
      assert.match(conversation.heard(), /Device: Custom:DND1001\nState: BUSY/)
      conversation.close()
    })
  )
})
