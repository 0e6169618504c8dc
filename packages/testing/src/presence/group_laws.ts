/** What holds for a presence group that serves its people: every user finds every presence, and back, and can be called again. */
import type { PresenceDefinition, PresenceGroup } from "@ctid/core"
import { AVAILABLE, DISCONNECTED } from "@ctid/core/presence/presence_group"
import fc from "fast-check"
import { holds, type Law, makeLaw, oneOrAny } from "../laws/law.ts"
import { askedBy } from "./specification.ts"
import { led, walks } from "./walk.ts"

/** The sentences. */
export const groupLaw = {
  exist: "available and disconnected exist",
  shown: "every presence has a text and a colour",
  offersExist: "every presence that a menu offers exists",
  actionsKnown: "every action is known",
  reached: "every presence is reached from available",
  wayBack: "whoever is somewhere finds the way back to available",
  canBeCalled: "who is available again can be called: do not disturb and pauses are off"
} as const

/** Somebody at a presence of the group, before he does anything; null: the group has none. */
class Look {
  readonly group: PresenceGroup
  readonly presence: PresenceDefinition | null

  constructor(group: PresenceGroup, presence: PresenceDefinition | null) {
    this.group = group
    this.presence = presence
  }

  toString(): string {
    return `alice: looks at ${this.presence?.name ?? "an empty menu"}`
  }

  [fc.toStringMethod](): string {
    return this.toString()
  }
}

const looks = (group: PresenceGroup): fc.Arbitrary<Look> => {
  const [first = null, ...others] = group.presences.values()
  return fc.constantFrom(first, ...others).map((presence) => new Look(group, presence))
}

/** Laws of a group, or of any that an arbitrary makes, tried on walks through its menus. */
export const groupLaws = (group: PresenceGroup | fc.Arbitrary<PresenceGroup>): ReadonlyArray<Law> => {
  const groups = oneOrAny(group)
  const each = (name: string, judge: (presence: PresenceDefinition, group: PresenceGroup) => void): Law =>
    makeLaw(name, groups.chain(looks), (look) => {
      if (look.presence !== null) judge(look.presence, look.group)
    })

  return [
    makeLaw(groupLaw.exist, groups.chain(looks), (look) => {
      for (const name of [AVAILABLE, DISCONNECTED]) {
        holds(look.group.presences.has(name), () => `the group has no ${name}`)
      }
    }),

    each(groupLaw.shown, ({ name, longName, color }) => {
      holds(longName.trim() !== "", () => `${name} has no text`)
      holds(/^#[0-9A-Fa-f]{6}$/.test(color), () => `${name} has the colour "${color}", not #RRGGBB`)
    }),

    each(groupLaw.offersExist, ({ name, allowed }, { presences }) => {
      for (const other of allowed ?? []) {
        holds(presences.has(other), () => `${name} allows ${other}, which the group does not have`)
      }
    }),

    each(groupLaw.actionsKnown, ({ name, actions }) => {
      for (const action of actions) {
        holds(askedBy(action) !== null, () => `nobody knows the action ${action[0]} of ${name}`)
      }
    }),

    each(groupLaw.reached, ({ name }, whole) => {
      holds(name === DISCONNECTED || led(whole, AVAILABLE).has(name), () => `no steps lead from available to ${name}`)
    }),

    makeLaw(groupLaw.wayBack, groups.chain(walks), ({ at, group: whole }) => {
      const absent = at === DISCONNECTED || !whole.presences.has(at)
      holds(absent || led(whole, at).has(AVAILABLE), () => `no steps lead from ${at} back to available`)
    }),

    makeLaw(groupLaw.canBeCalled, groups.chain(walks), ({ at, left }) => {
      if (at !== AVAILABLE) return
      holds(left.doNotDisturb !== true, () => "available, and do not disturb is still on")
      holds(left.paused !== true, () => "available, and still paused in his queues")
    })
  ]
}
