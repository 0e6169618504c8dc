/** Agents and queue members: who is logged in where, who can take a call (reference 4.5, 5.6). */
import { sameValue } from "../config/same_value.ts"
import { type DirectorySnapshot, deviceKey } from "../directory/directory.ts"
import { type Availability, availability } from "./availability.ts"
import type { AgentStatus, StateChange } from "./state_change.ts"
import type { NonAcdCall, QueueMember, TelephonyEvent } from "./telephony.ts"

/** `Agent/2001,support` */
export const memberId = (name: string, queue: string): string => `${name},${queue}`

/** `Agent/2001` -> `2001`, null for members that are no agents. */
export const agentNumberOf = (member: string): string | null => (member.startsWith("Agent/") ? member.slice(6) : null)

/** The events that concern agents and queues. */
export type AgentEvent = Extract<
  TelephonyEvent,
  {
    readonly _tag:
      | "QueueMemberChanged"
      | "QueueMemberPaused"
      | "QueueMemberRemoved"
      | "QueueMembers"
      | "AgentLoggedIn"
      | "AgentLoggedOff"
      | "AgentConnected"
      | "AgentCompleted"
      | "LineCall"
  }
>

interface AgentFacts {
  reported: { extension: string | null } | null
  onAcdCall: boolean
  wrapUp: boolean
  turn: number
  /** `deviceKey` of the phone that he sits at, and the call on it. */
  phone: string | null
  nonAcdCall: NonAcdCall | null
  availability: Availability
  since: number
}

/** One writer: `TelephonyState`. */
export class AgentState {
  readonly #directory: () => DirectorySnapshot
  readonly #started: number
  readonly #agents = new Map<number, AgentFacts>()
  readonly #members = new Map<string, QueueMember>()
  /** Member name -> his memberships, by queue. */
  readonly #byName = new Map<string, Map<string, QueueMember>>()
  /** Agents in queues that nobody declared: they show nowhere, but they hold a phone. */
  readonly #strangers = new Map<string, QueueMember>()

  constructor(directory: () => DirectorySnapshot, started: number) {
    this.#directory = directory
    this.#started = started
  }

  /** The live member, or null while the PBX has no such member. */
  member(id: string): QueueMember | null {
    return this.#members.get(id) ?? null
  }

  members(): IterableIterator<QueueMember> {
    return this.#members.values()
  }

  agent(id: number): AgentStatus {
    const facts = this.#agents.get(id)
    const { queues, first } = this.#membership(id)
    const logged = first !== null || (facts?.reported ?? null) !== null
    const line = first === null ? undefined : this.#directory().linesByDevice.get(deviceKey(first.stateInterface))
    return {
      login: logged
        ? {
            extension: line?.number ?? facts?.reported?.extension ?? null,
            context: line?.context ?? null,
            device: first?.stateInterface ?? null
          }
        : null,
      onAcdCall: facts?.onAcdCall ?? false,
      onWrapUp: facts?.wrapUp ?? false,
      nonAcdCall: facts?.nonAcdCall ?? null,
      availability: facts?.availability ?? "logged_out",
      since: facts?.since ?? this.#started,
      queues
    }
  }

  /** The agent who is logged in on this line, or null. */
  agentOnLine(device: string): number | null {
    for (const member of this.#members.values()) {
      const number = agentNumberOf(member.name)
      if (number !== null && usesDevice(member, device)) return this.#directory().agentsByNumber.get(number)?.id ?? null
    }
    return null
  }

  /** True when an agent, declared or not, other than this one is logged in on this line. */
  lineTaken(device: string, agentNumber: string): boolean {
    const taken = (member: QueueMember): boolean => {
      const number = agentNumberOf(member.name)
      return number !== null && number !== agentNumber && usesDevice(member, device)
    }
    for (const member of this.#members.values()) if (taken(member)) return true
    for (const member of this.#strangers.values()) if (taken(member)) return true
    return false
  }

  /** `now` in seconds since the epoch. `missed`: what happened before may not have been heard, as the link was down. */
  apply(event: AgentEvent, now: number, missed: boolean): ReadonlyArray<StateChange> {
    switch (event._tag) {
      case "QueueMemberChanged":
        return this.#memberChanged(event.member, now)
      case "QueueMemberPaused": {
        const id = memberId(event.name, event.queue)
        const member = this.#members.get(id) ?? this.#absentMember(event.name, event.queue)
        return member === null ? [] : this.#memberChanged({ ...member, paused: event.paused }, now)
      }
      case "QueueMemberRemoved":
        return this.#memberRemoved(memberId(event.name, event.queue), now)
      case "QueueMembers":
        return this.#allMembers(event.members, now, missed)
      case "AgentLoggedIn":
        return this.#compute(event.agentId, now, (facts) => {
          facts.reported = { extension: event.extension }
        })
      case "AgentLoggedOff":
        return this.#compute(event.agentId, now, endLogin)
      case "AgentConnected":
        return this.#computeMember(event.member, now, (facts) => {
          facts.onAcdCall = true
          facts.wrapUp = false
          facts.turn++
        })
      case "AgentCompleted":
        return this.#completed(event, now)
      case "LineCall":
        return this.#lineCall(event.lineId, event.call, now)
    }
  }

  /** The wrap-up that began as `turn` is over, unless another call or a logoff came between. */
  wrapUpEnded(agentId: number, turn: number, now: number): ReadonlyArray<StateChange> {
    const facts = this.#agents.get(agentId)
    if (facts === undefined || facts.turn !== turn || !facts.wrapUp) return []
    return this.#compute(agentId, now, () => {
      facts.wrapUp = false
    })
  }

  /**
   * The directory is another than `before`: members that it does not name any more are strangers, those that it names now are
   * members, and an agent under another number begins anew. Answers the agents for whom that makes a difference.
   */
  adopt(before: DirectorySnapshot, now: number): ReadonlyArray<StateChange> {
    const directory = this.#directory()
    const affected = new Set<number>()
    const affect = (name: string): void => {
      const agent = directory.agentsByNumber.get(agentNumberOf(name) ?? "")
      if (agent !== undefined) affected.add(agent.id)
    }
    for (const [id, member] of [...this.#members]) {
      if (!sameValue(shown(before, member), shown(directory, member))) affect(member.name)
      if (this.#known(member.name, member.queue)) continue
      this.#drop(member)
      if (agentNumberOf(member.name) !== null) this.#strangers.set(id, member)
    }
    for (const [id, member] of [...this.#strangers]) {
      if (!this.#known(member.name, member.queue)) continue
      this.#strangers.delete(id)
      this.#put(member)
      affect(member.name)
    }
    const renumbered = new Set<number>()
    for (const id of [...this.#agents.keys()]) {
      const number = directory.agents.get(id)?.number
      if (number === undefined) this.#agents.delete(id)
      else if (before.agents.get(id)?.number !== number) renumbered.add(id)
    }
    return [...new Set([...affected, ...renumbered])].flatMap((id) =>
      this.#compute(id, now, (facts) => {
        // who talks on his phone, if it is his, is told when the PBX is asked again
        facts.nonAcdCall = null
        if (renumbered.has(id)) endLogin(facts)
      })
    )
  }

  #put(member: QueueMember): void {
    this.#members.set(memberId(member.name, member.queue), member)
    const queues = this.#byName.get(member.name)
    if (queues === undefined) this.#byName.set(member.name, new Map([[member.queue, member]]))
    else queues.set(member.queue, member)
  }

  #drop({ name, queue }: QueueMember): void {
    this.#members.delete(memberId(name, queue))
    const queues = this.#byName.get(name)
    queues?.delete(queue)
    if (queues?.size === 0) this.#byName.delete(name)
  }

  /** A queue that is declared, and a member that is declared for it or is a declared agent. */
  #known(name: string, queueName: string): boolean {
    const directory = this.#directory()
    const queue = directory.queuesByName.get(queueName)
    if (queue === undefined) return false
    const number = agentNumberOf(name)
    return number === null ? queue.staticMembers.some((member) => member.member === name) : directory.agentsByNumber.has(number)
  }

  #declared(name: string, queueName: string): { readonly penalty: number } | undefined {
    const directory = this.#directory()
    const number = agentNumberOf(name)
    return number === null
      ? directory.queuesByName.get(queueName)?.staticMembers.find((member) => member.member === name)
      : directory.agentsByNumber.get(number)?.queues.find((entry) => entry.queue === queueName)
  }

  /** A declared member that the PBX mentions before it has listed him. */
  #absentMember(name: string, queue: string): QueueMember | null {
    const declared = this.#declared(name, queue)
    if (declared === undefined) return null
    return {
      queue,
      name,
      interface: name,
      stateInterface: name,
      penalty: declared.penalty,
      callsTaken: 0,
      lastCall: 0,
      status: 0,
      paused: false,
      wrapUpSeconds: 0
    }
  }

  #memberChanged(member: QueueMember, now: number): ReadonlyArray<StateChange> {
    const id = memberId(member.name, member.queue)
    if (!this.#known(member.name, member.queue)) {
      if (agentNumberOf(member.name) !== null) this.#strangers.set(id, member)
      return []
    }
    const before = this.#members.get(id)
    if (before !== undefined && sameMember(before, member)) return []
    this.#put(member)
    const changes: Array<StateChange> = []
    if (before === undefined && this.#declared(member.name, member.queue) === undefined) {
      changes.push({ _tag: "MemberAdded", id })
    }
    changes.push({ _tag: "Member", id })
    const [first] = this.#byName.get(member.name)?.values() ?? []
    const moved =
      first === member && before !== undefined && deviceKey(before.stateInterface) !== deviceKey(member.stateInterface)
    if (before === undefined || before.paused !== member.paused || moved) {
      changes.push(...this.#computeMember(member.name, now, noEdit))
    }
    return changes
  }

  #memberRemoved(id: string, now: number): ReadonlyArray<StateChange> {
    this.#strangers.delete(id)
    const member = this.#members.get(id)
    if (member === undefined) return []
    this.#drop(member)
    const declared = this.#declared(member.name, member.queue) !== undefined
    const changes: Array<StateChange> = [declared ? { _tag: "Member", id } : { _tag: "MemberRemoved", id }]
    const lastQueue = !this.#byName.has(member.name)
    changes.push(
      ...this.#computeMember(member.name, now, (facts) => {
        if (lastQueue) endLogin(facts)
      })
    )
    return changes
  }

  #allMembers(members: ReadonlyArray<QueueMember>, now: number, missed: boolean): ReadonlyArray<StateChange> {
    const present = new Set(members.map((member) => memberId(member.name, member.queue)))
    const changes: Array<StateChange> = []
    this.#strangers.clear()
    for (const id of [...this.#members.keys()]) if (!present.has(id)) changes.push(...this.#memberRemoved(id, now))
    for (const member of members) changes.push(...this.#memberChanged(member, now))
    for (const [agentId, facts] of this.#agents) {
      const { first, idle } = this.#membership(agentId)
      // an agent whom a dialplan reported as logged in, but who is in no queue: the PBX wins
      const absent = facts.reported !== null && first === null
      // a queue call whose end was not heard; when it was is not known, so nothing is wrapped up
      const over = missed && facts.onAcdCall && idle
      if (!absent && !over) continue
      changes.push(
        ...this.#compute(agentId, now, () => {
          if (absent) facts.reported = null
          if (over) facts.onAcdCall = false
        })
      )
    }
    return changes
  }

  #completed(event: Extract<TelephonyEvent, { _tag: "AgentCompleted" }>, now: number): ReadonlyArray<StateChange> {
    const number = agentNumberOf(event.member)
    const agent = number === null ? undefined : this.#directory().agentsByNumber.get(number)
    if (agent === undefined) return []
    const member = this.#members.get(memberId(event.member, event.queue))
    const seconds = event.wrapUpSeconds ?? agent.wrapUpSeconds ?? member?.wrapUpSeconds ?? 0
    let turn = 0
    const changes: Array<StateChange> = [
      ...this.#compute(agent.id, now, (facts) => {
        facts.onAcdCall = false
        facts.wrapUp = seconds > 0
        turn = ++facts.turn
      })
    ]
    if (seconds > 0) changes.push({ _tag: "WrapUp", agentId: agent.id, seconds, turn })
    return changes
  }

  #lineCall(lineId: number, call: NonAcdCall | null, now: number): ReadonlyArray<StateChange> {
    const line = this.#directory().lines.get(lineId)
    const agentId = line === undefined ? null : this.agentOnLine(line.device)
    if (agentId === null) return []
    const before = this.#agents.get(agentId)?.nonAcdCall ?? null
    if (before?.direction === call?.direction && before?.internal === call?.internal) return []
    return this.#compute(agentId, now, (facts) => {
      facts.nonAcdCall = call
    })
  }

  #membership(agentId: number): {
    readonly queues: ReadonlyArray<string>
    readonly paused: number
    /** His phone is surely in no call, as every queue sees it. */
    readonly idle: boolean
    readonly first: QueueMember | null
  } {
    const number = this.#directory().agents.get(agentId)?.number
    const queues: Array<string> = []
    let paused = 0
    let idle = true
    let first: QueueMember | null = null
    for (const member of (number === undefined ? undefined : this.#byName.get(`Agent/${number}`))?.values() ?? []) {
      queues.push(member.queue)
      if (member.paused) paused++
      idle &&= IDLE.has(member.status)
      first ??= member
    }
    return { queues, paused, idle, first }
  }

  #computeMember(name: string, now: number, edit: (facts: AgentFacts) => void): ReadonlyArray<StateChange> {
    const number = agentNumberOf(name)
    const agent = number === null ? undefined : this.#directory().agentsByNumber.get(number)
    return agent === undefined ? [] : this.#compute(agent.id, now, edit)
  }

  #compute(agentId: number, now: number, edit: (facts: AgentFacts) => void): ReadonlyArray<StateChange> {
    if (!this.#directory().agents.has(agentId)) return []
    let facts = this.#agents.get(agentId)
    if (facts === undefined) {
      facts = {
        reported: null,
        onAcdCall: false,
        wrapUp: false,
        turn: 0,
        phone: null,
        nonAcdCall: null,
        availability: "logged_out",
        since: this.#started
      }
      this.#agents.set(agentId, facts)
    }
    const { queues, paused, first } = this.#membership(agentId)
    const phone = first === null ? null : deviceKey(first.stateInterface)
    // a call on the phone that he left is his no more
    if (phone !== facts.phone) facts.nonAcdCall = null
    facts.phone = phone
    edit(facts)
    const logged = first !== null || facts.reported !== null
    if (!logged) {
      facts.onAcdCall = false
      facts.nonAcdCall = null
    }
    const value = availability({
      logged,
      onAcdCall: facts.onAcdCall,
      nonAcdCall: facts.nonAcdCall,
      queues: queues.length,
      pausedQueues: paused,
      onWrapUp: facts.wrapUp
    })
    const login = (value === "logged_out") !== (facts.availability === "logged_out")
    if (value !== facts.availability) {
      facts.availability = value
      facts.since = now
    }
    return [{ _tag: "Agent", agentId, status: this.agent(agentId), login }]
  }
}

/** States of a member whose phone is in no call: not in use, invalid, unavailable. */
const IDLE: ReadonlySet<number> = new Set([1, 4, 5])

const noEdit = (): void => {}

const endLogin = (facts: AgentFacts): void => {
  facts.reported = null
  facts.wrapUp = false
  facts.turn++
}

/** What clients see of a membership, besides what the PBX says of it. */
const shown = ({ agentsByNumber, queuesByName, linesByDevice }: DirectorySnapshot, member: QueueMember) => {
  const line = linesByDevice.get(deviceKey(member.stateInterface))
  const agent = agentsByNumber.get(agentNumberOf(member.name) ?? "")
  return [agent?.id, queuesByName.get(member.queue)?.id, line?.id, line?.number, line?.context]
}

const usesDevice = (member: QueueMember, device: string): boolean =>
  deviceKey(member.stateInterface) === deviceKey(device) || deviceKey(member.interface) === deviceKey(device)

const sameMember = (a: QueueMember, b: QueueMember): boolean =>
  a.interface === b.interface &&
  a.stateInterface === b.stateInterface &&
  a.penalty === b.penalty &&
  a.callsTaken === b.callsTaken &&
  a.lastCall === b.lastCall &&
  a.status === b.status &&
  a.paused === b.paused &&
  a.wrapUpSeconds === b.wrapUpSeconds
