/** The presence of one user as a pure state machine (reference 2.9, 5.2 to 5.4). */
import { AVAILABLE, DISCONNECTED, type Presence, type PresenceGroup } from "./presence_group.ts"

/** What is remembered of a user. */
export interface PresenceState {
  readonly presence: string
  /** His sessions, by connection id. */
  readonly sessions: ReadonlySet<number>
}

/** Nobody has signed in yet. */
export const initialPresence: PresenceState = { presence: DISCONNECTED, sessions: new Set() }

export type PresenceEvent =
  /** `login_capas`: a login is always admitted; an unknown presence keeps the old one. */
  | { readonly _tag: "LoggedIn"; readonly session: number; readonly presence: string }
  /** `availstate` */
  | { readonly _tag: "Requested"; readonly presence: string }
  /** `logout`: with actions. */
  | { readonly _tag: "LoggedOut"; readonly session: number }
  /** The connection ended in any other way: without actions. */
  | { readonly _tag: "LinkLost"; readonly session: number }
  /** Set at the phone or by the system. */
  | { readonly _tag: "Imposed"; readonly presence: string }

export interface PresenceRules {
  readonly reachability: "enforced" | "advisory"
  readonly disconnectOn: "last" | "any"
}

export type PresenceOutcome =
  /** The presence is stored anew, even if it is the same: `actions` run, then it is published. */
  | {
      readonly _tag: "Changed"
      readonly state: PresenceState
      readonly from: string
      readonly to: string
      readonly actions: Presence["actions"]
    }
  /** The present presence does not allow it. Nothing changes. */
  | { readonly _tag: "Refused"; readonly from: string; readonly to: string }
  /** No presence of the group, or another session goes on: nothing is published. */
  | { readonly _tag: "Unchanged"; readonly state: PresenceState }

const noActions: Presence["actions"] = []

/** True when `to` may be chosen while `from` lasts. */
export const reachable = (group: PresenceGroup, from: string, to: string): boolean =>
  from === to || to === DISCONNECTED || (group.presences.get(from)?.allowed?.includes(to) ?? false)

/**
 * The presence that takes the place of one which the group does not have: `available` where it could be chosen from it while it
 * still was in `before`, else the group's first. Null: nothing has to take its place. Who is disconnected stays so.
 */
export const replacement = (
  before: PresenceGroup,
  group: PresenceGroup,
  rules: Pick<PresenceRules, "reachability">,
  presence: string
): string | null => {
  if (presence === DISCONNECTED || group.presences.has(presence)) return null
  const mayChoose = rules.reachability === "advisory" || reachable(before, presence, AVAILABLE)
  if (mayChoose && group.presences.has(AVAILABLE)) return AVAILABLE
  const names = [...group.presences.keys()]
  return names.find((name) => name !== DISCONNECTED) ?? names[0] ?? null
}

const changed = (
  group: PresenceGroup,
  state: PresenceState,
  from: string,
  to: string,
  withActions: boolean
): PresenceOutcome => {
  const presence = group.presences.get(to)
  return presence === undefined
    ? { _tag: "Unchanged", state }
    : { _tag: "Changed", state: { ...state, presence: to }, from, to, actions: withActions ? presence.actions : noActions }
}

const ended = (
  group: PresenceGroup,
  rules: PresenceRules,
  state: PresenceState,
  session: number,
  withActions: boolean
): PresenceOutcome => {
  if (!state.sessions.has(session)) return { _tag: "Unchanged", state }
  const sessions = new Set(state.sessions)
  sessions.delete(session)
  const left: PresenceState = { ...state, sessions }
  if (sessions.size > 0 && rules.disconnectOn === "last") return { _tag: "Unchanged", state: left }
  return changed(group, left, state.presence, DISCONNECTED, withActions)
}

/**
 * One step. A refused or unknown presence leaves no trace; a presence equal to the present one is a change like any other
 * (reference 5.2).
 */
export const transition = (
  group: PresenceGroup,
  rules: PresenceRules,
  state: PresenceState,
  event: PresenceEvent
): PresenceOutcome => {
  switch (event._tag) {
    case "LoggedIn": {
      const present: PresenceState = { ...state, sessions: new Set(state.sessions).add(event.session) }
      return changed(group, present, state.presence, event.presence, true)
    }
    case "Requested":
      if (!group.presences.has(event.presence)) return { _tag: "Unchanged", state }
      return rules.reachability === "enforced" && !reachable(group, state.presence, event.presence)
        ? { _tag: "Refused", from: state.presence, to: event.presence }
        : changed(group, state, state.presence, event.presence, true)
    case "LoggedOut":
      return ended(group, rules, state, event.session, true)
    case "LinkLost":
      return ended(group, rules, state, event.session, false)
    case "Imposed":
      return changed(group, state, state.presence, event.presence, true)
  }
}
