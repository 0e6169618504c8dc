/** Presence groups as configured on the presence page (reference 5.1). */
import type { PhoneState } from "./phone_presence.ts"

/** When the system takes a presence for a user. */
export const AUTOMATIC_CAUSES = ["on_the_phone", "idle"] as const
export type AutomaticCause = (typeof AUTOMATIC_CAUSES)[number]

/** One presence: `available`, `away`, `donotdisturb`... */
export interface Presence {
  /** Its identifier. */
  readonly name: string
  /** What people read. */
  readonly longName: string
  /** `#RRGGBB` */
  readonly color: string
  /** Names reachable from here, in menu order; null: not configured, nothing is reachable. */
  readonly allowed: ReadonlyArray<string> | null
  /** Action name and parameter, in the configured order. */
  readonly actions: ReadonlyArray<readonly [name: string, parameter: string]>
  /** What phones are told of it; absent or null: nothing, if others of its group are told, that nothing is set. */
  readonly phoneState?: PhoneState | null
  /** Whether phones may have a lamp that is lit while a user has it. */
  readonly phoneLamp?: boolean
  /** When the system takes it for him; absent or null: never. */
  readonly automatic?: AutomaticCause | null
  /** Milliseconds without a sign of him; for `idle`. */
  readonly idleAfter?: number
}

/** A named set of presences. A profile names the group of its users. */
export interface PresenceGroup {
  readonly name: string
  readonly presences: ReadonlyMap<string, Presence>
}

/** The presence of everybody without a session. */
export const DISCONNECTED = "disconnected"

/** Where people are when nothing keeps them; groups usually have it. */
export const AVAILABLE = "available"
