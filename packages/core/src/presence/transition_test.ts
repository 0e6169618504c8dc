/** What holds for any group, user and event is in the laws of `@ctid/testing`. */
import { assert, describe, it } from "@effect/vitest"
import type { PresenceGroup } from "./presence_group.ts"
import { transition } from "./transition.ts"

describe("transition", () => {
  it("takes the same presence again for a change like any other", () => {
    const actions = [["enablednd", "true"] as const]
    const group: PresenceGroup = {
      name: "g",
      presences: new Map([["away", { name: "away", longName: "", color: "", allowed: null, actions }]])
    }
    const state = { presence: "away", sessions: new Set([1]) }
    const outcome = transition(group, { reachability: "enforced", disconnectOn: "last" }, state, {
      _tag: "Requested",
      presence: "away"
    })
    assert.deepStrictEqual(outcome, { _tag: "Changed", state, from: "away", to: "away", actions })
  })
})
