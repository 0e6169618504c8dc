/**
 * Offices, as fast-check makes them: who works there, on which lines, in which company.
 *
 * @example
 * ```ts
 * import { officeDirectory, offices } from "@ctid/testing"
 * import fc from "fast-check"
 *
 * const [office] = fc.sample(offices(), 1)
 * if (office !== undefined) console.log(officeDirectory(office).users.length)
 * ```
 */
import type { PresenceGroup } from "@ctid/core"
import fc from "fast-check"
import { presenceGroups, presenceRuleChoices } from "../presence/presence_arbitraries.ts"
import { CONTEXTS, type Office, PEOPLE, type Person } from "./office.ts"

const context = fc.constantFrom(...CONTEXTS.slice(0, 2))

const lines: fc.Arbitrary<Person["lines"]> = fc.oneof(
  { weight: 6, arbitrary: context.map((one) => [one]) },
  { weight: 1, arbitrary: fc.array(fc.option(context, { freq: 3 }), { maxLength: 3 }) }
)

/** Somebody of this name, whose profile has one of so many groups; `all` or `most` have a profile. */
export const persons = (name: string, groups: number, profiles: "all" | "most" = "all"): fc.Arbitrary<Person> => {
  const group = fc.nat(groups - 1)
  return fc.record({
    name: fc.constant(name),
    lines,
    agent: fc.option(context, { freq: 2 }),
    group: profiles === "all" ? group : fc.option(group, { freq: 8 })
  })
}

/** A group; `calls`: perhaps one of its presences is taken while a phone is in use. */
const groups = (calls: boolean): fc.Arbitrary<PresenceGroup> =>
  calls
    ? fc.tuple(presenceGroups(), fc.option(fc.nat(7))).map(([group, at]) => ({
        ...group,
        presences: new Map(
          [...group.presences].map(([name, presence], index) => [
            name,
            index === at && name !== "disconnected" ? { ...presence, automatic: "on_the_phone" as const } : presence
          ])
        )
      }))
    : presenceGroups()

/** Offices of up to `people` people, in two companies or one, with two presence groups. */
export const offices = ({
  calls = false,
  people = 4,
  profiles = "all"
}: {
  /** Whether calls change presences. Default false. */
  readonly calls?: boolean
  readonly people?: number
  /** Whether all can sign in. Default `all`. */
  readonly profiles?: "all" | "most"
} = {}): fc.Arbitrary<Office> =>
  fc.record({
    people: fc
      .subarray(PEOPLE.slice(0, people), { minLength: 2 })
      .chain((names) => fc.tuple(...names.map((name) => persons(name, 2, profiles)))),
    groups: fc.tuple(groups(calls), groups(calls)),
    separation: fc.boolean(),
    rules: presenceRuleChoices()
  })
