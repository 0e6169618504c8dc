/** What the menus of a group let a user do, and what that leaves on the PBX. */

import type { PresenceGroup } from "@ctid/core"
import { AVAILABLE, DISCONNECTED } from "@ctid/core/presence/presence_group"
import fc from "fast-check"
import { PresenceStory, type StoryEvent } from "./presence_story.ts"
import { type Actions, askedBy } from "./specification.ts"

/** Presences of the group that its menus offer while `presence` lasts. */
export const offered = (group: PresenceGroup, presence: string): ReadonlyArray<string> =>
  (group.presences.get(presence)?.allowed ?? []).filter((name) => group.presences.has(name))

/** Everything that steps from here lead to, itself included. */
export const led = (group: PresenceGroup, from: string): ReadonlySet<string> => {
  const reached = new Set([from])
  for (const name of reached) for (const next of offered(group, name)) reached.add(next)
  return reached
}

/** What presences have left on the PBX; null: none has said. */
export interface Left {
  readonly doNotDisturb: boolean | null
  readonly paused: boolean | null
}

const nothingLeft: Left = { doNotDisturb: null, paused: null }

const after = (left: Left, actions: Actions): Left =>
  actions.reduce((so, action) => {
    const { doNotDisturb = so.doNotDisturb, paused = so.paused } = askedBy(action) ?? {}
    return { doNotDisturb, paused }
  }, left)

/** A user who signs in and only takes steps that the menus offer, and what he asks for along the way. */
class Walk {
  readonly group: PresenceGroup
  readonly story: PresenceStory
  readonly at: string
  readonly left: Left

  constructor(group: PresenceGroup, first: string, turns: ReadonlyArray<number>) {
    const events: Array<StoryEvent> = [{ _tag: "LoggedIn", session: 1, presence: first }]
    let at = first
    let left = after(nothingLeft, group.presences.get(at)?.actions ?? [])
    for (const turn of turns) {
      const next = offered(group, at)
      const presence = next[turn % next.length]
      if (presence === undefined) break
      events.push({ _tag: "Requested", presence })
      at = presence
      left = after(left, group.presences.get(at)?.actions ?? [])
    }
    this.group = group
    this.story = new PresenceStory({ group, rules: { reachability: "enforced", disconnectOn: "last" }, events })
    this.at = at
    this.left = left
  }

  toString(): string {
    return String(this.story)
  }

  [fc.toStringMethod](): string {
    return this.toString()
  }
}

/** Walks that begin with a login as any presence of the group but `disconnected`. */
export const walks = (group: PresenceGroup): fc.Arbitrary<Walk> => {
  const names = [...group.presences.keys()].filter((name) => name !== DISCONNECTED)
  const first = names.length === 0 ? fc.constant(AVAILABLE) : fc.constantFrom(...names)
  return fc.tuple(first, fc.array(fc.nat(63), { maxLength: 12 })).map(([name, turns]) => new Walk(group, name, turns))
}
