/** An office as it has to be: the specification of a user's presence and of parting, put together for many people. */
import { initialPresence, type PresenceEvent, type PresenceGroup, type PresenceState } from "@ctid/core"
import { maySee, type Partition, placeOf, type Subject } from "../parting/specification.ts"
import { type Actions, specified } from "../presence/specification.ts"
import { agentIdOf, agentNumberOf, lineIdOf, type Office, officeDirectory, type Person, userIdOf } from "./office.ts"
import type { AgentMove, Request, Status } from "./office_system.ts"

/** A client's connection. `in`: it has signed in and not logged out. */
interface Session {
  readonly name: string
  readonly in: boolean
  /** What it has registered for, as `users 3`. */
  readonly registered: Set<string>
}

/** What a happening comes to. */
export interface Expected {
  /** What is told, to all who may see it, in this order. */
  readonly told: ReadonlyArray<Status>
  /** What the PBX is asked. */
  readonly asked: ReadonlyArray<string>
  /** The session that is told that it may not, and what its user's presence is. */
  readonly refused: number | null
}

const nothing: Expected = { told: [], asked: [], refused: null }

/** A phone of which nothing is known. */
const UNKNOWN_PHONE = "4"

const together = (all: ReadonlyArray<Expected>): Expected => ({
  told: all.flatMap(({ told }) => told),
  asked: all.flatMap(({ asked }) => asked),
  refused: null
})

/** Of who has no profile. */
const emptyGroup: PresenceGroup = {
  name: "",
  presences: new Map([["disconnected", { name: "disconnected", longName: "", color: "", allowed: null, actions: [] }]])
}

/** Extension states of a phone with a call that was taken (reference 5.5). */
const IN_USE = ["1", "2", "9", "16"]

/** What the PBX says of an agent, as he is told. Null: a reload gave him other queues, and who knows. */
type Availability = "logged_out" | "available" | "unavailable" | null

/** Whoever is paused in a queue, or not any more, is a member of it. */
const AFTER: Readonly<Record<AgentMove, Availability>> = {
  "logs in": "available",
  "logs off": "logged_out",
  "is paused": "unavailable",
  "is unpaused": "available"
}

/** A presence that is taken by who does nothing for so many seconds. */
interface Idling {
  readonly presence: string
  readonly after: number
}

const idlingIn = (group: PresenceGroup): Idling | null => {
  const found = [...group.presences.values()].find(({ automatic }) => automatic === "idle")
  return found === undefined ? null : { presence: found.name, after: (found.idleAfter ?? 0) / 1000 }
}

/** Whether somebody looks each second for who does nothing. */
export const watches = ({ groups }: Office): boolean => groups.some((group) => idlingIn(group) !== null)

export class OfficeModel {
  office: Office
  readonly sessions = new Map<number, Session>()
  /** Sessions of people whom a reload took away, or their profile: the server has to end them. */
  readonly removed = new Map<number, string>()
  /** How many sessions there have been. */
  opened = 0
  /** Seconds that have passed. */
  now = 0
  #partition: Partition
  #users = new Map<string, PresenceState>()
  #phones = new Map<number, string>()
  #agents = new Map<string, Availability>()
  /** Who was found on the phone. */
  #talking = new Set<string>()
  /** While somebody looks: when those who are there did something last. */
  #active = new Map<string, number>()
  /** Who was found to do nothing. */
  #idle = new Set<string>()
  /** The PBX has hung, once. */
  hung = false
  /** Somebody has looked each second, once. */
  watched: boolean

  constructor(office: Office) {
    this.office = office
    this.#partition = partitionOf(office)
    this.watched = watches(office)
  }

  person(name: string): Person | undefined {
    return this.office.people.find((person) => person.name === name)
  }

  groupOf(name: string): PresenceGroup {
    const group = this.person(name)?.group ?? null
    return (group === null ? undefined : this.office.groups[group]) ?? emptyGroup
  }

  presence(name: string): string {
    return this.state(name).presence
  }

  phone(lineId: number): string {
    return this.#phones.get(lineId) ?? UNKNOWN_PHONE
  }

  agent(name: string): Availability {
    const known = this.#agents.get(name)
    return known === undefined ? "logged_out" : known
  }

  /** Ids of a list, as far as the person may see them. */
  visible(name: string, list: Status["list"]): ReadonlyArray<number> {
    const { agents, lines, users } = this.#partition.directory
    const ids = { users, phones: lines, agents }[list].map(({ id }) => id)
    return ids.filter((id) => this.maySee(name, { list, id }))
  }

  maySee(name: string, subject: Subject): boolean {
    return maySee(this.#partition, userIdOf(name), subject)
  }

  /** With separation on, a user without line does nothing (reference 6.4). */
  mayAct(name: string): boolean {
    return !this.office.separation || placeOf(this.#partition, { list: "users", id: userIdOf(name) }) !== null
  }

  signIn(session: number, name: string, presence: string): Expected {
    this.opened = session
    this.sessions.set(session, { name, in: true, registered: new Set() })
    this.#active.set(name, this.now)
    return this.#happens(name, { _tag: "LoggedIn", session, presence })
  }

  choose(session: number, request: Request): Expected {
    const { name, in: isIn } = this.#session(session)
    if (!isIn || !this.mayAct(name)) return nothing
    this.#active.set(name, this.now)
    return this.#happens(name, { _tag: "Requested", ...request }, session)
  }

  logOut(session: number): Expected {
    const { name, in: isIn, registered } = this.#session(session)
    if (!isIn) return nothing
    this.sessions.set(session, { name, in: false, registered })
    return this.#happens(name, { _tag: "LoggedOut", session })
  }

  /** It registers for all that it sees. */
  register(session: number): void {
    const { name, registered } = this.#session(session)
    for (const list of ["users", "phones"] as const) for (const id of this.visible(name, list)) registered.add(`${list} ${id}`)
  }

  /** What a session is told of these: by its lists, and again where it has registered. */
  toldTo(session: number, told: ReadonlyArray<Status>): ReadonlyArray<Status> {
    const { name, registered } = this.#session(session)
    return told
      .filter((status) => this.maySee(name, status))
      .flatMap((status) =>
        registered.has(`${status.list} ${status.id}`) ? [status, { ...status, registered: true }] : [status]
      )
  }

  hangUp(session: number): Expected {
    const { name, in: isIn } = this.#session(session)
    this.sessions.delete(session)
    return isIn ? this.#happens(name, { _tag: "LinkLost", session }) : nothing
  }

  impose(name: string, presence: string): Expected {
    return this.#happens(name, { _tag: "Imposed", presence })
  }

  /** Presences end, each at its time, and people are found to do nothing. */
  passTime(seconds: number): Expected {
    const all: Array<Expected> = []
    const end = this.now + seconds
    while (this.now < end) {
      this.now++
      all.push(...this.#expire())
      if (watches(this.office)) all.push(this.#look())
    }
    return together(all)
  }

  #expire(): ReadonlyArray<Expected> {
    return [...this.#users].flatMap(([name, { terms }]) => {
      const until = terms?.end?._tag === "At" ? terms.end.until : null
      if (until === null || until > this.now) return []
      return [this.#happens(name, { _tag: "Expired", until }), this.#findAgain(name)]
    })
  }

  /** His presence has ended without him: he may be on the phone still, or do nothing. */
  #findAgain(name: string): Expected {
    this.#idle.delete(name)
    const person = this.person(name)
    return person !== undefined && this.#talking.delete(name) ? this.#listenTo(person) : nothing
  }

  /** Who does nothing, signed in and on no phone, for so long. */
  #look(): Expected {
    const isThere = (name: string): boolean => this.state(name).sessions.size > 0
    return together(
      this.office.people.map((person) => {
        const { name } = person
        const idling = idlingIn(this.groupOf(name))
        const since = this.#talks(person) ? this.now : (this.#active.get(name) ?? this.now)
        if (isThere(name)) this.#active.set(name, since)
        else this.#active.delete(name)
        const isIdle = isThere(name) && idling !== null && this.now - since >= idling.after
        if (isIdle === this.#idle.has(name)) return nothing
        if (!isIdle) {
          this.#idle.delete(name)
          return this.#happens(name, { _tag: "Released", cause: "idle" })
        }
        this.#idle.add(name)
        return this.#happens(name, { _tag: "Held", cause: "idle", presence: idling.presence })
      })
    )
  }

  #talks({ lines, name }: Person): boolean {
    return lines.some((_, at) => IN_USE.includes(this.phone(lineIdOf(name, at))))
  }

  moveAgent(name: string, move: AgentMove): void {
    if (this.agent(name) !== null) this.#agents.set(name, AFTER[move])
  }

  setPhone(lineId: number, state: string): Expected {
    if (this.phone(lineId) === state) return nothing
    this.#phones.set(lineId, state)
    const rings: Expected = { ...nothing, told: [{ list: "phones", id: lineId, value: state }] }
    const owner = this.office.people.find(({ lines, name }) => lines.some((_, at) => lineIdOf(name, at) === lineId))
    return owner === undefined ? rings : together([rings, this.#listenTo(owner)])
  }

  /** The first call holds him in the presence that his group has for it, the end of the last one releases him. */
  #listenTo(person: Person): Expected {
    const { name } = person
    const talks = this.#talks(person)
    if (talks === this.#talking.has(name)) return nothing
    this.#active.set(name, this.now)
    if (!talks) {
      this.#talking.delete(name)
      return this.#happens(name, { _tag: "Released", cause: "phone" })
    }
    this.#talking.add(name)
    const held = [...this.groupOf(name).presences.values()].find(({ automatic }) => automatic === "on_the_phone")
    return held === undefined ? nothing : this.#happens(name, { _tag: "Held", cause: "phone", presence: held.name })
  }

  /** Everybody is where the new office lets him be. Who may not sign in any more has no session either. */
  reload(office: Office): Expected {
    const was = new Map(this.office.people.map((person) => [person.name, { person, group: this.groupOf(person.name) }]))
    const before = this.#partition
    const hadWatched = watches(this.office)
    this.office = office
    this.watched ||= watches(office)
    this.#partition = partitionOf(office)
    const regrouped: Array<Expected> = []
    for (const id of [...this.#phones.keys()]) {
      const subject: Subject = { list: "phones", id }
      if (placeOf(before, subject) !== placeOf(this.#partition, subject)) this.#phones.delete(id)
    }
    for (const name of [...this.#users.keys()]) {
      if (this.person(name) === undefined) {
        this.#users.delete(name)
        continue
      }
      const replaced = this.#happens(name, { _tag: "Regrouped", before: was.get(name)?.group ?? emptyGroup })
      regrouped.push(replaced)
      if (replaced.told.length > 0) regrouped.push(this.#findAgain(name))
    }
    for (const name of this.#agents.keys()) {
      if ((was.get(name)?.person.agent ?? null) !== (this.person(name)?.agent ?? null)) this.#agents.set(name, null)
    }
    for (const [session, { name, registered }] of [...this.sessions]) {
      if (!this.#maySignIn(name)) {
        if (this.person(name) !== undefined) regrouped.push(this.hangUp(session))
        this.sessions.delete(session)
        this.removed.set(session, name)
      }
      // registrations go with their objects, not with the sight of them
      for (const item of registered) if (!this.#isDeclared(item)) registered.delete(item)
    }
    for (const name of [...this.#talking]) {
      const person = this.person(name)
      if (person === undefined) this.#talking.delete(name)
      else regrouped.push(this.#listenTo(person))
    }
    if (watches(office) !== hadWatched) {
      this.#active.clear()
      regrouped.push(this.#look())
    }
    return together(regrouped)
  }

  #maySignIn(name: string): boolean {
    return (this.person(name)?.group ?? null) !== null
  }

  #isDeclared(item: string): boolean {
    const { lines, users } = this.#partition.directory
    const [list, id] = item.split(" ")
    return (list === "users" ? users : lines).some((one) => one.id === Number(id))
  }

  #session(session: number): Session {
    return this.sessions.get(session) ?? { name: "", in: false, registered: new Set() }
  }

  state(name: string): PresenceState {
    return this.#users.get(name) ?? initialPresence
  }

  #happens(name: string, event: PresenceEvent, asking: number | null = null): Expected {
    const outcome = specified(this.groupOf(name), this.office.rules, this.state(name), event)
    this.#users.set(name, outcome.state)
    if (outcome.refused) return { ...nothing, refused: asking }
    if (outcome.published === null) return nothing
    return {
      told: [{ list: "users", id: userIdOf(name), value: outcome.published }],
      asked: this.mayAct(name) ? asksOf(this.office, name, outcome.actions, outcome.published) : [],
      refused: null
    }
  }
}

/** What a change of somebody's presence asks of the PBX: its actions, and then the queue log (reference 5.3, 5.4). */
export const asksOf = (office: Office, name: string, actions: Actions, published: string): ReadonlyArray<string> => {
  const person = office.people.find((one) => one.name === name)
  const lines = person?.lines.flatMap((context, at) => (context === null ? [] : [lineIdOf(name, at)])) ?? []
  const agent = person?.agent == null ? [] : [agentNumberOf(name)]
  const asks = actions.flatMap(([action, parameter]) => {
    switch (action) {
      case "enablednd":
        return lines.map((id) => `do not disturb ${parameter === "true" ? "on" : "off"}, line ${id}`)
      case "queuepause_all":
        return agent.map((number) => `pause ${number}`)
      case "queueunpause_all":
        return agent.map((number) => `unpause ${number}`)
      case "agentlogoff":
        return agent.map((number) => `log off ${number}`)
      default:
        return []
    }
  })
  return [...asks, ...agent.map((number) => `log ${published} of ${number}`)]
}

const partitionOf = (office: Office): Partition => ({ directory: officeDirectory(office), separation: office.separation })

/** Names and ids of the agents of an office. */
export const agentsOf = (office: Office): ReadonlyArray<readonly [name: string, id: number]> =>
  office.people.flatMap(({ agent, name }) => (agent === null ? [] : [[name, agentIdOf(name)] as const]))
