import { type PresenceEvent, type PresenceState, transition } from "@ctid/core"
import { factoryPresenceGroup } from "@ctid/core/config/factory"
import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { LawBroken } from "../laws/law.ts"
import { brokenPresenceGroups, presenceDefects } from "./broken_groups.ts"
import { groupLaws } from "./group_laws.ts"
import { machineLaws } from "./machine_laws.ts"
import { presenceGroups } from "./presence_arbitraries.ts"
import { presenceGroup } from "./presence_group.ts"
import { presenceLaws } from "./presence_laws.ts"
import type { PresenceMachine } from "./presence_story.ts"
import { specified } from "./specification.ts"

describe("the factory's presence group", () => {
  for (const law of presenceLaws(factoryPresenceGroup)) it(law.name, () => law.check())
})

/** Valid, or with a defect: the machine does not care. */
const anyGroup = fc.oneof(
  presenceGroups(),
  brokenPresenceGroups().map(({ group }) => group)
)

describe("any presence group", () => {
  for (const law of machineLaws(anyGroup)) it(law.name, () => law.check())
  for (const law of groupLaws(presenceGroups())) it(`that is valid: ${law.name}`, () => law.check())

  it("that has a defect breaks the law which names it, and every defect is found", async () => {
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(brokenPresenceGroups(), async ({ group, defect, law }) => {
        seen.add(defect)
        const report = await groupLaws(group)
          .find(({ name }) => name === law)
          ?.search({ runs: 200, seed: 1, simplify: false })
        assert.strictEqual(report?.broken?.law, law, defect)
      }),
      { numRuns: 1000 }
    )
    assert.sameMembers([...seen], Object.keys(presenceDefects))
  })
})

describe("calls and idleness", () => {
  it("in any order of four come to what the specification says, which random stories seldom try", () => {
    const group = presenceGroup("reception", {
      available: { allowed: ["away", "busy", "lunch"] },
      away: { allowed: ["available", "busy"] },
      busy: { allowed: ["available"] },
      lunch: { allowed: ["available", "away"] },
      disconnected: {}
    })
    const rules = { reachability: "enforced", disconnectOn: "last" } as const
    const causes = ["phone", "idle"] as const
    const events: ReadonlyArray<PresenceEvent> = [
      ...causes.flatMap((cause) => ["away", "busy"].map((presence) => ({ _tag: "Held", cause, presence }) as const)),
      ...causes.map((cause) => ({ _tag: "Released", cause }) as const),
      { _tag: "Requested", presence: "lunch" },
      { _tag: "Requested", presence: "busy", until: 1 },
      { _tag: "Expired", until: 1 }
    ]
    const follow = (state: PresenceState, left: number): void => {
      if (left === 0) return
      for (const event of events) {
        const should = specified(group, rules, state, event)
        const outcome = transition(group, rules, state, event)
        const after = outcome._tag === "Refused" ? state : outcome.state
        assert.deepStrictEqual(after, should.state, JSON.stringify([state, event]))
        follow(after, left - 1)
      }
    }
    follow({ presence: "available", sessions: new Set([1]) }, 4)
  })
})

describe("a broken law", () => {
  const storyOf = async (laws: ReturnType<typeof presenceLaws>, name: string): Promise<LawBroken> => {
    const broken = await laws
      .find((law) => law.name === name)
      ?.check({ seed: 7 })
      .then(
        () => assert.fail("it holds"),
        (error: unknown) => error
      )
    return broken instanceof LawBroken ? broken : assert.fail(String(broken))
  }

  it("of a group is told as the shortest story", async () => {
    const group = presenceGroup("reception", {
      available: { allowed: ["lunch", "meeting"], actions: { queueunpause_all: "" } },
      lunch: { allowed: ["available"], actions: { enablednd: "false" } },
      meeting: { allowed: ["available", "lunch"], actions: { enablednd: "true", queuepause_all: "" } },
      disconnected: {}
    })
    const broken = await storyOf(presenceLaws(group), "who is available again can be called: do not disturb and pauses are off")
    assert.strictEqual(broken.story, "alice: signs in as available; available -> meeting; meeting -> available")
    assert.strictEqual(broken.found, "available, and do not disturb is still on")
    assert.include(broken.message, `  ${broken.story}\n  found: ${broken.found}\n`)
  })

  it("of a machine is told as the shortest story, and the seed tells it again", async () => {
    const forgetful: PresenceMachine = (group, rules, state, event) => {
      const outcome = transition(group, rules, state, event)
      return event._tag === "LinkLost" && outcome._tag === "Changed"
        ? { ...outcome, actions: group.presences.get(outcome.to)?.actions ?? [] }
        : outcome
    }
    const name = "actions run exactly once per change, in order, and never on a lost link"
    const laws = machineLaws(factoryPresenceGroup, forgetful)
    const broken = await storyOf(laws, name)
    assert.strictEqual(broken.story, "alice: signs in as available; link lost")
    assert.strictEqual(broken.found, 'LinkLost runs [["agentlogoff",""]], not []')
    const { seed, path } = broken
    const again = await laws
      .find((law) => law.name === name)
      ?.check({ seed, path })
      .catch((error: unknown) => String(error))
    assert.include(String(again), broken.story)
  })
})
