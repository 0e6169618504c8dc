/**
 * Presence groups, rules and stories, as fast-check makes them.
 *
 * @example
 * ```ts
 * import { presenceGroups, presenceStories } from "@ctid/testing"
 * import fc from "fast-check"
 *
 * const stories = presenceGroups().chain(presenceStories)
 * for (const story of fc.sample(stories, 3)) console.log(String(story)) // alice: signs in as lunch; lunch -> available
 * ```
 */
import type { PresenceDefinition, PresenceGroup, PresenceRules } from "@ctid/core"
import fc from "fast-check"
import { PresenceStory, type StoryEvent } from "./presence_story.ts"

/** What a group may be made of besides `available` and `disconnected`. */
const NAMES = ["away", "lunch", "donotdisturb", "meeting", "phone", "berightback"] as const

/** A name that no group has. */
export const UNKNOWN_PRESENCE = "ghost"

const color = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, "0").toUpperCase()}`)

/** Actions of a presence where a user may stay: what is switched on here is switched off by `available`. */
const busyActions: fc.Arbitrary<PresenceDefinition["actions"]> = fc.shuffledSubarray([
  ["enablednd", "true"],
  ["queuepause_all", ""],
  ["agentlogoff", ""],
  ["callrecord", ""]
] as const)

const freeActions: fc.Arbitrary<PresenceDefinition["actions"]> = fc
  .shuffledSubarray([["callrecord", ""]] as const)
  .chain((others) =>
    fc.constantFrom<PresenceDefinition["actions"]>(
      [["enablednd", "false"], ["queueunpause_all", ""], ...others],
      [["queueunpause_all", ""], ["enablednd", "false"], ...others]
    )
  )

const absentActions: fc.Arbitrary<PresenceDefinition["actions"]> = fc.subarray([
  ["agentlogoff", ""],
  ["enablednd", "false"]
] as const)

interface Link {
  /** The presence before it, towards `available`. */
  readonly towards: number
  /** And the one that leads to it from there. */
  readonly from: number
  readonly more: ReadonlyArray<string>
}

/**
 * Valid groups: with `available` and `disconnected`; every presence can be reached from `available` and finds back, also by detours; what a
 * presence switches on, `available` switches off.
 */
export const presenceGroups = (): fc.Arbitrary<PresenceGroup> =>
  fc.subarray([...NAMES]).chain((names) =>
    fc
      .record({
        links: fc.array(fc.record<Link>({ towards: fc.nat(), from: fc.nat(), more: fc.subarray(["available", ...names]) }), {
          minLength: names.length,
          maxLength: names.length
        }),
        actions: fc.array(busyActions, { minLength: names.length, maxLength: names.length }),
        colors: fc.array(color, { minLength: names.length + 2, maxLength: names.length + 2 }),
        free: freeActions,
        absent: absentActions,
        mayLeave: fc.boolean(),
        order: fc.shuffledSubarray(["available", ...names, "disconnected"], { minLength: names.length + 2 })
      })
      .map(({ links, actions, colors, free, absent, mayLeave, order }) => {
        const all = ["available", ...names]
        const allowed = new Map<string, Set<string>>(all.map((name) => [name, new Set()]))
        for (const [at, { towards, from, more }] of links.entries()) {
          const name = names[at] ?? ""
          // those before it in the list are linked already
          allowed.get(name)?.add(all[towards % (at + 1)] ?? "available")
          allowed.get(all[from % (at + 1)] ?? "available")?.add(name)
          for (const other of more) if (other !== name) allowed.get(name)?.add(other)
        }
        const presence = (name: string, at: number, own: PresenceDefinition["actions"]): PresenceDefinition => ({
          name,
          longName: `Is ${name}`,
          color: colors[at] ?? "#000000",
          allowed: name === "disconnected" ? null : [...(allowed.get(name) ?? []), ...(mayLeave ? ["disconnected"] : [])],
          actions: own
        })
        const presences = [
          presence("available", 0, free),
          ...names.map((name, at) => presence(name, at + 1, actions[at] ?? [])),
          presence("disconnected", names.length + 1, absent)
        ]
        presences.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name))
        return { name: "group", presences: new Map(presences.map((one) => [one.name, one])) }
      })
  )

/** Both rules of each setting; the defaults first. */
export const presenceRuleChoices = (): fc.Arbitrary<PresenceRules> =>
  fc.record({
    reachability: fc.constantFrom("enforced" as const, "advisory" as const),
    disconnectOn: fc.constantFrom("last" as const, "any" as const)
  })

const sessions = fc.integer({ min: 1, max: 3 })
/** Few, so that what ends is often what began. */
const ends = fc.constantFrom(100, 200)
const notes = fc.constantFrom("", "at the dentist")
const causes = fc.constantFrom("phone" as const, "idle" as const)

/** Anything that may happen to a user of this group; names that it does not have among it. */
export const presenceEvents = (group: PresenceGroup): fc.Arbitrary<StoryEvent> => {
  const names = fc.constantFrom(...group.presences.keys(), "disconnected", UNKNOWN_PRESENCE)
  return fc.oneof(
    { weight: 3, arbitrary: fc.record({ _tag: fc.constant("LoggedIn" as const), session: sessions, presence: names }) },
    { weight: 4, arbitrary: fc.record({ _tag: fc.constant("Requested" as const), presence: names }) },
    {
      weight: 3,
      arbitrary: fc.record(
        { _tag: fc.constant("Requested" as const), presence: names, note: notes, until: ends },
        { requiredKeys: ["_tag", "presence"] }
      )
    },
    { weight: 2, arbitrary: fc.record({ _tag: fc.constant("Expired" as const), until: ends }) },
    { weight: 2, arbitrary: fc.record({ _tag: fc.constant("Held" as const), cause: causes, presence: names }) },
    { weight: 1, arbitrary: fc.record({ _tag: fc.constant("Released" as const), cause: causes }) },
    { weight: 2, arbitrary: fc.record({ _tag: fc.constant("LinkLost" as const), session: sessions }) },
    { weight: 2, arbitrary: fc.record({ _tag: fc.constant("LoggedOut" as const), session: sessions }) },
    { weight: 1, arbitrary: fc.record({ _tag: fc.constant("Imposed" as const), presence: names }) },
    {
      weight: 2,
      arbitrary: fc.shuffledSubarray([...group.presences.values()]).map((left) => ({
        _tag: "Regrouped" as const,
        group: { ...group, presences: new Map(left.map((one) => [one.name, one])) }
      }))
    }
  )
}

/** Stories of a user of this group, under any rules. */
export const presenceStories = (group: PresenceGroup): fc.Arbitrary<PresenceStory> =>
  fc
    .record({
      group: fc.constant(group),
      rules: presenceRuleChoices(),
      events: fc.array(presenceEvents(group), { maxLength: 16 })
    })
    .map((tale) => new PresenceStory(tale))
