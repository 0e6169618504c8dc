/** What is remembered of a user's presence, what may happen to it, and what may come of that. */
import { DISCONNECTED, type Presence, type PresenceGroup } from "./presence_group.ts"

/** Why the system holds somebody in a presence that he did not choose. */
export type HoldCause = "phone" | "idle"

/** When a presence ends, and where he returns to then. */
export type PresenceEnd =
  /** Seconds since the epoch. */
  | { readonly _tag: "At"; readonly until: number; readonly back: string }
  /** With its cause. */
  | { readonly _tag: "With"; readonly cause: HoldCause; readonly back: string }

/** What was said with a presence. */
export interface PresenceTerms {
  /** One line, maybe empty. */
  readonly note: string
  /** Null: none. */
  readonly end: PresenceEnd | null
}

/** What is remembered of a user. */
export interface PresenceState {
  readonly presence: string
  /** His sessions, by connection id. */
  readonly sessions: ReadonlySet<number>
  /** Absent: nothing was said with it. */
  readonly terms?: PresenceTerms
}

/** Nobody has signed in yet. */
export const initialPresence: PresenceState = { presence: DISCONNECTED, sessions: new Set() }

export type PresenceEvent =
  /** `login_capas`: a login is always admitted; an unknown presence keeps the old one. */
  | { readonly _tag: "LoggedIn"; readonly session: number; readonly presence: string }
  /** `availstate`, or set at his phone. `until`: seconds since the epoch, later than now. */
  | { readonly _tag: "Requested"; readonly presence: string; readonly note?: string; readonly until?: number }
  /** `logout`: with actions. */
  | { readonly _tag: "LoggedOut"; readonly session: number }
  /** The connection ended in any other way: without actions. */
  | { readonly _tag: "LinkLost"; readonly session: number }
  /** Set by the system. */
  | { readonly _tag: "Imposed"; readonly presence: string }
  /** The time of a presence that ended then is over. */
  | { readonly _tag: "Expired"; readonly until: number }
  /** There is a cause for this presence now. */
  | { readonly _tag: "Held"; readonly cause: HoldCause; readonly presence: string }
  /** There is none any more. */
  | { readonly _tag: "Released"; readonly cause: HoldCause }
  /** A reload: his group is another one, or has other presences. `before` is what it was. */
  | { readonly _tag: "Regrouped"; readonly before: PresenceGroup }

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
