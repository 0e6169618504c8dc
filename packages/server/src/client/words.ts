/** What the protocol's numbers and names mean, in words for people. Everything that a server sent is harmless here. */
import type { Board, BoardAgent, BoardForward, BoardQueueMember, BoardUser, Identity } from "@ctid/client"
import { harmless } from "./text.ts"

/** The display name of a presence; its identifier where the group has none. */
export const presenceText = (identity: Identity, presence: string): string =>
  harmless(identity.presences.get(presence)?.longName ?? presence)

export const presenceColor = (identity: Identity, presence: string): string => identity.presences.get(presence)?.color ?? ""

export const hintText = (identity: Identity, hint: number): string =>
  harmless(identity.hints.get(hint)?.longName ?? `state ${hint}`)

export const hintColor = (identity: Identity, hint: number): string => identity.hints.get(hint)?.color ?? ""

/** Reference 5.6. */
const AVAILABILITIES: Readonly<Record<string, string>> = {
  logged_out: "logged out",
  available: "available",
  unavailable: "unavailable",
  on_call_nonacd_incoming_internal: "on a call from inside",
  on_call_nonacd_incoming_external: "on a call from outside",
  on_call_nonacd_outgoing_internal: "on a call to inside",
  on_call_nonacd_outgoing_external: "on a call to outside"
}

export const agentText = (agent: BoardAgent): string => {
  if (agent.onQueueCall) return "on a queue call"
  if (agent.onWrapUp) return "in wrap-up"
  return AVAILABILITIES[agent.availability] ?? harmless(agent.availability)
}

/** Reference 4.5. */
const MEMBER_STATES: Readonly<Record<number, string>> = {
  1: "idle",
  2: "in use",
  3: "busy",
  4: "invalid",
  5: "unavailable",
  6: "ringing",
  7: "in use, ringing",
  8: "on hold",
  100: "not known",
  101: "not logged in"
}

export const memberText = (member: BoardQueueMember): string => {
  const state = MEMBER_STATES[member.status] ?? `state ${member.status}`
  return member.paused ? `paused, ${state}` : state
}

export const userName = (user: BoardUser): string =>
  harmless(user.fullName.trim() || `${user.firstName} ${user.lastName}`.trim() || `user ${user.id}`)

export const agentName = (agent: BoardAgent): string => harmless(`${agent.firstName} ${agent.lastName}`.trim())

/** What to call a queue's members: `2001 Blue Desk` where it is an agent, otherwise its interface. */
export const memberNames = (board: Board): ((member: BoardQueueMember) => string) => {
  const agents = new Map(Array.from(board.agents.values(), (agent) => [`Agent/${agent.number}`, agent]))
  return (member) => {
    const agent = agents.get(member.memberName)
    return agent === undefined ? harmless(member.memberName) : `${harmless(agent.number)} ${agentName(agent)}`.trim()
  }
}

const two = (number: number): string => String(number).padStart(2, "0")

/** `14:00`, or with its date where that is not today. Local time. `now`: milliseconds since the epoch. */
const timeText = (seconds: number, now: number): string => {
  const [at, today] = [new Date(seconds * 1000), new Date(now)]
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`
  return at.toDateString() === today.toDateString()
    ? time
    : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`
}

/** `until 14:00`, `"at the dentist"`: what a user says with his presence. */
export const termsTexts = ({ note, until }: BoardUser, now = Date.now()): ReadonlyArray<string> => [
  ...(until === null ? [] : [`until ${timeText(until, now)}`]),
  ...(note === "" ? [] : [JSON.stringify(harmless(note))])
]

const forwardText = (word: string, forward: BoardForward): ReadonlyArray<string> =>
  forward.enabled ? [`${word} to ${harmless(forward.destination)}`] : []

/** `do not disturb`, `forwards to 1003`: services that are on. */
export const serviceTexts = (user: BoardUser): ReadonlyArray<string> => [
  ...(user.doNotDisturb ? ["do not disturb"] : []),
  ...forwardText("forwards", user.unconditional),
  ...forwardText("if busy", user.busy),
  ...forwardText("if no answer", user.noAnswer),
  ...(user.incomingFilter ? ["call filter"] : [])
]

/** Natural order: `2` before `10`, case and accents do not count. */
const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" })

export const sortedBy = <A>(items: Iterable<A>, key: (item: A) => string): ReadonlyArray<A> =>
  [...items].sort((a, b) => order.compare(key(a), key(b)))
