/** Actions of app_queue. */
import { type ActionSpec, failure, isTrue, listing, type Reply, success } from "./action.ts"
import type { ActionRequest, Headers } from "./ami_packet.ts"
import type { Pbx } from "./pbx.ts"
import { isAvailable, memberItemHeaders } from "./queue_member.ts"
import type { QueueState } from "./queues.ts"

const params = (queue: QueueState): Headers => [
  ["Queue", queue.spec.name],
  ["Max", String(queue.spec.max)],
  ["Strategy", queue.spec.strategy],
  ["Calls", String(queue.callers.length)],
  ["Holdtime", "0"],
  ["TalkTime", "0"],
  ["Completed", String(queue.completed)],
  ["Abandoned", String(queue.abandoned)],
  ["ServiceLevel", String(queue.spec.serviceLevel)],
  ["ServicelevelPerf", "0.0"],
  ["ServicelevelPerf2", "0.0"],
  ["Weight", String(queue.spec.weight)]
]

const orUnknown = (text: string): string => (text === "" ? "unknown" : text)

/** Digits only, as Asterisk reads a penalty; anything else is 0. */
const penaltyOf = (text: string): number => (/^\d{1,9}$/.test(text) ? Number(text) : 0)

export const queueActions = (pbx: Pbx): ReadonlyArray<ActionSpec> => {
  const { queues } = pbx
  const chosen = (name: string): ReadonlyArray<QueueState> =>
    queues.list().filter((queue) => name === "" || queue.spec.name === name)

  const status = (request: ActionRequest): Reply => {
    const wanted = request.get("Member")
    const items = chosen(request.get("Queue")).flatMap((queue) => [
      { event: "QueueParams", headers: params(queue) },
      ...[...queue.members.values()]
        .filter((member) => wanted === "" || member.interface === wanted || member.name === wanted)
        .map((member) => ({ event: "QueueMember", headers: memberItemHeaders(queue.spec.name, member) })),
      ...queue.callers.map((caller, index) => ({
        event: "QueueEntry",
        headers: [
          ["Queue", queue.spec.name],
          ["Position", String(index + 1)],
          ["Channel", caller.channel],
          ["Uniqueid", caller.uniqueId],
          ["CallerIDNum", orUnknown(caller.callerIdNum)],
          ["CallerIDName", orUnknown(caller.callerIdName)],
          ["ConnectedLineNum", "unknown"],
          ["ConnectedLineName", "unknown"],
          ["Wait", String(pbx.now() - caller.since)],
          ["Priority", "0"]
        ] as const
      }))
    ])
    return listing("Queue status will follow", { items, complete: "QueueStatusComplete", idLast: true })
  }

  const summary = (request: ActionRequest): Reply => {
    const items = chosen(request.get("Queue")).map((queue) => {
      const members = [...queue.members.values()]
      const free = members.filter((member) => isAvailable(member, queue.spec.ringInUse))
      const longest = Math.max(0, ...queue.callers.map((caller) => pbx.now() - caller.since))
      const headers: Headers = [
        ["Queue", queue.spec.name],
        ["LoggedIn", String(members.length)],
        ["Available", String(free.length)],
        ["Callers", String(queue.callers.length)],
        ["HoldTime", "0"],
        ["TalkTime", "0"],
        ["LongestHoldTime", String(longest)]
      ]
      return { event: "QueueSummary", headers }
    })
    return listing("Queue summary will follow", { items, complete: "QueueSummaryComplete", idLast: true })
  }

  const add = (request: ActionRequest): Reply => {
    const queue = request.get("Queue")
    const memberInterface = request.get("Interface")
    if (queue === "") return failure("'Queue' not specified.")
    if (memberInterface === "") return failure("'Interface' not specified.")
    const refusal = queues.add(queue, {
      interface: memberInterface,
      name: request.get("MemberName") || memberInterface,
      stateInterface: request.get("StateInterface") || memberInterface,
      penalty: penaltyOf(request.get("Penalty")),
      paused: isTrue(request.get("Paused"))
    })
    if (refusal === "no_such_queue") return failure("Unable to add interface to queue: No such queue")
    if (refusal !== null) return failure("Unable to add interface: Already there")
    return success("Added interface to queue")
  }

  const remove = (request: ActionRequest): Reply => {
    const queue = request.get("Queue")
    const memberInterface = request.get("Interface")
    if (queue === "" || memberInterface === "") return failure("Need 'Queue' and 'Interface' parameters.")
    switch (queues.remove(queue, memberInterface)) {
      case null:
        return success("Removed interface from queue")
      case "no_such_queue":
        return failure("Unable to remove interface from queue: No such queue")
      case "not_dynamic":
        return failure("Member not dynamic")
      default:
        return failure("Unable to remove interface: Not there")
    }
  }

  const pause = (request: ActionRequest): Reply => {
    const memberInterface = request.get("Interface")
    const paused = request.get("Paused")
    if (memberInterface === "" || paused === "") return failure("Need 'Interface' and 'Paused' parameters.")
    if (!queues.pause(request.get("Queue"), memberInterface, isTrue(paused), request.get("Reason"))) {
      return failure("Interface not found")
    }
    return success(isTrue(paused) ? "Interface paused successfully" : "Interface unpaused successfully")
  }

  const penalty = (request: ActionRequest): Reply => {
    const memberInterface = request.get("Interface")
    const value = request.get("Penalty")
    if (memberInterface === "" || value === "") return failure("Need 'Interface' and 'Penalty' parameters.")
    return queues.setPenalty(request.get("Queue"), memberInterface, penaltyOf(value))
      ? success("Interface penalty set successfully")
      : failure("Invalid interface, queuename or penalty")
  }

  const log = (request: ActionRequest): Reply => {
    const queue = request.get("Queue")
    const event = request.get("Event")
    if (queue === "" || event === "") return failure("Need 'Queue' and 'Event' parameters.")
    pbx.queueLog.push({ queue, event, interface: request.get("Interface"), message: request.get("Message") })
    return success("Event added successfully")
  }

  const module = "app_queue"
  return [
    { name: "QueueAdd", privileges: ["agent"], synopsis: "Add interface to queue.", module, handle: add },
    { name: "QueueLog", privileges: ["agent"], synopsis: "Adds custom entry in queue_log.", module, handle: log },
    {
      name: "QueuePause",
      privileges: ["agent"],
      synopsis: "Makes a queue member temporarily unavailable.",
      module,
      handle: pause
    },
    { name: "QueuePenalty", privileges: ["agent"], synopsis: "Set the penalty for a queue member.", module, handle: penalty },
    { name: "QueueRemove", privileges: ["agent"], synopsis: "Remove interface from queue.", module, handle: remove },
    { name: "QueueStatus", privileges: [], synopsis: "Show queue status.", module, handle: status },
    { name: "QueueSummary", privileges: [], synopsis: "Show queue summary.", module, handle: summary }
  ]
}
