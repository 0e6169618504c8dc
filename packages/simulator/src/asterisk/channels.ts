/** The channel table, bridges, and what the calls make of their devices. */
import type { Headers } from "./ami_packet.ts"
import type { DeviceState } from "./device_state.ts"
import type { Devices } from "./devices.ts"
import type { Publish } from "./publisher.ts"

/** A person at one end of a call. */
export interface Party {
  /** The device he speaks on: `PJSIP/1003`, `Custom:1001`, `PJSIP/trunk`. */
  readonly device: string
  readonly number: string
  readonly name: string
  readonly context: string
}

/** What Asterisk calls the states of a channel; only those that occur here. */
const STATE_NAMES: Readonly<Record<number, string>> = { 0: "Down", 4: "Ring", 5: "Ringing", 6: "Up" }

export interface Channel {
  readonly name: string
  readonly uniqueId: string
  readonly linkedId: string
  readonly device: string
  readonly callerIdNum: string
  readonly callerIdName: string
  /** Seconds since the epoch. */
  readonly created: number
  /** 0 down, 4 ring (a caller), 5 ringing (a callee), 6 up. */
  state: number
  connectedNum: string
  connectedName: string
  context: string
  exten: string
  application: string
  applicationData: string
  bridge: string
  held: boolean
}

const orUnknown = (text: string): string => (text === "" ? "<unknown>" : text)

/** The header group that events about a channel share, with a prefix such as `Dest`. */
export const channelHeaders = (channel: Channel, prefix = ""): Headers => [
  [`${prefix}Channel`, channel.name],
  [`${prefix}ChannelState`, String(channel.state)],
  [`${prefix}ChannelStateDesc`, STATE_NAMES[channel.state] ?? "Unknown"],
  [`${prefix}CallerIDNum`, orUnknown(channel.callerIdNum)],
  [`${prefix}CallerIDName`, orUnknown(channel.callerIdName)],
  [`${prefix}ConnectedLineNum`, orUnknown(channel.connectedNum)],
  [`${prefix}ConnectedLineName`, orUnknown(channel.connectedName)],
  [`${prefix}Language`, "en"],
  [`${prefix}AccountCode`, ""],
  [`${prefix}Context`, channel.context],
  [`${prefix}Exten`, channel.exten],
  [`${prefix}Priority`, "1"],
  [`${prefix}Uniqueid`, channel.uniqueId],
  [`${prefix}Linkedid`, channel.linkedId]
]

export interface Bridge {
  readonly id: string
  readonly channels: Set<Channel>
}

const bridgeHeaders = (bridge: Bridge): Headers => [
  ["BridgeUniqueid", bridge.id],
  ["BridgeType", "basic"],
  ["BridgeTechnology", "simple_bridge"],
  ["BridgeCreator", "<unknown>"],
  ["BridgeName", "<unknown>"],
  ["BridgeNumChannels", String(bridge.channels.size)],
  ["BridgeVideoSourceMode", "none"]
]

export interface Channels {
  readonly list: () => ReadonlyArray<Channel>
  readonly find: (name: string) => Channel | undefined
  /** Channels made since the start. */
  readonly created: () => number
  /** A new channel on a party's device: Newchannel. `dialled`: what was dialled to reach it, when that is not the device. */
  readonly open: (
    party: Party,
    options: {
      readonly state: number
      readonly exten: string
      readonly linkedId?: string
      readonly uniqueId?: string
      readonly dialled?: string
      readonly connected?: Pick<Party, "number" | "name">
    }
  ) => Channel
  /** Newstate. */
  readonly setState: (channel: Channel, state: number) => void
  readonly hold: (channel: Channel, held: boolean) => void
  /** BridgeCreate, and BridgeEnter for each, in this order. */
  readonly join: (channels: ReadonlyArray<Channel>) => Bridge
  readonly leave: (bridge: Bridge, channel: Channel) => void
  /** Hangup. The device's state follows. */
  readonly close: (channel: Channel, cause: number) => void
  readonly restart: () => void
}

const CAUSES: Readonly<Record<number, string>> = {
  0: "Unknown",
  16: "Normal Clearing",
  17: "User busy",
  19: "User alerting, no answer",
  20: "Subscriber absent",
  21: "Call Rejected",
  26: "Answered elsewhere"
}

/** `PJSIP/1003-00000007`; a Local channel's near half ends in `;1`, and a custom device is reached through one. */
const channelName = (wanted: string, sequence: number): string => {
  const base = wanted.startsWith("Custom:") ? `Local/${wanted.slice("Custom:".length)}@phones` : wanted.replace(/\/n$/, "")
  return `${base}-${sequence.toString(16).padStart(8, "0")}${base.startsWith("Local/") ? ";1" : ""}`
}

/** `now`: seconds since the epoch. */
export const makeChannels = (devices: Devices, publish: Publish, now: () => number): Channels => {
  const open = new Map<string, Channel>()
  let opened = 0
  let bridges = 0

  const deviceState = (device: string): DeviceState => {
    const own = [...open.values()].filter((channel) => channel.device === device)
    if (own.length === 0) return "NOT_INUSE"
    const ringing = own.some((channel) => channel.state === 5)
    const talking = own.filter((channel) => channel.state === 6 || channel.state === 4)
    if (talking.length === 0) return ringing ? "RINGING" : "NOT_INUSE"
    if (ringing) return "RINGINUSE"
    return talking.every((channel) => channel.held) ? "ONHOLD" : "INUSE"
  }
  const refresh = (channel: Channel): void => devices.set(channel.device, deviceState(channel.device))

  const leave = (bridge: Bridge, channel: Channel): void => {
    if (!bridge.channels.delete(channel)) return
    channel.bridge = ""
    publish("call", "BridgeLeave", [...bridgeHeaders(bridge), ...channelHeaders(channel)])
    if (bridge.channels.size === 0) publish("call", "BridgeDestroy", bridgeHeaders(bridge))
  }

  return {
    list: () => [...open.values()],
    find: (name) => open.get(name),
    created: () => opened,
    open: (party, options) => {
      const sequence = opened++
      const uniqueId = options.uniqueId ?? `${now()}.${sequence}`
      const channel: Channel = {
        name: channelName(options.dialled ?? party.device, sequence),
        uniqueId,
        linkedId: options.linkedId ?? uniqueId,
        device: party.device,
        callerIdNum: party.number,
        callerIdName: party.name,
        created: now(),
        state: options.state,
        connectedNum: options.connected?.number ?? "",
        connectedName: options.connected?.name ?? "",
        context: party.context,
        exten: options.exten,
        application: "",
        applicationData: "",
        bridge: "",
        held: false
      }
      open.set(channel.name, channel)
      publish("call", "Newchannel", channelHeaders(channel))
      if (channel.state !== 0) refresh(channel)
      return channel
    },
    setState: (channel, state) => {
      channel.state = state
      publish("call", "Newstate", channelHeaders(channel))
      refresh(channel)
    },
    hold: (channel, held) => {
      channel.held = held
      publish("call", held ? "Hold" : "Unhold", channelHeaders(channel))
      refresh(channel)
    },
    join: (channels) => {
      const bridge: Bridge = {
        id: `00000000-0000-4000-8000-${(++bridges).toString(16).padStart(12, "0")}`,
        channels: new Set()
      }
      publish("call", "BridgeCreate", bridgeHeaders(bridge))
      for (const channel of channels) {
        bridge.channels.add(channel)
        channel.bridge = bridge.id
        publish("call", "BridgeEnter", [...bridgeHeaders(bridge), ...channelHeaders(channel)])
      }
      return bridge
    },
    leave,
    close: (channel, cause) => {
      if (!open.delete(channel.name)) return
      publish("call", "Hangup", [
        ...channelHeaders(channel),
        ["Cause", String(cause)],
        ["Cause-txt", CAUSES[cause] ?? "Unknown"]
      ])
      refresh(channel)
    },
    restart: () => {
      open.clear()
      opened = 0
      bridges = 0
    }
  }
}
