/** Members of the queues, as Asterisk lists and tells them (reference 9.2, 4.5). */
import { deviceKey } from "@ctid/core/directory/directory"
import { agentNumberOf } from "@ctid/core/telephony/agent_state"
import type { QueueMember, TelephonyEvent } from "@ctid/core/telephony/telephony"
import type { AmiMessage } from "./ami_message.ts"

const number = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined

const flag = (text: string | undefined): boolean | undefined =>
  text === undefined ? undefined : text === "1" || text.toLowerCase() === "true"

const nonEmpty = (text: string | undefined): string | undefined => (text === "" ? undefined : text)

/** A list item says `Name` and `Location` where an event says `MemberName` and `Interface`. */
const nameOf = (message: AmiMessage): string | undefined => nonEmpty(message.get("MemberName") ?? message.get("Name"))
const interfaceOf = (message: AmiMessage): string | undefined => nonEmpty(message.get("Interface") ?? message.get("Location"))

/** What the message says of a member; the rest as it was known. Null when it names no queue or no member. */
const read = (message: AmiMessage, known: QueueMember | undefined): QueueMember | null => {
  const queue = nonEmpty(message.get("Queue")) ?? known?.queue
  const memberInterface = interfaceOf(message) ?? known?.interface
  const name = nameOf(message) ?? known?.name ?? memberInterface
  if (queue === undefined || name === undefined) return null
  return {
    queue,
    name,
    interface: memberInterface ?? name,
    stateInterface: nonEmpty(message.get("StateInterface")) ?? known?.stateInterface ?? memberInterface ?? name,
    penalty: number(message.get("Penalty")) ?? known?.penalty ?? 0,
    callsTaken: number(message.get("CallsTaken")) ?? known?.callsTaken ?? 0,
    lastCall: number(message.get("LastCall")) ?? known?.lastCall ?? 0,
    status: number(message.get("Status")) ?? known?.status ?? 0,
    paused: flag(message.get("Paused")) ?? known?.paused ?? false,
    wrapUpSeconds: number(message.get("Wrapuptime")) ?? known?.wrapUpSeconds ?? 0
  }
}

const keyOf = (queue: string, memberInterface: string): string => `${queue}\n${memberInterface}`

export class QueueMembers {
  #members = new Map<string, QueueMember>()
  #listed = false

  /** All items of `QueueStatus`: who is not in it is a member no more. */
  replace(items: ReadonlyArray<AmiMessage>): void {
    this.#members = new Map()
    this.#listed = true
    for (const item of items) {
      const member = item.name.toLowerCase() === "queuemember" ? read(item, undefined) : null
      if (member !== null) this.expect(member)
    }
  }

  /** Every member of every queue, as one event; none before Asterisk has listed them. */
  all(): ReadonlyArray<TelephonyEvent> {
    return this.#listed ? [{ _tag: "QueueMembers", members: [...this.#members.values()] }] : []
  }

  /** A member that Asterisk has just been told to add, or has just told. */
  expect(member: QueueMember): void {
    this.#members.set(keyOf(member.queue, member.interface), member)
  }

  /** One that Asterisk has just been told to remove. */
  forget(queue: string, memberInterface: string): void {
    this.#members.delete(keyOf(queue, memberInterface))
  }

  /** The memberships of one name. */
  named(name: string): ReadonlyArray<QueueMember> {
    return [...this.#members.values()].filter((member) => member.name === name)
  }

  /** Who is in a queue with this interface. */
  at(queue: string, memberInterface: string): QueueMember | undefined {
    return this.#members.get(keyOf(queue, memberInterface))
  }

  /** An agent of another name who is logged in with one of these devices. */
  otherAgentWith(devices: ReadonlyArray<string>, name: string): QueueMember | undefined {
    const keys = new Set(devices.map(deviceKey))
    return [...this.#members.values()].find(
      (member) =>
        member.name !== name &&
        agentNumberOf(member.name) !== null &&
        (keys.has(deviceKey(member.interface)) || keys.has(deviceKey(member.stateInterface)))
    )
  }

  /** `QueueMemberAdded`, `Status`, `Pause`, `Penalty`, `Ringinuse`. */
  changed(message: AmiMessage): ReadonlyArray<TelephonyEvent> {
    const known = this.#known(message)
    const member = read(message, known)
    if (member === null) return []
    if (known === undefined && interfaceOf(message) === undefined) {
      // too little to make a member of; whoever knows him knows what it means
      const paused = flag(message.get("Paused"))
      return paused === undefined ? [] : [{ _tag: "QueueMemberPaused", queue: member.queue, name: member.name, paused }]
    }
    if (known !== undefined) this.forget(known.queue, known.interface)
    this.expect(member)
    return [{ _tag: "QueueMemberChanged", member }]
  }

  /** `QueueMemberRemoved`. */
  removed(message: AmiMessage): ReadonlyArray<TelephonyEvent> {
    const known = this.#known(message)
    const queue = message.get("Queue") ?? ""
    const name = nameOf(message) ?? known?.name ?? interfaceOf(message)
    if (queue === "" || name === undefined) return []
    this.forget(queue, interfaceOf(message) ?? known?.interface ?? name)
    // he may be in the queue with another phone too
    const other = this.named(name).find((member) => member.queue === queue)
    return [other === undefined ? { _tag: "QueueMemberRemoved", queue, name } : { _tag: "QueueMemberChanged", member: other }]
  }

  #known(message: AmiMessage): QueueMember | undefined {
    const queue = message.get("Queue") ?? ""
    const memberInterface = interfaceOf(message)
    if (memberInterface !== undefined) return this.#members.get(keyOf(queue, memberInterface))
    const name = nameOf(message)
    return name === undefined ? undefined : this.named(name).find((member) => member.queue === queue)
  }
}
