/**
 * The presence of a user as it has to be: the specification (reference 2.6, 2.9, 5.2 to 5.4, docs/presence.md). Written to be read, and
 * on purpose not with the code of the server, which is compared with it.
 */
import type { PresenceDefinition, PresenceEvent, PresenceGroup, PresenceRules, PresenceState, PresenceTerms } from "@ctid/core"

export type Actions = PresenceDefinition["actions"]

/** Whether somebody may choose `to` himself while `from` lasts: what `from` allows, the same again, and always `disconnected`. */
export const mayChoose = (group: PresenceGroup, from: string, to: string): boolean =>
  to === from || to === "disconnected" || (group.presences.get(from)?.allowed ?? []).includes(to)

/** What an action asks of the PBX, for whoever has the presence. */
export interface Asked {
  readonly doNotDisturb?: boolean
  /** In all queues that the agent is in. */
  readonly paused?: boolean
  readonly loggedOff?: true
}

/** Null: no such action is known. Only `true` switches on; other parameters mean nothing. */
export const askedBy = ([action, parameter]: Actions[number]): Asked | null => {
  switch (action) {
    case "enablednd":
      return { doNotDisturb: parameter === "true" }
    case "queuepause_all":
      return { paused: true }
    case "queueunpause_all":
      return { paused: false }
    case "agentlogoff":
      return { loggedOff: true }
    // known, and never did anything
    case "enablevoicemail":
    case "callrecord":
    case "incallfilter":
    case "enableunc":
    case "enablebusy":
    case "enablerna":
    case "queueadd":
    case "queueremove":
    case "queuepause":
    case "queueunpause":
      return {}
    default:
      return null
  }
}

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
    state: { ...state, sessions },
    published: null,
    actions: [],
    refused: false
  })
  const change = (
    presence: string,
    sessions = state.sessions,
    withActions = true,
    terms: PresenceTerms | null = null
  ): Specified =>
    has(presence)
      ? {
          state: terms === null ? { presence, sessions } : { presence, sessions, terms },
          published: presence,
          actions: withActions ? (group.presences.get(presence)?.actions ?? []) : [],
          refused: false
        }
      : nothing(sessions)

  const end = state.terms?.end ?? null
  /** An end leads back, or, when a reload took that presence away, to `available` or the first that there is. */
  const back = (): Specified => {
    const all = [...group.presences.keys()]
    const first = all.find((presence) => presence !== "disconnected") ?? all[0]
    const places = [end?.back ?? "", ...(end?.back === "disconnected" ? [] : ["available", first ?? ""])]
    return change(places.find(has) ?? "")
  }

  switch (event._tag) {
    case "LoggedIn": {
      const stays = event.presence === state.presence ? (state.terms ?? null) : null
      return change(event.presence, new Set([...state.sessions, event.session]), true, stays)
    }
    case "Expired":
      return end?._tag === "At" && end.until === event.until ? back() : nothing()
    case "Released":
      return end?._tag === "With" && end.cause === event.cause ? back() : nothing()
    case "Held": {
      const { cause, presence } = event
      // a call finds who is held as idle where he was before that
      const wakes = cause === "phone" && end?._tag === "With" && end.cause === "idle"
      const from = wakes ? end.back : state.presence
      const said = state.terms !== undefined && !wakes
      if (!mayChoose(group, from, presence) || said || presence === from || presence === state.presence) return nothing()
      return change(presence, state.sessions, true, { note: "", end: { _tag: "With", cause, back: from } })
    }
    case "Requested": {
      const may = rules.reachability === "advisory" || mayChoose(group, state.presence, event.presence)
      if (may || !has(event.presence)) {
        const { until, note = "" } = event
        const at = until === undefined ? null : { _tag: "At" as const, until, back: end?.back ?? state.presence }
        return change(event.presence, state.sessions, true, note === "" && at === null ? null : { note, end: at })
      }
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
      const wasFree = mayChoose(event.before, state.presence, "available")
      const first = [...group.presences.keys()].find((presence) => presence !== "disconnected") ?? "disconnected"
      return change((wasFree || rules.reachability === "advisory") && has("available") ? "available" : first)
    }
  }
}
