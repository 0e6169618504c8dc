/** Notes and ends of presences as clients say them and are told (ours; decision 006). */
import type { PresenceTerms } from "./presence_event.ts"

/** Longest note, in UTF-16 units. */
export const MAX_NOTE = 80

/** The latest end, in seconds from now. */
export const FURTHEST_END = 366 * 86_400

const unsafe = /[\p{Cc}\p{Cs}\u2028\u2029]/gu

/** One line, bounded, without half characters. */
export const reduceNote = (text: string): string => text.slice(0, MAX_NOTE).replace(unsafe, " ").trim()

/** Whether a presence may end then. Both in seconds since the epoch. */
export const mayEnd = (until: number, now: number): boolean =>
  Number.isSafeInteger(until) && until > now && until <= now + FURTHEST_END

/** What is told of them. */
export interface ToldTerms {
  readonly note: string
  /** Seconds since the epoch; null: no end. */
  readonly until: number | null
}

export const noTerms: ToldTerms = { note: "", until: null }

export const toldTerms = (terms: PresenceTerms | undefined): ToldTerms =>
  terms === undefined ? noTerms : { note: terms.note, until: terms.end?._tag === "At" ? terms.end.until : null }
