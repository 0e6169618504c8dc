/**
 * The presence of one line in Asterisk, as a pure machine: what is wanted there, what is there, and who put it there. What this server
 * writes bears its mark, so it is never taken for something that was set at a phone.
 */

/** A value of `PRESENCE_STATE`. */
export interface PresenceValue {
  readonly state: string
  readonly subtype: string
  readonly message: string
}

/** Begins the subtype of all that is ours. The name of the presence follows. */
const MARK = "ctid:"

export const marked = (presence: string): string => `${MARK}${presence}`

/** There is no such key. */
export const NOTHING: PresenceValue = { state: "", subtype: "", message: "" }

export const isSameValue = (a: PresenceValue, b: PresenceValue): boolean =>
  a.state === b.state && a.subtype === b.subtype && a.message === b.message

/** Set by somebody else: at a phone, by a dialplan, on the console. */
export const isForeign = ({ state, subtype }: PresenceValue): boolean => state !== "" && !subtype.startsWith(MARK)

export interface LinePresence {
  /** Null: nothing was ever wanted, and whatever is there concerns nobody. */
  readonly wanted: PresenceValue | null
  /** Null: not known. */
  readonly there: PresenceValue | null
  /** What was told to have been set there, and is not answered yet. */
  readonly told: PresenceValue | null
  /** What is wanted is not known to have been written: it counts for more than what is found there. */
  readonly missed: boolean
}

export const unknownPresence: LinePresence = { wanted: null, there: null, told: null, missed: false }

/** What has to be done. `read`: nobody knows what is there. */
export type PresenceDuty = "nothing" | "read" | "write" | "tell"

/** Without a foreign text: what a phone says in other words is the same setting. */
const isSameSetting = (a: PresenceValue, b: PresenceValue | null): boolean =>
  b !== null && a.state === b.state && a.subtype === b.subtype

export const dutyOf = ({ wanted, there, told, missed }: LinePresence): PresenceDuty => {
  if (wanted === null) return "nothing"
  if (there === null) return missed ? "write" : "read"
  if (isSameValue(there, wanted)) return "nothing"
  if (!isForeign(there) || missed) return "write"
  return isSameSetting(there, told) ? "nothing" : "tell"
}

const isThere = ({ there }: LinePresence, value: PresenceValue): boolean => there !== null && isSameValue(there, value)

/** What is wanted is there. */
const settled = (line: LinePresence): LinePresence =>
  line.wanted !== null && isThere(line, line.wanted) ? { ...line, missed: false } : line

/** This is to be there. The first wish does not count for more than what was set at a phone before it. */
export const want = (line: LinePresence, value: PresenceValue): LinePresence => ({
  ...line,
  wanted: value,
  told: null,
  missed: line.wanted !== null && (line.missed || !isThere(line, value))
})

/** Asterisk tells a change as it happens. Our own are no news. */
export const changed = (line: LinePresence, value: PresenceValue): LinePresence =>
  isForeign(value) ? { ...line, there: value, told: null, missed: false } : line

/** Asterisk was asked. */
export const found = (line: LinePresence, value: PresenceValue): LinePresence => settled({ ...line, there: value })

/** What is there has been told. */
export const telling = (line: LinePresence): LinePresence => ({ ...line, told: line.there })

/** What is wanted is being written: what comes from elsewhere after this is newer. One write at a time. */
export const writing = (line: LinePresence): LinePresence => ({ ...line, there: line.wanted })

/** Nothing is being written any more, and the last write was done. */
export const written = settled

/** The link is gone, or a write failed: what is there is not known. */
export const lost = (line: LinePresence): LinePresence => ({ ...line, there: null })
