/** A member of a queue, and how AMI shows him. */
import type { Headers } from "./ami_packet.ts"
import { type DeviceState, deviceStateNumber } from "./device_state.ts"

/** A member that `queues.conf` declares. */
export interface StaticMemberSpec {
  readonly interface: string
  /** Default: the interface. */
  readonly name?: string
  /** Default: the interface. */
  readonly stateInterface?: string
  readonly penalty?: number
  /** Seconds. */
  readonly wrapUpTime?: number
}

export interface QueueMemberState {
  readonly interface: string
  readonly name: string
  readonly stateInterface: string
  readonly membership: "dynamic" | "static"
  readonly penalty: number
  readonly callsTaken: number
  /** Seconds since the epoch, 0: never. So are the next two. */
  readonly lastCall: number
  readonly lastPause: number
  readonly loginTime: number
  readonly inCall: boolean
  readonly status: DeviceState
  readonly paused: boolean
  readonly pausedReason: string
  /** Seconds. */
  readonly wrapUpTime: number
}

const flag = (value: boolean): string => (value ? "1" : "0")

const common = (member: QueueMemberState): Headers => [
  ["StateInterface", member.stateInterface],
  ["Membership", member.membership],
  ["Penalty", String(member.penalty)],
  ["CallsTaken", String(member.callsTaken)],
  ["LastCall", String(member.lastCall)],
  ["LastPause", String(member.lastPause)],
  ["LoginTime", String(member.loginTime)],
  ["InCall", flag(member.inCall)],
  ["Status", String(deviceStateNumber(member.status))],
  ["Paused", flag(member.paused)],
  ["PausedReason", member.pausedReason]
]

/** As in the events: MemberName, Interface. */
export const memberEventHeaders = (queue: string, member: QueueMemberState, ringInUse: boolean): Headers => [
  ["Queue", queue],
  ["MemberName", member.name],
  ["Interface", member.interface],
  ...common(member),
  ["Ringinuse", flag(ringInUse)],
  ["Wrapuptime", String(member.wrapUpTime)]
]

/** As in `QueueStatus`: Name, Location, and no Ringinuse. */
export const memberItemHeaders = (queue: string, member: QueueMemberState): Headers => [
  ["Queue", queue],
  ["Name", member.name],
  ["Location", member.interface],
  ...common(member),
  ["Wrapuptime", String(member.wrapUpTime)]
]

/** He could take a call: not paused, and his device is free (or unknown). */
export const isAvailable = (member: QueueMemberState, ringInUse: boolean): boolean => {
  if (member.paused) return false
  switch (member.status) {
    case "INVALID":
    case "UNAVAILABLE":
      return false
    case "NOT_INUSE":
    case "UNKNOWN":
      return true
    default:
      return ringInUse
  }
}
