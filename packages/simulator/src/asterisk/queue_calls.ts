/** Calls that wait in a queue and are taken by a member. */
import { type Channel, type Channels, channelHeaders, type Party } from "./channels.ts"
import type { Publish } from "./publisher.ts"
import { isAvailable, type QueueMemberState } from "./queue_member.ts"
import type { Queues } from "./queues.ts"

/** One call in a queue. A step that does not fit the state does nothing. */
export interface QueueCallSteps {
  readonly caller: Channel
  readonly state: () => "waiting" | "up" | "ended"
  /** Interfaces of the members that ring. */
  readonly ringing: () => ReadonlyArray<string>
  /** A ringing member takes it: AgentConnect. False: he does not ring. */
  readonly connect: (memberInterface: string) => boolean
  /** The call ends: AgentComplete. */
  readonly complete: (by: "agent" | "caller") => void
  /** The waiting caller gives up. */
  readonly abandon: () => void
}

export interface QueueCalls {
  /** A caller enters a queue, and every member that is available rings. Null: no such queue. */
  readonly enter: (queue: string, caller: Party) => QueueCallSteps | null
  readonly hangupChannel: (name: string) => boolean
  readonly restart: () => void
}

interface Attempt {
  readonly member: QueueMemberState
  readonly channel: Channel
}

/** `now`: seconds since the epoch. */
export const makeQueueCalls = (queues: Queues, channels: Channels, publish: Publish, now: () => number): QueueCalls => {
  const calls = new Set<QueueCallSteps>()

  const enter = (name: string, party: Party): QueueCallSteps | null => {
    const queue = queues.get(name)
    if (queue === undefined) return null
    const caller = channels.open(party, { state: 4, exten: name })
    channels.setState(caller, 6)
    caller.application = "Queue"
    caller.applicationData = name
    const joined = now()
    const position = queue.callers.length + 1
    queues.setCallers(name, [
      ...queue.callers,
      {
        channel: caller.name,
        uniqueId: caller.uniqueId,
        callerIdNum: caller.callerIdNum,
        callerIdName: caller.callerIdName,
        since: joined
      }
    ])
    publish("agent", "QueueCallerJoin", [
      ...channelHeaders(caller),
      ["Queue", name],
      ["Position", String(position)],
      ["Count", String(queue.callers.length)]
    ])

    let state: "waiting" | "up" | "ended" = "waiting"
    let connected: { readonly attempt: Attempt; readonly at: number; readonly bridge: ReturnType<Channels["join"]> } | null =
      null
    const attempts = new Map<string, Attempt>()
    const both = (attempt: Attempt) => [...channelHeaders(caller), ...channelHeaders(attempt.channel, "Dest")]
    const about = (attempt: Attempt): ReadonlyArray<readonly [string, string]> => [
      ["Queue", name],
      ["Interface", attempt.member.interface],
      ["MemberName", attempt.member.name]
    ]
    const holdTime = (until: number): string => String(until - joined)

    for (const member of queue.members.values()) {
      if (!isAvailable(member, queue.spec.ringInUse)) continue
      const phone = { device: member.stateInterface, number: party.number, name: party.name, context: party.context }
      const channel = channels.open(phone, {
        state: 0,
        exten: name,
        linkedId: caller.linkedId,
        dialled: member.interface,
        connected: party
      })
      const attempt = { member, channel }
      attempts.set(member.interface, attempt)
      publish("agent", "AgentCalled", [...both(attempt), ...about(attempt)])
      publish("call", "DialBegin", [...both(attempt), ["DialString", member.interface]])
      channels.setState(channel, 5)
      publish("call", "DialState", [...both(attempt), ["DialStatus", "RINGING"]])
    }

    const stopRinging = (attempt: Attempt): void => {
      attempts.delete(attempt.member.interface)
      publish("call", "DialEnd", [...both(attempt), ["DialStatus", "CANCEL"]])
      channels.close(attempt.channel, 26)
    }
    const leaveQueue = (): void => {
      const callers = queue.callers.filter((waiting) => waiting.channel !== caller.name)
      const left = queue.callers.findIndex((waiting) => waiting.channel === caller.name) + 1
      queues.setCallers(name, callers)
      publish("agent", "QueueCallerLeave", [
        ...channelHeaders(caller),
        ["Queue", name],
        ["Position", String(left)],
        ["Count", String(callers.length)]
      ])
    }

    const steps: QueueCallSteps = {
      caller,
      state: () => state,
      ringing: () => [...attempts.keys()],
      connect: (memberInterface) => {
        const attempt = attempts.get(memberInterface)
        if (state !== "waiting" || attempt === undefined) return false
        state = "up"
        attempts.delete(memberInterface)
        channels.setState(attempt.channel, 6)
        publish("call", "DialEnd", [...both(attempt), ["DialStatus", "ANSWER"]])
        for (const other of attempts.values()) stopRinging(other)
        leaveQueue()
        queues.setCalls(name, memberInterface, { inCall: true })
        publish("agent", "AgentConnect", [
          ...both(attempt),
          ...about(attempt),
          ["HoldTime", holdTime(now())],
          ["RingTime", holdTime(now())]
        ])
        connected = { attempt, at: now(), bridge: channels.join([attempt.channel, caller]) }
        return true
      },
      complete: (by) => {
        if (connected === null || state !== "up") return
        state = "ended"
        calls.delete(steps)
        const { attempt, at, bridge } = connected
        publish("agent", "AgentComplete", [
          ...both(attempt),
          ...about(attempt),
          ["HoldTime", holdTime(at)],
          ["TalkTime", String(now() - at)],
          ["Reason", by]
        ])
        const member = queues.get(name)?.members.get(attempt.member.interface)
        queues.setCalls(name, attempt.member.interface, {
          callsTaken: (member?.callsTaken ?? 0) + 1,
          lastCall: now(),
          inCall: false
        })
        queues.count(name, "completed")
        channels.leave(bridge, attempt.channel)
        channels.close(attempt.channel, 16)
        channels.leave(bridge, caller)
        channels.close(caller, 16)
      },
      abandon: () => {
        if (state !== "waiting") return
        state = "ended"
        calls.delete(steps)
        const position = queue.callers.findIndex((waiting) => waiting.channel === caller.name) + 1
        for (const attempt of attempts.values()) stopRinging(attempt)
        queues.count(name, "abandoned")
        publish("agent", "QueueCallerAbandon", [
          ...channelHeaders(caller),
          ["Queue", name],
          ["Position", String(position)],
          ["OriginalPosition", String(position)],
          ["HoldTime", holdTime(now())]
        ])
        leaveQueue()
        channels.close(caller, 16)
      }
    }
    calls.add(steps)
    return steps
  }

  return {
    enter,
    hangupChannel: (name) => {
      for (const call of calls) {
        if (call.caller.name !== name) continue
        if (call.state() === "up") call.complete("caller")
        else call.abandon()
        return true
      }
      return false
    },
    restart: () => calls.clear()
  }
}
