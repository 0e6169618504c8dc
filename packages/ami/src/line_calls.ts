/** Who talks on which line, besides queue calls (reference 5.6). */
import { type DirectorySnapshot, deviceKey } from "@ctid/core/directory/directory"
import type { NonAcdCall, TelephonyEvent } from "@ctid/core/telephony/telephony"
import type { AmiMessage } from "./ami_message.ts"

type LineCallEvent = Extract<TelephonyEvent, { readonly _tag: "LineCall" }>

/** Channels of one line that are remembered; beyond it the oldest is forgotten. */
const MAX_CHANNELS = 64
/** Queue calls that are remembered. */
const MAX_QUEUE_CALLS = 4096

const UP = "6"

interface Channel {
  readonly name: string
  readonly lineId: number
  linkedId: string
  direction: NonAcdCall["direction"] | null
  /** The number at the other end, null when it is not known. */
  other: string | null
  up: boolean
}

/** `PJSIP/1003-00000001` -> `PJSIP/1003`. */
const deviceOfChannel = (channel: string): string => {
  const dash = channel.lastIndexOf("-")
  return dash < 0 ? channel : channel.slice(0, dash)
}

const numberIn = (text: string | undefined): string | null =>
  text === undefined || text === "" || text === "<unknown>" || text === "(null)" || text === "s" ? null : text

export class LineCalls {
  readonly #directory: () => DirectorySnapshot
  #channels = new Map<string, Channel>()
  #byLine = new Map<number, Set<Channel>>()
  readonly #queueCalls = new Set<string>()
  readonly #told = new Map<number, NonAcdCall>()
  readonly #numbers = new WeakMap<DirectorySnapshot, ReadonlySet<string>>()

  constructor(directory: () => DirectorySnapshot) {
    this.#directory = directory
  }

  /** `Newchannel`, `Newstate`. */
  channel(message: AmiMessage): ReadonlyArray<LineCallEvent> {
    const channel = this.#note(message, "")
    if (channel === null) return []
    if (message.get("ChannelState") === UP) channel.up = true
    return this.#tell(channel.lineId)
  }

  /** `DialBegin`: says who calls whom. */
  dial(message: AmiMessage): ReadonlyArray<LineCallEvent> {
    const caller = this.#note(message, "")
    const called = this.#note(message, "Dest")
    const lines: Array<number> = []
    if (caller !== null) {
      caller.direction = "outgoing"
      caller.other = numberIn(message.get("Exten")) ?? numberIn(message.get("DestCallerIDNum"))
      lines.push(caller.lineId)
    }
    // a leg that a program dials has no caller yet
    if (called !== null && message.get("Channel") !== undefined) {
      called.direction = "incoming"
      called.other = numberIn(message.get("CallerIDNum")) ?? numberIn(message.get("DestConnectedLineNum"))
      lines.push(called.lineId)
    }
    return lines.flatMap((lineId) => this.#tell(lineId))
  }

  /** `AgentCalled`: this call is a queue's, and none of those told here. */
  queueCall(message: AmiMessage): ReadonlyArray<LineCallEvent> {
    for (const header of ["Linkedid", "DestLinkedid"]) {
      const linkedId = message.get(header)
      if (linkedId !== undefined && linkedId !== "") this.#queueCalls.add(linkedId)
    }
    for (const oldest of this.#queueCalls) {
      if (this.#queueCalls.size <= MAX_QUEUE_CALLS) break
      this.#queueCalls.delete(oldest)
    }
    const called = this.#note(message, "Dest")
    return called === null ? [] : this.#tell(called.lineId)
  }

  hangup(message: AmiMessage): ReadonlyArray<LineCallEvent> {
    const channel = this.#channels.get(message.get("Channel") ?? "")
    if (channel === undefined) return []
    this.#remove(channel)
    return this.#tell(channel.lineId)
  }

  /** All channels of Asterisk (`CoreShowChannels`); null: they could not be read, so none is known. Answers the call of every busy line. */
  replace(items: ReadonlyArray<AmiMessage> | null): ReadonlyArray<LineCallEvent> {
    const before = this.#channels
    const lines = new Set([...this.#told.keys()])
    this.#channels = new Map()
    this.#byLine = new Map()
    for (const item of items ?? []) {
      const channel = this.#note(item, "")
      if (channel === null) continue
      const known = before.get(channel.name)
      channel.up = item.get("ChannelState") === UP
      if (known !== undefined) {
        // Asterisk may leave it out
        if (channel.linkedId === "") channel.linkedId = known.linkedId
        channel.direction = known.direction
        channel.other = known.other
      } else {
        // the far leg of a dialled call runs one of these applications
        const application = item.get("Application") ?? ""
        const called = application === "AppDial" || application === "AppQueue"
        channel.direction = called ? "incoming" : "outgoing"
        channel.other = numberIn(item.get("ConnectedLineNum")) ?? (called ? null : numberIn(item.get("Exten")))
        if (application === "AppQueue") this.#queueCalls.add(channel.linkedId)
      }
    }
    for (const lineId of this.#byLine.keys()) lines.add(lineId)
    const changes = [...lines].flatMap((lineId) => this.#tell(lineId))
    const changed = new Set(changes.map((event) => event.lineId))
    return [...changes, ...this.all().filter((event) => !changed.has(event.lineId))]
  }

  all(): ReadonlyArray<LineCallEvent> {
    return [...this.#told].map(([lineId, call]) => ({ _tag: "LineCall", lineId, call }))
  }

  /** The channel that the headers of this prefix tell of, if it is one of a line. */
  #note(message: AmiMessage, prefix: "" | "Dest"): Channel | null {
    const name = message.get(`${prefix}Channel`)
    if (name === undefined) return null
    let channel = this.#channels.get(name)
    if (channel === undefined) {
      const line = this.#directory().linesByDevice.get(deviceKey(deviceOfChannel(name)))
      if (line === undefined) return null
      channel = { name, lineId: line.id, linkedId: "", direction: null, other: null, up: false }
      this.#add(channel)
    }
    channel.linkedId = message.get(`${prefix}Linkedid`) ?? channel.linkedId
    return channel
  }

  #add(channel: Channel): void {
    this.#channels.set(channel.name, channel)
    const channels = this.#byLine.get(channel.lineId) ?? new Set()
    this.#byLine.set(channel.lineId, channels.add(channel))
    const [oldest] = channels
    if (channels.size > MAX_CHANNELS && oldest !== undefined) this.#remove(oldest)
  }

  #remove(channel: Channel): void {
    this.#channels.delete(channel.name)
    const channels = this.#byLine.get(channel.lineId)
    channels?.delete(channel)
    if (channels?.size === 0) this.#byLine.delete(channel.lineId)
  }

  #tell(lineId: number): ReadonlyArray<LineCallEvent> {
    const told = this.#told.get(lineId) ?? null
    const call = this.#callOf(lineId)
    if (told?.direction === call?.direction && told?.internal === call?.internal) return []
    if (call === null) this.#told.delete(lineId)
    else this.#told.set(lineId, call)
    return [{ _tag: "LineCall", lineId, call }]
  }

  #callOf(lineId: number): NonAcdCall | null {
    for (const channel of this.#byLine.get(lineId) ?? []) {
      if (!channel.up) continue
      // nobody was seen dialling: taken for an outgoing, internal call (reference 5.6)
      if (channel.direction === null) return { direction: "outgoing", internal: true }
      // who called the queue is on a call like any other
      if (channel.direction === "incoming" && this.#queueCalls.has(channel.linkedId)) continue
      return { direction: channel.direction, internal: channel.other !== null && this.#isLine(channel.other) }
    }
    return null
  }

  #isLine(number: string): boolean {
    const directory = this.#directory()
    let numbers = this.#numbers.get(directory)
    if (numbers === undefined) {
      numbers = new Set(directory.data.lines.map((line) => line.number))
      this.#numbers.set(directory, numbers)
    }
    return numbers.has(number)
  }
}
