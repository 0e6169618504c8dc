/**
 * What the server knows of the PBX: phones, agents, queue members, services, voicemails. One writer; every event of the
 * `Telephony` door answers the changes that follow from it.
 */
import { type DirectorySnapshot, deviceKey, type Line, lineKey, mainLine, type User } from "../directory/directory.ts"
import { AgentState } from "./agent_state.ts"
import { noServices, type ServicesChange, type StateChange, type UserServices } from "./state_change.ts"
import type { Forward, ForwardKind, LineServices, TelephonyEvent } from "./telephony.ts"

/** State of a phone of which nothing is known: unavailable (reference 5.5). */
export const UNKNOWN_HINT = 4

const FORWARDS: ReadonlyArray<ForwardKind> = ["unconditional", "busy", "noAnswer"]

export class TelephonyState {
  /** Agents and queue members. */
  readonly agents: AgentState
  readonly #directory: () => DirectorySnapshot
  readonly #phones = new Map<number, number>()
  readonly #services = new Map<number, UserServices>()
  readonly #voicemails = new Map<number, string>()
  #up = false

  /** `started`: the server's start, in seconds since the epoch. */
  constructor(directory: () => DirectorySnapshot, started: number) {
    this.#directory = directory
    this.agents = new AgentState(directory, started)
  }

  get up(): boolean {
    return this.#up
  }

  phone(lineId: number): number {
    return this.#phones.get(lineId) ?? UNKNOWN_HINT
  }

  /** Number of new messages as AMI gave it, null before anything is known. */
  voicemail(id: number): string | null {
    return this.#voicemails.get(id) ?? null
  }

  services(userId: number): UserServices {
    return this.#services.get(userId) ?? noServices
  }

  /** A service set by us, not by the PBX: always a change (reference 5.2). */
  setServices(userId: number, services: ServicesChange): StateChange {
    this.#services.set(userId, { ...this.services(userId), ...services })
    return { _tag: "Services", userId, services }
  }

  /** `now` in seconds since the epoch. */
  apply(event: TelephonyEvent, now: number): ReadonlyArray<StateChange> {
    switch (event._tag) {
      case "LinkChanged": {
        const up = event.state === "up"
        if (up === this.#up) return []
        this.#up = up
        return [{ _tag: "Link", up }]
      }
      case "EndpointState":
        if (!this.#directory().lines.has(event.lineId) || this.phone(event.lineId) === event.state) return []
        this.#phones.set(event.lineId, event.state)
        return [{ _tag: "Phone", lineId: event.lineId, state: event.state }]
      case "LineServicesChanged":
        return this.#lineServices(event.lineId, event.services)
      case "VoicemailCount":
        if (!this.#directory().voicemails.has(event.voicemailId)) return []
        if (this.#voicemails.get(event.voicemailId) === event.newMessages) return []
        this.#voicemails.set(event.voicemailId, event.newMessages)
        return [{ _tag: "Voicemail", voicemailId: event.voicemailId, newMessages: event.newMessages }]
      // Presence decides what comes of it
      case "PresenceSet":
        return []
      default:
        return this.agents.apply(event, now, !this.#up)
    }
  }

  /**
   * The directory is another than `before`: what is gone, or is another phone or mailbox now, is forgotten. Answers what that changes
   * for clients, but for objects that are gone. `now` in seconds since the epoch.
   */
  adopt(before: DirectorySnapshot, now: number): ReadonlyArray<StateChange> {
    const directory = this.#directory()
    const changes: Array<StateChange> = []
    for (const [lineId, state] of [...this.#phones]) {
      const line = directory.lines.get(lineId)
      if (samePhone(before.lines.get(lineId), line)) continue
      this.#phones.delete(lineId)
      if (line !== undefined && state !== UNKNOWN_HINT) changes.push({ _tag: "Phone", lineId, state: UNKNOWN_HINT })
    }
    for (const [voicemailId, newMessages] of [...this.#voicemails]) {
      const [then, voicemail] = [before.voicemails.get(voicemailId), directory.voicemails.get(voicemailId)]
      if (voicemail !== undefined && then?.mailbox === voicemail.mailbox && then.context === voicemail.context) continue
      this.#voicemails.delete(voicemailId)
      if (voicemail !== undefined && newMessages !== "0") changes.push({ _tag: "Voicemail", voicemailId, newMessages: "0" })
    }
    for (const userId of [...this.#services.keys()]) changes.push(...this.#adoptServices(before, userId))
    return [...changes, ...this.agents.adopt(before, now)]
  }

  /** What the PBX keeps belongs to the main line; another one has its own, which the next reading of the PBX tells. */
  #adoptServices(before: DirectorySnapshot, userId: number): ReadonlyArray<StateChange> {
    const directory = this.#directory()
    const [then, user] = [before.users.get(userId), directory.users.get(userId)]
    if (user === undefined) {
      this.#services.delete(userId)
      return []
    }
    const line = mainLine(directory, user)
    if (then !== undefined && samePhone(mainLine(before, then) ?? undefined, line ?? undefined)) return []
    const services = this.services(userId)
    const change: { -readonly [K in keyof ServicesChange]: ServicesChange[K] } = {}
    if (services.doNotDisturb) change.doNotDisturb = false
    for (const kind of FORWARDS) if (!sameForward(services[kind], noServices[kind])) change[kind] = noServices[kind]
    return Object.keys(change).length === 0 ? [] : [this.setServices(userId, change)]
  }

  #lineServices(lineId: number, services: LineServices): ReadonlyArray<StateChange> {
    const directory = this.#directory()
    const user = ownerOf(directory, lineId)
    if (user === null) return []
    const before = this.services(user.id)
    const change: { -readonly [K in keyof ServicesChange]: ServicesChange[K] } = {}
    if (services.doNotDisturb !== undefined && services.doNotDisturb !== before.doNotDisturb) {
      change.doNotDisturb = services.doNotDisturb
    }
    for (const kind of FORWARDS) {
      const forward = services[kind]
      if (forward === undefined) continue
      // the PBX forgets the destination of a forward that is off; we keep the last one for the client's form
      if (forward.enabled ? sameForward(forward, before[kind]) : !before[kind].enabled) continue
      change[kind] = forward.enabled ? forward : { enabled: false, destination: before[kind].destination }
    }
    return Object.keys(change).length === 0 ? [] : [this.setServices(user.id, change)]
  }
}

const sameForward = (a: Forward, b: Forward): boolean => a.enabled === b.enabled && a.destination === b.destination

/** The same device, called by the same number; also two that are not there. */
const samePhone = (a: Line | undefined, b: Line | undefined): boolean =>
  a === undefined || b === undefined
    ? a === b
    : a.id === b.id &&
      deviceKey(a.device) === deviceKey(b.device) &&
      lineKey(a.number, a.context) === lineKey(b.number, b.context)

/** The user whose main line this is. */
const ownerOf = (directory: DirectorySnapshot, lineId: number): User | null => {
  const line = directory.lines.get(lineId)
  const user = line?.userId == null ? undefined : directory.users.get(line.userId)
  return user !== undefined && mainLine(directory, user)?.id === lineId ? user : null
}
