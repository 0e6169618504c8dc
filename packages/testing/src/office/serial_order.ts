/** Whether what came of concurrent events could have come of them one after another. */
import type { PresenceEvent, PresenceGroup, PresenceRules, PresenceState } from "@ctid/core"
import { type Actions, specified } from "../presence/specification.ts"

/** What others noticed of one user. */
export interface Noticed {
  /** Presences that were published. */
  readonly published: ReadonlyArray<string>
  /** What the PBX was asked. */
  readonly asked: ReadonlyArray<string>
  /** His presence in the end. */
  readonly presence: string
}

export interface Concurrent {
  readonly rules: PresenceRules
  /** Before the events. */
  readonly state: PresenceState
  readonly group: PresenceGroup
  /** What each of his sessions does, in its order. */
  readonly sequences: ReadonlyArray<ReadonlyArray<PresenceEvent>>
  /** His group after a reload that happens once, at any moment. Null: there is none. */
  readonly regrouped: PresenceGroup | null
  /** What a change asks of the PBX. */
  readonly asks: (actions: Actions, published: string) => ReadonlyArray<string>
}

const startsWith = (all: ReadonlyArray<string>, at: number, part: ReadonlyArray<string>): boolean =>
  part.every((one, offset) => all[at + offset] === one)

/** True when some order of the events, each sequence in its own order, comes to exactly this. */
export const isSerial = (concurrent: Concurrent, noticed: Noticed): boolean => {
  const { asks, regrouped, rules, sequences } = concurrent

  const search = (
    positions: ReadonlyArray<number>,
    group: PresenceGroup,
    reloads: boolean,
    state: PresenceState,
    published: number,
    asked: number
  ): boolean => {
    const isOver = positions.every((position, at) => position === sequences[at]?.length)
    if (isOver && !reloads) {
      return state.presence === noticed.presence && published === noticed.published.length && asked === noticed.asked.length
    }
    const goOn = (event: PresenceEvent, next: ReadonlyArray<number>, nextGroup: PresenceGroup, mayReload: boolean): boolean => {
      const outcome = specified(nextGroup, rules, state, event)
      if (outcome.published === null) return search(next, nextGroup, mayReload, outcome.state, published, asked)
      if (noticed.published[published] !== outcome.published) return false
      const wanted = asks(outcome.actions, outcome.published)
      if (!startsWith(noticed.asked, asked, wanted)) return false
      return search(next, nextGroup, mayReload, outcome.state, published + 1, asked + wanted.length)
    }
    if (reloads && regrouped !== null && goOn({ _tag: "Regrouped", before: group }, positions, regrouped, false)) return true
    return sequences.some((sequence, at) => {
      const position = positions[at] ?? 0
      const event = sequence[position]
      return event !== undefined && goOn(event, positions.with(at, position + 1), group, reloads)
    })
  }
  return search(
    sequences.map(() => 0),
    concurrent.group,
    regrouped !== null,
    concurrent.state,
    0,
    0
  )
}
