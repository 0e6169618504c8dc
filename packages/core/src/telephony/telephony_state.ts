/**
 * What the server knows of the PBX: phones, agents, queue members, services, voicemails. One writer; every event of the
 * `Telephony` door answers the changes that follow from it.
 */
import { type DirectorySnapshot, mainLine, type User } from "../directory/directory.ts"
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
        if (this.phone(event.lineId) === event.state) return []
        this.#phones.set(event.lineId, event.state)
        return [{ _tag: "Phone", lineId: event.lineId, state: event.state }]
      case "LineServicesChanged":
        return this.#lineServices(event.lineId, event.services)
      case "VoicemailCount":
        if (this.#voicemails.get(event.voicemailId) === event.newMessages) return []
        this.#voicemails.set(event.voicemailId, event.newMessages)
        return [{ _tag: "Voicemail", voicemailId: event.voicemailId, newMessages: event.newMessages }]
      default:
        return this.agents.apply(event, now)
    }
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

/** The user whose main line this is. */
const ownerOf = (directory: DirectorySnapshot, lineId: number): User | null => {
  const line = directory.lines.get(lineId)
  const user = line?.userId == null ? undefined : directory.users.get(line.userId)
  return user !== undefined && mainLine(directory, user)?.id === lineId ? user : null
}
