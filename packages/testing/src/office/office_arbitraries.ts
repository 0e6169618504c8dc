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
import type { PresenceDefinition, PresenceGroup } from "@ctid/core"
import { DISCONNECTED } from "@ctid/core/presence/presence_group"
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

/** A group; perhaps one of its presences is taken while a phone is in use, or by who does nothing. */
const groups = ({ calls, idle }: { readonly calls: boolean; readonly idle: boolean }): fc.Arbitrary<PresenceGroup> => {
  const which = (isMade: boolean): fc.Arbitrary<number | null> => (isMade ? fc.option(fc.nat(7)) : fc.constant(null))
  return fc
    .tuple(presenceGroups(), which(calls), which(idle), fc.constantFrom(10_000, 45_000, 250_000))
    .map(([group, talking, idling, idleAfter]) => {
      const automatic = (at: number): Pick<PresenceDefinition, "automatic" | "idleAfter"> => {
        if (at === talking) return { automatic: "on_the_phone" }
        return at === idling ? { automatic: "idle", idleAfter } : {}
      }
      const presences = [...group.presences].map(
        ([name, presence], at) => [name, name === DISCONNECTED ? presence : { ...presence, ...automatic(at) }] as const
      )
      return { ...group, presences: new Map(presences) }
    })
}

/** Offices of up to `people` people, in two companies or one, with two presence groups. */
export const offices = ({
  calls = false,
  idle = false,
  people = 4,
  profiles = "all"
}: {
  /** Whether calls change presences. Default false. */
  readonly calls?: boolean
  /** Whether people who do nothing get another presence. Default false. */
  readonly idle?: boolean
  readonly people?: number
  /** Whether all can sign in. Default `all`. */
  readonly profiles?: "all" | "most"
} = {}): fc.Arbitrary<Office> =>
  fc.record({
    people: fc
      .subarray(PEOPLE.slice(0, people), { minLength: 2 })
      .chain((names) => fc.tuple(...names.map((name) => persons(name, 2, profiles)))),
    groups: fc.tuple(groups({ calls, idle }), groups({ calls, idle })),
    separation: fc.boolean(),
    rules: presenceRuleChoices()
  })
