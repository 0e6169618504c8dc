/**
 * Presence groups with one defect each, by name: what laws, and any other check of a group, have to find.
 *
 * @example
 * ```ts
 * import { brokenPresenceGroups } from "@ctid/testing"
 * import fc from "fast-check"
 *
 * for (const { defect, law } of fc.sample(brokenPresenceGroups(), 3)) console.log(defect, "breaks:", law)
 * ```
 */
import type { PresenceDefinition, PresenceGroup } from "@ctid/core"
import fc from "fast-check"
import { groupLaw } from "./group_laws.ts"
import { presenceGroups, UNKNOWN_PRESENCE } from "./presence_arbitraries.ts"

const edited = (group: PresenceGroup, name: string, change: Partial<PresenceDefinition>): PresenceGroup => {
  const presence = group.presences.get(name)
  if (presence === undefined) return group
  return { ...group, presences: new Map(group.presences).set(name, { ...presence, ...change }) }
}

const without = (group: PresenceGroup, name: string): PresenceGroup => {
  const left = [...group.presences.values()].filter((presence) => presence.name !== name)
  return {
    ...group,
    // nobody offers it either: that would be another defect
    presences: new Map(
      left.map((one) => [one.name, { ...one, allowed: one.allowed?.filter((allowed) => allowed !== name) ?? null }])
    )
  }
}

/** A presence that is offered from `available` and leads back, but for what `change` says. */
const withExtra = (group: PresenceGroup, change: Partial<PresenceDefinition>): PresenceGroup => {
  const extra: PresenceDefinition = {
    name: "extra",
    longName: "Extra",
    color: "#123456",
    allowed: ["available"],
    actions: [],
    ...change
  }
  const available = group.presences.get("available")
  return edited({ ...group, presences: new Map(group.presences).set("extra", extra) }, "available", {
    allowed: [...(available?.allowed ?? []), "extra"]
  })
}

/** What `available` does, but for one action. */
const forgets = (group: PresenceGroup, action: string): PresenceGroup =>
  edited(group, "available", { actions: group.presences.get("available")?.actions.filter(([name]) => name !== action) ?? [] })

interface Defect {
  /** The law that finds it. */
  readonly law: string
  readonly break: (group: PresenceGroup) => PresenceGroup
}

/** By its name. */
export const presenceDefects: Readonly<Record<string, Defect>> = {
  "no available": { law: groupLaw.exist, break: (group) => without(group, "available") },
  "no disconnected": { law: groupLaw.exist, break: (group) => without(group, "disconnected") },
  "no display text": { law: groupLaw.shown, break: (group) => edited(group, "available", { longName: " " }) },
  "no colour": { law: groupLaw.shown, break: (group) => edited(group, "disconnected", { color: "green" }) },
  "an unknown presence is offered": {
    law: groupLaw.offersExist,
    break: (group) => withExtra(group, { allowed: ["available", UNKNOWN_PRESENCE] })
  },
  "an unknown action": {
    law: groupLaw.actionsKnown,
    break: (group) => withExtra(group, { actions: [["enabledndd", "true"]] })
  },
  "a presence that nobody reaches": {
    law: groupLaw.reached,
    break: (group) => edited(withExtra(group, {}), "available", { allowed: group.presences.get("available")?.allowed ?? null })
  },
  "a one-way street": { law: groupLaw.wayBack, break: (group) => withExtra(group, { allowed: ["disconnected"] }) },
  "a presence that allows nothing": { law: groupLaw.wayBack, break: (group) => withExtra(group, { allowed: null }) },
  "do not disturb that nothing switches off": {
    law: groupLaw.canBeCalled,
    break: (group) => forgets(withExtra(group, { actions: [["enablednd", "true"]] }), "enablednd")
  },
  "a pause without an end": {
    law: groupLaw.canBeCalled,
    break: (group) => forgets(withExtra(group, { actions: [["queuepause_all", ""]] }), "queueunpause_all")
  }
}

export interface BrokenPresenceGroup {
  readonly group: PresenceGroup
  /** Name of one of `presenceDefects`. */
  readonly defect: string
  /** The law that finds it. */
  readonly law: string
}

/** A valid group, and one defect put into it. */
export const brokenPresenceGroups = (): fc.Arbitrary<BrokenPresenceGroup> =>
  fc
    .record({ group: presenceGroups(), defect: fc.constantFrom(...Object.entries(presenceDefects)) })
    .map(({ group, defect: [name, { law, break: breaks }] }) => ({ group: breaks(group), defect: name, law }))
