/** Calls between two parties, step by step: ring, answer, hold, hang up. */
import { type Channel, type Channels, channelHeaders, type Party } from "./channels.ts"
import type { Publish } from "./publisher.ts"

export type CallState = "ringing" | "up" | "ended"

/** One call, with the steps that may follow. A step that does not fit the state does nothing. */
export interface CallSteps {
  readonly caller: Channel
  readonly callee: Channel
  readonly state: () => CallState
  readonly answer: () => void
  readonly hold: (held: boolean) => void
  /** `cause`: 16 normal, 17 busy, 21 rejected. */
  readonly hangup: (cause: number) => void
}

export interface Calls {
  /** The caller's phone dials, the other rings. */
  readonly ring: (from: Party, to: Party) => CallSteps
  /** An answered channel of an Originate goes on to ring another party. */
  readonly continueTo: (caller: Channel, to: Party) => CallSteps
  readonly list: () => ReadonlyArray<CallSteps>
  /** Ends what a channel takes part in. False: no such channel. */
  readonly hangupChannel: (name: string, cause: number) => boolean
  readonly restart: () => void
}

export const makeCalls = (channels: Channels, publish: Publish): Calls => {
  const calls = new Set<CallSteps>()

  const dial = (caller: Channel, to: Party): CallSteps => {
    const callee = channels.open(to, {
      state: 0,
      exten: to.number,
      linkedId: caller.linkedId,
      connected: { number: caller.callerIdNum, name: caller.callerIdName }
    })
    caller.connectedNum = to.number
    caller.connectedName = to.name
    caller.application = "Dial"
    caller.applicationData = to.device
    callee.application = "AppDial"
    callee.applicationData = "(Outgoing Line)"
    const both = () => [...channelHeaders(caller), ...channelHeaders(callee, "Dest")]
    publish("call", "DialBegin", [...both(), ["DialString", to.device.slice(to.device.indexOf("/") + 1)]])
    channels.setState(callee, 5)
    publish("call", "DialState", [...both(), ["DialStatus", "RINGING"]])

    let state: CallState = "ringing"
    let bridge: ReturnType<Channels["join"]> | null = null
    const steps: CallSteps = {
      caller,
      callee,
      state: () => state,
      answer: () => {
        if (state !== "ringing") return
        state = "up"
        channels.setState(callee, 6)
        callee.exten = ""
        publish("call", "DialEnd", [...both(), ["DialStatus", "ANSWER"]])
        if (caller.state !== 6) channels.setState(caller, 6)
        bridge = channels.join([callee, caller])
      },
      hold: (held) => {
        if (state === "up") channels.hold(callee, held)
      },
      hangup: (cause) => {
        if (state === "ended") return
        if (state === "ringing") {
          const status = cause === 17 ? "BUSY" : cause === 16 ? "CANCEL" : cause === 19 ? "NOANSWER" : "CHANUNAVAIL"
          publish("call", "DialEnd", [...both(), ["DialStatus", status]])
        }
        state = "ended"
        calls.delete(steps)
        if (bridge !== null) for (const channel of [caller, callee]) channels.leave(bridge, channel)
        channels.close(callee, cause)
        channels.close(caller, cause)
      }
    }
    calls.add(steps)
    return steps
  }

  return {
    ring: (from, to) => dial(channels.open(from, { state: 4, exten: to.number }), to),
    continueTo: dial,
    list: () => [...calls],
    hangupChannel: (name, cause) => {
      const channel = channels.find(name)
      if (channel === undefined) return false
      const call = [...calls].find((one) => one.caller === channel || one.callee === channel)
      if (call === undefined) channels.close(channel, cause)
      else call.hangup(cause)
      return true
    },
    restart: () => calls.clear()
  }
}
