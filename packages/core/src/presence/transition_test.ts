import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { initialPresence, type PresenceEvent, type PresenceRules, type PresenceState } from "./presence_event.ts"
import { DISCONNECTED, type PresenceGroup } from "./presence_group.ts"
import { transition } from "./transition.ts"

const names = ["available", "away", "donotdisturb", "lunch"]

const groups: fc.Arbitrary<PresenceGroup> = fc
  .array(fc.tuple(fc.constantFrom(...names), fc.subarray([...names, DISCONNECTED])), { minLength: 1, maxLength: 6 })
  .map((entries) => ({
    name: "group",
    presences: new Map(
      [...entries, [DISCONNECTED, null] as const].map(([name, allowed]) => [
        name,
        { name, longName: name, color: "#000000", allowed, actions: [["enablednd", "true"] as const] }
      ])
    )
  }))

const event: fc.Arbitrary<PresenceEvent> = fc.oneof(
  fc.record({
    _tag: fc.constant("LoggedIn" as const),
    session: fc.nat(3),
    presence: fc.constantFrom(...names, DISCONNECTED, "ghost")
  }),
  fc.record({ _tag: fc.constant("Requested" as const), presence: fc.constantFrom(...names, DISCONNECTED, "ghost") }),
  fc.record({ _tag: fc.constant("LoggedOut" as const), session: fc.nat(3) }),
  fc.record({ _tag: fc.constant("LinkLost" as const), session: fc.nat(3) }),
  fc.record({ _tag: fc.constant("Imposed" as const), presence: fc.constantFrom(...names, "ghost") })
)
const rules: fc.Arbitrary<PresenceRules> = fc.record({
  reachability: fc.constantFrom("enforced" as const, "advisory" as const),
  disconnectOn: fc.constantFrom("last" as const, "any" as const)
})

const run = (
  group: PresenceGroup,
  rule: PresenceRules,
  events: ReadonlyArray<PresenceEvent>,
  see: (before: PresenceState, event: PresenceEvent, outcome: ReturnType<typeof transition>) => void
): void => {
  let state = initialPresence
  for (const one of events) {
    const outcome = transition(group, rule, state, one)
    see(state, one, outcome)
    if (outcome._tag !== "Refused") state = outcome.state
  }
}

const law = (
  see: (
    group: PresenceGroup,
    rule: PresenceRules,
    before: PresenceState,
    event: PresenceEvent,
    outcome: ReturnType<typeof transition>
  ) => void
): void =>
  fc.assert(
    fc.property(groups, rules, fc.array(event, { maxLength: 30 }), (group, rule, events) =>
      run(group, rule, events, (before, one, outcome) => see(group, rule, before, one, outcome))
    ),
    { numRuns: 1000 }
  )

describe("transition", () => {
  it("a presence is always one of the group's", () =>
    law((group, _rule, _before, _event, outcome) => {
      if (outcome._tag === "Changed") assert.isTrue(group.presences.has(outcome.to))
    }))

  it("an enforced request is only granted where the present presence allows it, to the same again, and to disconnected", () =>
    law((group, rule, before, one, outcome) => {
      if (rule.reachability === "advisory" || one._tag !== "Requested" || outcome._tag !== "Changed") return
      const allowed = group.presences.get(before.presence)?.allowed ?? []
      assert.isTrue(one.presence === before.presence || one.presence === DISCONNECTED || allowed.includes(one.presence))
    }))

  it("nothing but an enforced request is ever refused", () =>
    law((_group, rule, _before, one, outcome) => {
      if (outcome._tag !== "Refused") return
      assert.strictEqual(one._tag, "Requested")
      assert.strictEqual(rule.reachability, "enforced")
    }))

  it("a login with a presence of the group always takes it", () =>
    law((group, _rule, _before, one, outcome) => {
      if (one._tag === "LoggedIn" && group.presences.has(one.presence)) assert.strictEqual(outcome._tag, "Changed")
    }))

  it("actions never run when the link is lost", () =>
    law((_group, _rule, _before, one, outcome) => {
      if (one._tag === "LinkLost" && outcome._tag === "Changed") assert.deepStrictEqual(outcome.actions, [])
    }))

  it("with the rule of the last session, nobody is disconnected by an ending while a session remains", () =>
    law((_group, rule, before, one, outcome) => {
      if (rule.disconnectOn === "any" || (one._tag !== "LinkLost" && one._tag !== "LoggedOut")) return
      const left = new Set(before.sessions)
      left.delete(one.session)
      if (left.size > 0) assert.strictEqual(outcome._tag, "Unchanged")
      else if (before.sessions.has(one.session)) assert.strictEqual(outcome._tag, "Changed")
    }))

  it("an ending of a session that does not exist changes nothing", () =>
    law((_group, _rule, before, one, outcome) => {
      if ((one._tag === "LinkLost" || one._tag === "LoggedOut") && !before.sessions.has(one.session)) {
        assert.deepStrictEqual(outcome, { _tag: "Unchanged", state: before })
      }
    }))

  it("the same presence again is a change like any other", () => {
    const group: PresenceGroup = {
      name: "g",
      presences: new Map([["away", { name: "away", longName: "", color: "", allowed: null, actions: [["enablednd", "true"]] }]])
    }
    const outcome = transition(
      group,
      { reachability: "enforced", disconnectOn: "last" },
      { presence: "away", sessions: new Set([1]) },
      {
        _tag: "Requested",
        presence: "away"
      }
    )
    assert.strictEqual(outcome._tag, "Changed")
  })
})
