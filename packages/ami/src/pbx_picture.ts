/** What is known of Asterisk but for the services of lines; every event of AMI becomes events of the Telephony door. */
import type { DirectorySnapshot } from "@ctid/core/directory/directory"
import type { TelephonyEvent } from "@ctid/core/telephony/telephony"
import type { AmiMessage } from "./ami_message.ts"
import { EndpointStates } from "./endpoint_states.ts"
import { LineCalls } from "./line_calls.ts"
import { QueueMembers } from "./queue_members.ts"

/** Names of all events that are used, in lower case. */
export const INTERESTING: ReadonlySet<string> = new Set([
  "extensionstatus",
  "devicestatechange",
  "queuemember",
  "queuememberadded",
  "queuememberstatus",
  "queuememberpause",
  // Asterisk 11 and older
  "queuememberpaused",
  "queuememberpenalty",
  "queuememberringinuse",
  "queuememberremoved",
  "agentcalled",
  "agentconnect",
  "agentcomplete",
  "userevent",
  "newchannel",
  "newstate",
  "dialbegin",
  "hangup",
  "messagewaiting",
  "presencestatechange",
  "fullybooted",
  "reload"
])

/** Lists of Asterisk; null: it does not give that one. */
export interface PbxLists {
  readonly hints: ReadonlyArray<AmiMessage> | null
  readonly devices: ReadonlyArray<AmiMessage> | null
  /** `CoreShowChannels` */
  readonly channels: ReadonlyArray<AmiMessage> | null
  /** `VoicemailUsersList` */
  readonly voicemails: ReadonlyArray<AmiMessage> | null
}

const COUNT = /^\d{1,9}$/

export class PbxPicture {
  readonly members = new QueueMembers()
  readonly #directory: () => DirectorySnapshot
  readonly #states: EndpointStates
  readonly #calls: LineCalls
  /** Counts of new messages, by the full name of the mailbox. */
  readonly #voicemails = new Map<string, string>()

  constructor(directory: () => DirectorySnapshot) {
    this.#directory = directory
    this.#states = new EndpointStates(directory)
    this.#calls = new LineCalls(directory)
  }

  /** A live event. */
  apply(event: AmiMessage): ReadonlyArray<TelephonyEvent> {
    switch (event.name.toLowerCase()) {
      case "extensionstatus":
        return this.#states.hint(event)
      case "devicestatechange":
        return this.#states.device(event)
      // an item of a list that somebody else's action made
      case "queuemember":
      case "queuememberadded":
      case "queuememberstatus":
      case "queuememberpause":
      case "queuememberpaused":
      case "queuememberpenalty":
      case "queuememberringinuse":
        return this.members.changed(event)
      case "queuememberremoved":
        return this.members.removed(event)
      case "agentcalled":
        return this.#calls.queueCall(event)
      case "agentconnect":
      case "agentcomplete":
        return queueCall(event)
      case "userevent":
        return this.#userEvent(event)
      case "newchannel":
      case "newstate":
        return this.#calls.channel(event)
      case "dialbegin":
        return this.#calls.dial(event)
      case "hangup":
        return this.#calls.hangup(event)
      case "messagewaiting":
        return this.#voicemail(event.get("Mailbox"), event.get("New"))
      default:
        return []
    }
  }

  /** What Asterisk says now, members read before: the whole of it, as events. */
  replace(lists: PbxLists): ReadonlyArray<TelephonyEvent> {
    const states =
      lists.hints === null && lists.devices === null
        ? this.#states.all()
        : this.#states.replace(lists.hints ?? [], lists.devices ?? [])
    const calls = this.#calls.replace(lists.channels)
    for (const item of lists.voicemails ?? []) {
      this.#voicemail(`${item.get("VoiceMailbox") ?? ""}@${item.get("VMContext") ?? ""}`, item.get("NewMessageCount"))
    }
    return [...states, ...this.members.all(), ...calls, ...this.#allVoicemails()]
  }

  /** Everything that is known. */
  all(): ReadonlyArray<TelephonyEvent> {
    return [...this.#states.all(), ...this.members.all(), ...this.#calls.all(), ...this.#allVoicemails()]
  }

  #allVoicemails(): ReadonlyArray<TelephonyEvent> {
    const { voicemailsByName } = this.#directory()
    return [...this.#voicemails].flatMap(([mailbox, newMessages]): ReadonlyArray<TelephonyEvent> => {
      const voicemail = voicemailsByName.get(mailbox)
      return voicemail === undefined ? [] : [{ _tag: "VoicemailCount", voicemailId: voicemail.id, newMessages }]
    })
  }

  #voicemail(mailbox = "", count?: string): ReadonlyArray<TelephonyEvent> {
    const voicemail = this.#directory().voicemailsByName.get(mailbox)
    if (voicemail === undefined || count === undefined || !COUNT.test(count)) return []
    this.#voicemails.set(mailbox, count)
    return [{ _tag: "VoicemailCount", voicemailId: voicemail.id, newMessages: count }]
  }

  /** A dialplan, or an agent daemon, reports a login. */
  #userEvent(event: AmiMessage): ReadonlyArray<TelephonyEvent> {
    const id = event.get("AgentID") ?? ""
    const agentId = COUNT.test(id) ? Number(id) : Number.NaN
    if (!this.#directory().agents.has(agentId)) return []
    switch (event.get("UserEvent")?.toLowerCase()) {
      case "agentlogin":
        return [{ _tag: "AgentLoggedIn", agentId, extension: event.get("Extension") || null }]
      case "agentlogoff":
        return [{ _tag: "AgentLoggedOff", agentId }]
      default:
        return []
    }
  }
}

/** `AgentConnect`, `AgentComplete`. */
const queueCall = (event: AmiMessage): ReadonlyArray<TelephonyEvent> => {
  const queue = event.get("Queue")
  const member = event.get("MemberName") ?? event.get("Interface")
  if (queue === undefined || member === undefined) return []
  if (event.name.toLowerCase() === "agentconnect") return [{ _tag: "AgentConnected", queue, member }]
  const wrapUp = event.get("WrapupTime") ?? ""
  return [{ _tag: "AgentCompleted", queue, member, wrapUpSeconds: COUNT.test(wrapUp) ? Number(wrapUp) : null }]
}
