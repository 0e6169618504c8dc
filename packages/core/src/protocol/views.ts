/** The objects of the lists as clients see them: configs and statuses (reference 3.2, 4.2 to 4.5). */

import type { ProtocolVersion } from "../config/settings.ts"
import {
  type Agent,
  type CallQueue,
  type DirectorySnapshot,
  deviceKey,
  type Line,
  type User,
  type Voicemail
} from "../directory/directory.ts"
import { memberParts } from "../parting/parting.ts"
import type { ToldTerms } from "../presence/presence_terms.ts"
import { agentNumberOf, memberId } from "../telephony/agent_state.ts"
import type { AgentPlace, AgentStatus, ServicesChange } from "../telephony/state_change.ts"
import type { TelephonyState } from "../telephony/telephony_state.ts"

const flag = (value: boolean): 0 | 1 => (value ? 1 : 0)

export const userConfig = (
  directory: DirectorySnapshot,
  state: TelephonyState,
  user: User,
  version: ProtocolVersion
): object => {
  const services = state.services(user.id)
  return {
    firstname: user.firstName,
    lastname: user.lastName,
    fullname: user.fullName,
    mobilephonenumber: user.mobilePhoneNumber,
    agentid: user.agentId,
    voicemailid: user.voicemailId,
    enablerna: flag(services.noAnswer.enabled),
    enableunc: flag(services.unconditional.enabled),
    enablebusy: flag(services.busy.enabled),
    destrna: services.noAnswer.destination,
    destunc: services.unconditional.destination,
    destbusy: services.busy.destination,
    enablevoicemail: flag(user.voicemailEnabled),
    enablednd: flag(services.doNotDisturb),
    incallfilter: flag(services.incomingFilter),
    linelist: user.lineIds.map(String),
    xivo_uuid: directory.serverUuid,
    ...(version === "1.2" ? { enableclient: flag(user.enabled), profileclient: user.profileId, enablexfer: 1 } : {})
  }
}

/** Only what changed (reference 4.2). */
export const servicesConfig = (services: ServicesChange): object => {
  const config: Record<string, unknown> = {}
  if (services.doNotDisturb !== undefined) config.enablednd = services.doNotDisturb
  if (services.incomingFilter !== undefined) config.incallfilter = services.incomingFilter
  if (services.recording !== undefined) config.enablerecording = services.recording
  for (const [kind, name] of FORWARD_NAMES) {
    const forward = services[kind]
    if (forward === undefined) continue
    config[`enable${name}`] = forward.enabled
    config[`dest${name}`] = forward.destination
  }
  return config
}

/** Forward kinds and what the wire calls them. */
export const FORWARD_NAMES = [
  ["unconditional", "unc"],
  ["noAnswer", "rna"],
  ["busy", "busy"]
] as const

/** `connected`: he has a session. Since 2.3 only the presence is told (reference 11). */
export const userStatus = (presence: string, connected: boolean, version: ProtocolVersion): object =>
  version === "2.3" ? { availstate: presence } : { connection: connected ? "yes" : null, availstate: presence }

/** What is said with a presence, for those who want to know. */
export const termsStatus = ({ note, until }: ToldTerms): object => ({ note, until })

/** `SIP/k3x9q1` */
const identityOf = (line: Line): string => `${line.protocol.toUpperCase()}/${line.name}`

export const phoneConfig = (line: Line, version: ProtocolVersion): object => ({
  number: line.number,
  iduserfeatures: line.userId,
  identity: identityOf(line),
  ...(version === "1.2"
    ? { context: line.context, protocol: line.protocol, initialized: true, allowtransfer: true, simultcalls: 1 }
    : {})
})

export const phoneStatus = (hint: number, version?: ProtocolVersion): object => ({
  hintstatus: String(hint),
  ...(version === "1.2" ? { channels: [], queues: [], groups: [] } : {})
})

export const agentConfig = (agent: Agent): object => ({
  context: agent.context,
  firstname: agent.firstName,
  lastname: agent.lastName,
  number: agent.number
})

/** Whether an object of this context may be named to those who are told of another one. */
export type MayName = (context: string) => boolean

const anything: MayName = () => true

/** As if a line that may not be named were not declared. */
const extensionOf = ({ extension, context }: AgentPlace, mayName: MayName): string | null =>
  context === null || mayName(context) ? extension : null

export const agentStatus = (
  directory: DirectorySnapshot,
  status: AgentStatus,
  version?: ProtocolVersion,
  mayName: MayName = anything
): object => ({
  phonenumber: status.login === null ? null : extensionOf(status.login, mayName),
  channel: status.login?.device ?? null,
  availability: status.availability,
  availability_since: status.since,
  nonacd_call_status: status.nonAcdCall === null ? null : [status.nonAcdCall.direction, status.nonAcdCall.internal],
  on_call_acd: status.onAcdCall,
  on_wrapup: status.onWrapUp,
  queues: status.queues.flatMap((name) => {
    const queue = directory.queuesByName.get(name)
    return queue === undefined || !mayName(queue.context) ? [] : String(queue.id)
  }),
  ...(version === "1.2" ? { groups: [] } : {})
})

export const queueConfig = (queue: CallQueue): object => ({
  context: queue.context,
  name: queue.name,
  displayname: queue.displayName,
  number: queue.number
})

/** Ids of the agents and lines that are members now. */
export const queueStatus = (
  directory: DirectorySnapshot,
  state: TelephonyState,
  queue: CallQueue,
  mayName: MayName = anything
): object => {
  const agentmembers: Array<string> = []
  const phonemembers: Array<string> = []
  for (const member of state.agents.members()) {
    if (member.queue !== queue.name) continue
    const number = agentNumberOf(member.name)
    const found =
      number === null ? directory.linesByDevice.get(deviceKey(member.interface)) : directory.agentsByNumber.get(number)
    if (found !== undefined && mayName(found.context)) (number === null ? phonemembers : agentmembers).push(String(found.id))
  }
  return { agentmembers, phonemembers }
}

export const voicemailConfig = (voicemail: Voicemail, version: ProtocolVersion): object => ({
  context: voicemail.context,
  mailbox: voicemail.mailbox,
  ...(version === "1.2" ? { email: "", fullname: "" } : {})
})

export const voicemailStatus = (newMessages: string | null, version?: ProtocolVersion): object => ({
  new: newMessages ?? 0,
  ...(version === "1.2" ? { waiting: newMessages !== null && newMessages !== "0", old: 0 } : {})
})

/**
 * Ids of all members: those declared, whether they are there or not, and agents that were added since. Those of a queue that is not
 * declared, or hidden, are in no list.
 */
export const memberIds = (directory: DirectorySnapshot, state: TelephonyState): ReadonlyArray<string> => {
  const ids = new Set<string>()
  for (const agent of directory.data.agents) {
    for (const { queue } of agent.queues)
      if (directory.queuesByName.has(queue)) ids.add(memberId(`Agent/${agent.number}`, queue))
  }
  for (const queue of directory.data.queues)
    for (const member of queue.staticMembers) ids.add(memberId(member.member, queue.name))
  for (const member of state.agents.members()) ids.add(memberId(member.name, member.queue))
  return [...ids]
}

const NOT_KNOWN_YET = "100"
const NOT_LOGGED = "101"

const clockTime = (seconds: number): string => (seconds === 0 ? "" : new Date(seconds * 1000).toTimeString().slice(0, 8))

/** Config and status of a queue member are the same object (reference 4.5); null: no such member. */
export const memberConfig = (directory: DirectorySnapshot, state: TelephonyState, id: string): object | null => {
  const parts = memberParts(id)
  if (parts === null || !directory.queuesByName.has(parts.queue)) return null
  const live = state.agents.member(id)
  const number = agentNumberOf(parts.member)
  const declared =
    number === null
      ? directory.queuesByName.get(parts.queue)?.staticMembers.find((member) => member.member === parts.member)
      : directory.agentsByNumber.get(number)?.queues.find((entry) => entry.queue === parts.queue)
  if (live === null && declared === undefined) return null
  const status =
    live === null ? (number === null ? NOT_KNOWN_YET : NOT_LOGGED) : live.status === 0 ? NOT_KNOWN_YET : String(live.status)
  return {
    queue_name: parts.queue,
    interface: parts.member,
    membership: "static",
    callstaken: String(live?.callsTaken ?? 0),
    paused: live?.paused === true ? "1" : "0",
    penalty: String(live?.penalty ?? declared?.penalty ?? 0),
    status,
    lastcall: clockTime(live?.lastCall ?? 0)
  }
}
