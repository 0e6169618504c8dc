/**
 * The presence of a user as it has to be: the specification (reference 2.6, 2.9, 5.2 to 5.4, docs/presence.md). Written to be read, and
 * on purpose not with the code of the server, which is compared with it.
 */
import type { PresenceDefinition, PresenceEvent, PresenceGroup, PresenceRules, PresenceState } from "@ctid/core"

export type Actions = PresenceDefinition["actions"]

/** What an event comes to: the state after it, and what others notice of it. */
export interface Specified {
  readonly state: PresenceState
  /** The presence that is published, even if it is the same as before. Null: nothing is. */
  readonly published: string | null
  /** What runs before that, in this order. */
  readonly actions: Actions
  /** The one who asked is told that he may not. */
  readonly refused: boolean
}

/** What an event does to somebody of this group. */
export const specified = (
  group: PresenceGroup,
  rules: PresenceRules,
  state: PresenceState,
  event: PresenceEvent
): Specified => {
  const has = (presence: string): boolean => group.presences.has(presence)
  const nothing = (sessions = state.sessions): Specified => ({
    state: { presence: state.presence, sessions },
    published: null,
    actions: [],
    refused: false
  })
  const change = (presence: string, sessions = state.sessions, withActions = true): Specified =>
    has(presence)
      ? {
          state: { presence, sessions },
          published: presence,
          actions: withActions ? (group.presences.get(presence)?.actions ?? []) : [],
          refused: false
        }
      : nothing(sessions)

  switch (event._tag) {
    case "LoggedIn":
      return change(event.presence, new Set([...state.sessions, event.session]))
    case "Requested": {
      const free = rules.reachability === "advisory" || event.presence === state.presence || event.presence === "disconnected"
      const allowed = group.presences.get(state.presence)?.allowed ?? []
      if (free || !has(event.presence) || allowed.includes(event.presence)) return change(event.presence)
      return { ...nothing(), refused: true }
    }
    case "Imposed":
      return change(event.presence)
    case "LoggedOut":
    case "LinkLost": {
      if (!state.sessions.has(event.session)) return nothing()
      const left = new Set([...state.sessions].filter((session) => session !== event.session))
      return left.size > 0 && rules.disconnectOn === "last"
        ? nothing(left)
        : change("disconnected", left, event._tag === "LoggedOut")
    }
    case "Regrouped": {
      if (state.presence === "disconnected" || has(state.presence)) return nothing()
      const wasFree = event.before.presences.get(state.presence)?.allowed?.includes("available") ?? false
      const first = [...group.presences.keys()].find((presence) => presence !== "disconnected") ?? "disconnected"
      return change((wasFree || rules.reachability === "advisory") && has("available") ? "available" : first)
    }
  }
}
