/**
 * The rules of a user's presence: what each event does, and where that is written. The machine runs them, and docs/presence.md is
 * made of them.
 */
import type {
  HoldCause,
  PresenceEnd,
  PresenceEvent,
  PresenceOutcome,
  PresenceRules,
  PresenceState,
  PresenceTerms
} from "./presence_event.ts"
import { DISCONNECTED, type Presence, type PresenceGroup } from "./presence_group.ts"
import { reachable, replacement } from "./reachability.ts"

/** Where a user is when something happens to him. */
export interface PresenceSituation {
  readonly group: PresenceGroup
  readonly rules: PresenceRules
  readonly state: PresenceState
}

/** What an event does in the usual case. */
export interface UsualRule<Event extends PresenceEvent> {
  /** As the diagram calls it. */
  readonly name: string
  readonly does: string
  /** Sections of the protocol reference; `ours` where it says nothing, or we differ. */
  readonly source: string
  readonly take: (at: PresenceSituation, event: Event) => PresenceOutcome
}

/** What it does under a condition. */
export interface SpecialRule<Event extends PresenceEvent> extends UsualRule<Event> {
  readonly when: string
  readonly holds: (at: PresenceSituation, event: Event) => boolean
}

/** The first special rule that holds applies, else the usual one. */
export interface RulesOf<Event extends PresenceEvent> {
  readonly special: ReadonlyArray<SpecialRule<Event>>
  readonly usual: UsualRule<Event>
}

/** All of them, by the event. */
export type PresenceRuleBook = {
  readonly [Tag in PresenceEvent["_tag"]]: RulesOf<Extract<PresenceEvent, { readonly _tag: Tag }>>
}

const noActions: Presence["actions"] = []

/** What else may be said of a presence that is stored. */
interface Stored {
  readonly sessions?: ReadonlySet<number>
  readonly actions?: Presence["actions"]
  readonly terms?: PresenceTerms | undefined
}

const store = (
  { group, state }: PresenceSituation,
  to: string,
  { sessions = state.sessions, actions = group.presences.get(to)?.actions ?? noActions, terms }: Stored = {}
): PresenceOutcome => ({
  _tag: "Changed",
  state: { presence: to, sessions, ...(terms === undefined ? {} : { terms }) },
  from: state.presence,
  to,
  actions
})

const keep = ({ state }: PresenceSituation): PresenceOutcome => ({ _tag: "Unchanged", state })

const keepPresence = ({ state }: PresenceSituation, sessions: ReadonlySet<number>): PresenceOutcome => ({
  _tag: "Unchanged",
  state: { ...state, sessions }
})

const joined = ({ state }: PresenceSituation, session: number): ReadonlySet<number> => new Set(state.sessions).add(session)

const left = ({ state }: PresenceSituation, session: number): ReadonlySet<number> => {
  const sessions = new Set(state.sessions)
  sessions.delete(session)
  return sessions
}

const isUnknown = ({ group }: PresenceSituation, { presence }: { readonly presence: string }): boolean =>
  !group.presences.has(presence)

/** A session ends, with or without the actions of `disconnected`. */
const ending = (
  name: string,
  usual: Pick<UsualRule<PresenceEvent>, "does" | "source">,
  actions?: Presence["actions"]
): RulesOf<Extract<PresenceEvent, { readonly _tag: "LoggedOut" | "LinkLost" }>> => ({
  special: [
    {
      name: `${name} of nobody`,
      when: "the session is none of his",
      does: "nothing",
      source: "ours",
      holds: ({ state }, { session }) => !state.sessions.has(session),
      take: keep
    },
    {
      name: `${name}, others stay`,
      when: "`disconnect_on` is `last`, and another session of his goes on",
      does: "the session is gone, the presence stays",
      source: "2.9, ours",
      holds: ({ state, rules }) => rules.disconnectOn === "last" && state.sessions.size > 1,
      take: (at, { session }) => keepPresence(at, left(at, session))
    },
    {
      name: `${name}, nowhere to go`,
      when: "his group has no `disconnected`",
      does: "the session is gone, the presence stays",
      source: "2.9",
      holds: ({ group }) => !group.presences.has(DISCONNECTED),
      take: (at, { session }) => keepPresence(at, left(at, session))
    }
  ],
  usual: {
    name,
    ...usual,
    take: (at, { session }) =>
      store(at, DISCONNECTED, { sessions: left(at, session), ...(actions === undefined ? {} : { actions }) })
  }
})

const endOf = ({ state }: PresenceSituation): PresenceEnd | null => state.terms?.end ?? null

/** Where an end leads; where the group lacks that presence by now, what takes its place. Null: nowhere. */
const backTo = ({ group }: PresenceSituation, { back }: PresenceEnd): string | null =>
  group.presences.has(back) ? back : replacement(group, group, { reachability: "advisory" }, back)

function goBack(at: PresenceSituation): PresenceOutcome {
  const end = endOf(at)
  return store(at, (end === null ? null : backTo(at, end)) ?? at.state.presence)
}

/** An end on top of another leads to where that one would have led. */
const termsOf = (
  at: PresenceSituation,
  { note = "", until }: Extract<PresenceEvent, { readonly _tag: "Requested" }>
): PresenceTerms | undefined => {
  if (note === "" && until === undefined) return undefined
  return { note, end: until === undefined ? null : { _tag: "At", until, back: endOf(at)?.back ?? at.state.presence } }
}

/** Where he is for somebody who would hold him: a call finds who is held as idle where he was before. Null: what he said stays. */
const heldFrom = ({ state }: PresenceSituation, cause: HoldCause): string | null => {
  if (state.terms === undefined) return state.presence
  const { end } = state.terms
  return cause === "phone" && end?._tag === "With" && end.cause === "idle" ? end.back : null
}

const WITHOUT_ASKING =
  " (if it is gone: `available`, else the group's first), whatever is allowed, its actions run, it is published"

export const presenceRules: PresenceRuleBook = {
  LoggedIn: {
    special: [
      {
        name: "login as unknown",
        when: "his group has no such presence",
        does: "the session is his, the presence stays",
        source: "2.6",
        holds: isUnknown,
        take: (at, { session }) => keepPresence(at, joined(at, session))
      }
    ],
    usual: {
      name: "login",
      does: "the session is his; the presence is stored whatever the one before allowed, its actions run, it is published; the one that he has keeps its note and its end",
      source: "2.6, 5.2, 5.4, ours",
      take: (at, { presence, session }) =>
        store(at, presence, {
          sessions: joined(at, session),
          terms: presence === at.state.presence ? at.state.terms : undefined
        })
    }
  },
  Requested: {
    special: [
      {
        name: "request of unknown",
        when: "his group has no such presence",
        does: "nothing, and no answer",
        source: "5.2",
        holds: isUnknown,
        take: keep
      },
      {
        name: "request refused",
        when: "`reachability` is `enforced`, and his presence does not allow this one, nor is it the same or `disconnected`",
        does: "an answer says why; nothing changes",
        source: "5.2, ours",
        holds: ({ group, rules, state }, { presence }) =>
          rules.reachability === "enforced" && !reachable(group, state.presence, presence),
        take: ({ state }, { presence }) => ({ _tag: "Refused", from: state.presence, to: presence })
      }
    ],
    usual: {
      name: "request",
      does: "the presence is stored even if it is the same, with the note and the end that come with it, its actions run, it is published",
      source: "5.2, 5.3, 5.4, ours",
      take: (at, event) => store(at, event.presence, { terms: termsOf(at, event) })
    }
  },
  LoggedOut: ending("logout", {
    does: "the session is gone; `disconnected` is stored, its actions run, it is published",
    source: "2.9, 5.4"
  }),
  LinkLost: ending(
    "link lost",
    { does: "the session is gone; `disconnected` is stored, no action runs, it is published", source: "2.9" },
    noActions
  ),
  Imposed: {
    special: [
      {
        name: "imposed unknown",
        when: "his group has no such presence",
        does: "nothing",
        source: "5.2",
        holds: isUnknown,
        take: keep
      }
    ],
    usual: {
      name: "imposed",
      does: "the presence is stored whatever the one before allowed, its actions run, it is published",
      source: "5.4",
      take: (at, { presence }) => store(at, presence)
    }
  },
  Expired: {
    special: [
      {
        name: "expired in vain",
        when: "his presence does not end then, or there is nowhere to go",
        does: "nothing",
        source: "ours",
        holds: (at, { until }) => {
          const end = endOf(at)
          return end?._tag !== "At" || end.until !== until || backTo(at, end) === null
        },
        take: keep
      }
    ],
    usual: {
      name: "expired",
      does: `the presence before is stored${WITHOUT_ASKING}`,
      source: "ours",
      take: goBack
    }
  },
  Held: {
    special: [
      {
        name: "held in vain",
        when: "his group has no such presence, he has it, his presence has a note or an end, or does not allow this one; a call finds who is held as idle in the presence before",
        does: "nothing",
        source: "ours",
        holds: (at, { cause, presence }) => {
          const from = heldFrom(at, cause)
          const hasIt = at.state.presence === presence || from === presence
          return isUnknown(at, { presence }) || hasIt || from === null || !reachable(at.group, from, presence)
        },
        take: keep
      }
    ],
    usual: {
      name: "held",
      does: "the presence is stored until its cause is gone, its actions run, it is published",
      source: "ours",
      take: (at, { cause, presence }) =>
        store(at, presence, {
          terms: { note: "", end: { _tag: "With", cause, back: heldFrom(at, cause) ?? at.state.presence } }
        })
    }
  },
  Released: {
    special: [
      {
        name: "released in vain",
        when: "he is not held for this cause (any more), or there is nowhere to go",
        does: "nothing",
        source: "ours",
        holds: (at, { cause }) => {
          const end = endOf(at)
          return end?._tag !== "With" || end.cause !== cause || backTo(at, end) === null
        },
        take: keep
      }
    ],
    usual: {
      name: "released",
      does: `the presence before is stored${WITHOUT_ASKING}`,
      source: "ours",
      take: goBack
    }
  },
  Regrouped: {
    special: [
      {
        name: "regrouped",
        when: "his group lacks his presence and has another",
        does: "`available` where his presence allowed it, else the group's first, is stored, its actions run, it is published",
        source: "ours",
        holds: (at, { before }) => replacing(at, before) !== null,
        take: (at, { before }) => store(at, replacing(at, before) ?? at.state.presence)
      }
    ],
    usual: { name: "regrouped as he was", does: "nothing; who is disconnected stays so", source: "ours", take: keep }
  }
}

const replacing = ({ group, rules, state }: PresenceSituation, before: PresenceGroup): string | null =>
  replacement(before, group, rules, state.presence)
