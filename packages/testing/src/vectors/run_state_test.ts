import { assert, describe, it } from "@effect/vitest"
import { isRunState, runState } from "./run_state.ts"

describe("run-time state of a vector", () => {
  it("has only the keys that were set", () => {
    assert.deepStrictEqual(runState({}), {})
    assert.deepStrictEqual(runState({ context_separation: true, logged_in: [42, "43", 43] }), { loggedIn: [42, 43, 43] })
  })

  it("reads who is logged in where, in which presence and doing what", () => {
    const state = runState({
      presence: { "42": "away" },
      agents_logged: {
        "7": { extension: "1001", context: "ctx-a", interface: "Local/id-7@agentcallback", state_interface: "SIP/k3x9q1" },
        "8": { extension: "1002", context: "ctx-a" }
      },
      agent_state: { "7": { on_call_acd: true, nonacd_call_status: ["incoming", false] } }
    })
    assert.deepStrictEqual(state.presence, new Map([[42, "away"]]))
    assert.deepStrictEqual(state.agentsLogged?.get(7), {
      extension: "1001",
      context: "ctx-a",
      interface: "Local/id-7@agentcallback",
      stateInterface: "SIP/k3x9q1"
    })
    assert.deepStrictEqual(state.agentsLogged?.get(8), {
      extension: "1002",
      context: "ctx-a",
      interface: "Local/1002@ctx-a",
      stateInterface: null
    })
    assert.deepStrictEqual(state.agentState?.get(7), {
      onAcdCall: true,
      onWrapUp: false,
      paused: false,
      nonAcdCall: { direction: "incoming", internal: false }
    })
  })

  it("reads canned answers and times", () => {
    const error = [
      ["Response", "Error"],
      ["Message", "No."]
    ] as const
    const state = runState({
      ami_reply: { Originate: { Response: "Error", Message: "No." } },
      agent_login_result: "already_in_use",
      session_id: "Ab3dEf6hIj",
      wait_seconds: 2.5
    })
    assert.deepStrictEqual(state, {
      agentLoginResult: "already_in_use",
      amiReply: new Map([["originate", error]]),
      sessionId: "Ab3dEf6hIj",
      waitSeconds: 2.5
    })
  })

  it("refuses what it would not understand", () => {
    assert.throws(() => runState({ agent_login_result: "perhaps" }), /must be one of/)
    assert.throws(() => runState({ agent_state: { "7": { juggling: true } } }), /does not know/)
    assert.throws(() => runState({ logged_in: ["blue"] }), /whole number/)
  })

  it("is told apart from the stored objects", () => {
    assert.isTrue(isRunState("agents_logged"))
    assert.isTrue(isRunState("current_calls"))
    assert.isFalse(isRunState("context_separation"))
    assert.isFalse(isRunState("users"))
  })
})
