/** A user's presence as phones know it: Asterisk's own states, and lamps. Pure, both ways. */
import type { Presence, PresenceGroup } from "./presence_group.ts"

/** States that Asterisk has for a presence. */
export const PHONE_STATES = ["not_set", "unavailable", "available", "away", "xa", "chat", "dnd"] as const
export type PhoneState = (typeof PHONE_STATES)[number]

/** What phones are to show of a user. */
export interface PhonePresence {
  readonly state: PhoneState
  /** Name of the presence. */
  readonly presence: string
  /** What people read: one line of at most `MAX_PHONE_MESSAGE` characters. */
  readonly message: string
  /** Presences of his group that have a lamp; the one that he has is lit. */
  readonly lamps: ReadonlyMap<string, boolean>
}

/** What somebody set at a phone, unchecked. */
export interface SetAtPhone {
  readonly state: string
  /** The name of a presence, or anything else; empty: only the state says what is meant. */
  readonly presence: string
}

/** Longest text for a phone, in UTF-16 units: with its name it fits into one line of AMI, however it is encoded. */
export const MAX_PHONE_MESSAGE = 100

const unsafe = /[\p{Cc}\p{Cs}\u2028\u2029]/gu

/** One line, cut where no character is halved. */
const oneLine = (text: string): string => text.slice(0, MAX_PHONE_MESSAGE).replace(unsafe, " ").trim()

const isShown = ({ phoneState, phoneLamp }: Presence): boolean => phoneState != null || phoneLamp === true

/** What phones show while he has this presence; null: nothing of this group is shown at phones. `note`: what he wrote, or empty. */
export const phonePresence = (group: PresenceGroup, presence: string, note: string): PhonePresence | null => {
  const all = [...group.presences.values()]
  if (!all.some(isShown)) return null
  const present = group.presences.get(presence)
  return {
    state: present?.phoneState ?? "not_set",
    presence,
    message: oneLine(note === "" ? (present?.longName ?? "") : note),
    lamps: new Map(all.filter(({ phoneLamp }) => phoneLamp === true).map(({ name }) => [name, name === presence]))
  }
}

/**
 * The presence that is meant by what was set at a phone: the one that it names, else the one with that state; of several his present
 * one, else the first. Null: none.
 */
export const meantAtPhone = (group: PresenceGroup, present: string, { state, presence }: SetAtPhone): string | null => {
  if (group.presences.has(presence)) return presence
  if (state === "not_set") return null
  const names = [...group.presences.values()].flatMap(({ name, phoneState }) => (phoneState === state ? [name] : []))
  return names.find((name) => name === present) ?? names[0] ?? null
}
