/** What changed between two boards, a line each: for a log, a pipe, a script. */
import type { Board, Identity } from "@ctid/client"
import { harmless } from "./text.ts"
import {
  agentName,
  agentText,
  hintText,
  memberNames,
  memberText,
  presenceText,
  serviceTexts,
  termsTexts,
  userName
} from "./words.ts"

/** One line for each item that appeared, left, or reads differently. */
const compare = <Item>(
  before: ReadonlyMap<string, Item>,
  after: ReadonlyMap<string, Item>,
  name: (item: Item) => string,
  words: (item: Item) => string
): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const [id, item] of before) if (!after.has(id)) lines.push(`${name(item)}: gone`)
  for (const [id, item] of after) {
    const old = before.get(id)
    if (old === item) continue
    const now = words(item)
    if (old === undefined) lines.push(`${name(item)}: ${now}`)
    else if (words(old) !== now) lines.push(`${name(item)}: ${words(old)} -> ${now}`)
  }
  return lines
}

const withServices = (words: string, services: ReadonlyArray<string>): string =>
  services.length === 0 ? words : `${words} (${services.join(", ")})`

/** `Blue Desk: Available -> Away`, `phone 1001 (Blue Desk): Idle -> Ringing` */
export const changeLines = (before: Board, after: Board, identity: Identity): ReadonlyArray<string> => {
  const owner = (id: string | null): string => {
    const user = id === null ? undefined : (after.users.get(id) ?? before.users.get(id))
    return user === undefined ? "" : ` (${userName(user)})`
  }
  const queueNames = new Map(Array.from(after.queues.values(), (queue) => [queue.name, queue.displayName]))
  const queueName = (name: string): string => harmless(queueNames.get(name) || name)
  const nameOf = memberNames(after)
  return [
    ...compare(before.users, after.users, userName, (user) =>
      withServices(presenceText(identity, user.presence), [...termsTexts(user), ...serviceTexts(user)])
    ),
    ...compare(
      before.phones,
      after.phones,
      (phone) => `phone ${harmless(phone.number)}${owner(phone.userId)}`,
      (phone) => hintText(identity, phone.hint)
    ),
    ...compare(
      before.agents,
      after.agents,
      (agent) => `agent ${harmless(agent.number)} ${agentName(agent)}`.trimEnd(),
      (agent) => (agent.extension === null ? agentText(agent) : `${agentText(agent)} at ${harmless(agent.extension)}`)
    ),
    ...compare(
      before.queuemembers,
      after.queuemembers,
      (member) => `queue ${queueName(member.queueName)}, ${nameOf(member)}`,
      memberText
    ),
    ...compare(
      before.voicemails,
      after.voicemails,
      (voicemail) => `voicemail ${harmless(voicemail.mailbox)}`,
      ({ newMessages }) => `${newMessages} new ${newMessages === 1 ? "message" : "messages"}`
    )
  ]
}
