/** app_queue: queues, their members, and who waits in them. */
import type { Devices } from "./devices.ts"
import type { Publish } from "./publisher.ts"
import { isAvailable, memberEventHeaders, type QueueMemberState, type StaticMemberSpec } from "./queue_member.ts"

export interface QueueSpec {
  readonly name: string
  /** Most callers, 0: no limit. */
  readonly max?: number
  readonly strategy?: string
  /** Seconds. */
  readonly serviceLevel?: number
  readonly ringInUse?: boolean
  readonly weight?: number
  readonly members?: ReadonlyArray<StaticMemberSpec>
}

/** A caller who waits. */
export interface WaitingCaller {
  readonly channel: string
  readonly uniqueId: string
  readonly callerIdNum: string
  readonly callerIdName: string
  /** Seconds since the epoch. */
  readonly since: number
}

export interface QueueState {
  readonly spec: Required<QueueSpec>
  readonly members: ReadonlyMap<string, QueueMemberState>
  readonly callers: ReadonlyArray<WaitingCaller>
  readonly completed: number
  readonly abandoned: number
}

export interface NewMember {
  readonly interface: string
  readonly name: string
  readonly stateInterface: string
  readonly penalty: number
  readonly paused: boolean
}

export type QueueRefusal = "no_such_queue" | "already_there" | "not_there" | "not_dynamic"

export interface Queues {
  readonly define: (spec: QueueSpec) => void
  readonly get: (queue: string) => QueueState | undefined
  readonly list: () => ReadonlyArray<QueueState>
  readonly add: (queue: string, member: NewMember) => QueueRefusal | null
  readonly remove: (queue: string, memberInterface: string) => QueueRefusal | null
  /** In one queue, or (empty text) in all. False: he is in none of them. */
  readonly pause: (queue: string, memberInterface: string, paused: boolean, reason: string) => boolean
  readonly setPenalty: (queue: string, memberInterface: string, penalty: number) => boolean
  /** What a call changes; no event of its own, the device's next state brings one. */
  readonly setCalls: (
    queue: string,
    memberInterface: string,
    calls: Partial<Pick<QueueMemberState, "callsTaken" | "lastCall" | "inCall">>
  ) => void
  readonly setCallers: (queue: string, callers: ReadonlyArray<WaitingCaller>) => void
  readonly count: (queue: string, what: "completed" | "abandoned") => void
  /** Drops who waits, and the dynamic members unless they are kept. */
  readonly restart: (keepMembers: boolean) => void
}

interface Queue {
  readonly spec: Required<QueueSpec>
  members: Map<string, QueueMemberState>
  callers: ReadonlyArray<WaitingCaller>
  completed: number
  abandoned: number
}

/** `now`: seconds since the epoch. */
export const makeQueues = (devices: Devices, publish: Publish, now: () => number): Queues => {
  const queues = new Map<string, Queue>()

  const tell = (queue: Queue, event: string, member: QueueMemberState): void =>
    publish("agent", event, memberEventHeaders(queue.spec.name, member, queue.spec.ringInUse))

  const availability = (queue: Queue): "NOT_INUSE" | "INUSE" =>
    [...queue.members.values()].some((member) => isAvailable(member, queue.spec.ringInUse)) ? "NOT_INUSE" : "INUSE"

  const refreshAvailability = (queue: Queue): void => devices.set(`Queue:${queue.spec.name}_avail`, availability(queue))

  const change = (queue: Queue, member: QueueMemberState, changes: Partial<QueueMemberState>): QueueMemberState => {
    const changed = { ...member, ...changes }
    queue.members.set(member.interface, changed)
    return changed
  }

  const addStatic = (queue: Queue): void => {
    for (const spec of queue.spec.members) {
      const stateInterface = spec.stateInterface ?? spec.interface
      queue.members.set(spec.interface, {
        interface: spec.interface,
        name: spec.name ?? spec.interface,
        stateInterface,
        membership: "static",
        penalty: spec.penalty ?? 0,
        callsTaken: 0,
        lastCall: 0,
        lastPause: 0,
        loginTime: now(),
        inCall: false,
        status: devices.get(stateInterface),
        paused: false,
        pausedReason: "",
        wrapUpTime: spec.wrapUpTime ?? 0
      })
    }
  }

  devices.watch((device, state) => {
    for (const queue of queues.values()) {
      for (const member of queue.members.values()) {
        if (member.stateInterface !== device || member.status === state) continue
        tell(queue, "QueueMemberStatus", change(queue, member, { status: state }))
        refreshAvailability(queue)
      }
    }
  })

  return {
    define: (spec) => {
      const full = { max: 0, strategy: "ringall", serviceLevel: 60, ringInUse: false, weight: 0, members: [], ...spec }
      const queue: Queue = { spec: full, members: new Map(), callers: [], completed: 0, abandoned: 0 }
      queues.set(spec.name, queue)
      addStatic(queue)
      devices.initialise(`Queue:${spec.name}_avail`, availability(queue))
    },
    get: (queue) => queues.get(queue),
    list: () => [...queues.values()],
    add: (name, added) => {
      const queue = queues.get(name)
      if (queue === undefined) return "no_such_queue"
      if (queue.members.has(added.interface)) return "already_there"
      devices.set(`Queue:${name}_pause_${added.interface}`, added.paused ? "INUSE" : "NOT_INUSE")
      const time = now()
      const member: QueueMemberState = {
        ...added,
        membership: "dynamic",
        callsTaken: 0,
        lastCall: 0,
        lastPause: added.paused ? time : 0,
        loginTime: time,
        inCall: false,
        status: devices.get(added.stateInterface),
        pausedReason: "",
        wrapUpTime: 0
      }
      queue.members.set(member.interface, member)
      tell(queue, "QueueMemberAdded", member)
      refreshAvailability(queue)
      return null
    },
    remove: (name, memberInterface) => {
      const queue = queues.get(name)
      if (queue === undefined) return "no_such_queue"
      const member = queue.members.get(memberInterface)
      if (member === undefined) return "not_there"
      if (member.membership !== "dynamic") return "not_dynamic"
      queue.members.delete(memberInterface)
      tell(queue, "QueueMemberRemoved", member)
      refreshAvailability(queue)
      return null
    },
    pause: (name, memberInterface, paused, reason) => {
      let found = false
      for (const queue of queues.values()) {
        if (name !== "" && queue.spec.name !== name) continue
        const member = queue.members.get(memberInterface)
        if (member === undefined) continue
        found = true
        const changed = change(queue, member, {
          paused,
          pausedReason: paused ? reason : "",
          lastPause: paused && !member.paused ? now() : member.lastPause
        })
        devices.set(`Queue:${queue.spec.name}_pause_${memberInterface}`, paused ? "INUSE" : "NOT_INUSE")
        refreshAvailability(queue)
        tell(queue, "QueueMemberPause", changed)
      }
      return found
    },
    setPenalty: (name, memberInterface, penalty) => {
      let found = false
      for (const queue of queues.values()) {
        if (name !== "" && queue.spec.name !== name) continue
        const member = queue.members.get(memberInterface)
        if (member === undefined) continue
        found = true
        tell(queue, "QueueMemberPenalty", change(queue, member, { penalty }))
      }
      return found
    },
    setCalls: (name, memberInterface, calls) => {
      const queue = queues.get(name)
      const member = queue?.members.get(memberInterface)
      if (queue !== undefined && member !== undefined) change(queue, member, calls)
    },
    setCallers: (name, callers) => {
      const queue = queues.get(name)
      if (queue === undefined) return
      queue.callers = callers
      devices.set(`Queue:${name}`, callers.length > 0 ? "RINGING" : "NOT_INUSE")
    },
    count: (name, what) => {
      const queue = queues.get(name)
      if (queue !== undefined) queue[what] += 1
    },
    restart: (keepMembers) => {
      for (const queue of queues.values()) {
        const kept = [...queue.members.values()].filter((member) => keepMembers && member.membership === "dynamic")
        queue.members = new Map()
        queue.callers = []
        queue.completed = 0
        queue.abandoned = 0
        addStatic(queue)
        for (const member of kept) {
          const status = devices.get(member.stateInterface)
          const fresh = { callsTaken: 0, lastCall: 0, inCall: false, loginTime: now(), status }
          queue.members.set(member.interface, { ...member, ...fresh })
        }
        devices.initialise(`Queue:${queue.spec.name}_avail`, availability(queue))
      }
    }
  }
}
