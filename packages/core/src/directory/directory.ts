/**
 * The door to what configuration declares: users, lines, agents, queues, voicemails, profiles, presence groups.
 * What the PBX keeps (do not disturb, forwards, who is logged in) is not here.
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { PresenceGroup } from "../presence/presence_group.ts"

/** How a user's secret is stored. Only `plain` can serve the hashed login of protocol 1.x (reference 2.5). */
export type StoredPassword =
  | { readonly kind: "hash"; readonly value: Redacted.Redacted }
  | { readonly kind: "plain"; readonly value: Redacted.Redacted }

export interface User {
  readonly id: number
  readonly uuid: string
  readonly firstName: string
  readonly lastName: string
  readonly fullName: string
  readonly login: string
  readonly password: StoredPassword
  /** False: may not sign in. */
  readonly enabled: boolean
  readonly profileId: number | null
  readonly agentId: number | null
  readonly voicemailId: number | null
  /** Ids of his lines, the main line first. */
  readonly lineIds: ReadonlyArray<number>
  readonly mobilePhoneNumber: string
  readonly voicemailEnabled: boolean
}

export interface Line {
  readonly id: number
  /** `sip`, `pjsip`, `sccp`, `iax2`, `dahdi`, `custom`: any channel technology, lower case. */
  readonly protocol: string
  /** Name of the endpoint within its technology. */
  readonly name: string
  /** The Asterisk device, such as `PJSIP/1003` or `Custom:1001`. Default `<PROTOCOL>/<name>`. */
  readonly device: string
  readonly context: string
  /** The extension it is called by. */
  readonly number: string
  readonly callerId: string | null
  /** The owner. */
  readonly userId: number | null
}

export interface Agent {
  readonly id: number
  /** He is `Agent/<number>` in the queues. */
  readonly number: string
  readonly firstName: string
  readonly lastName: string
  readonly context: string
  /** The queues he is put into when he logs in. */
  readonly queues: ReadonlyArray<{ readonly queue: string; readonly penalty: number }>
  /** Seconds of wrap-up after a queue call; null: what the queue member's `Wrapuptime` says. */
  readonly wrapUpSeconds: number | null
}

export interface CallQueue {
  readonly id: number
  /** Its name in Asterisk. */
  readonly name: string
  readonly displayName: string
  readonly number: string
  readonly context: string
  /** Members that are not agents and are always there, by member name (`PJSIP/1003`), with their penalty. */
  readonly staticMembers: ReadonlyArray<{ readonly member: string; readonly penalty: number }>
}

export interface Voicemail {
  readonly id: number
  readonly mailbox: string
  /** With `mailbox`, its full name: `1001@default`. */
  readonly context: string
}

/** A screen of the client: reference 2.7. */
export interface Xlet {
  readonly name: string
  readonly layout: "dock" | "grid" | "tab"
  readonly floating: boolean
  readonly closable: boolean
  readonly movable: boolean
  readonly scrollable: boolean
  readonly order: number
}

export interface Profile {
  readonly id: number
  readonly name: string
  readonly xlets: ReadonlyArray<Xlet>
  /** Name of a presence group. */
  readonly presenceGroup: string
  /** Name of a group of hint colours. */
  readonly hintGroup: string
  /** Services that the client offers: `enablednd`, `fwdunc`, `fwdbusy`, `fwdrna`, `incallfilter`. */
  readonly services: ReadonlyArray<string>
  /** Options merged into the client's settings (reference 13.6). */
  readonly preferences: Readonly<Record<string, unknown>>
}

/** What a client shows for an extension state (reference 5.5). */
export interface HintDisplay {
  readonly longName: string
  /** `#RRGGBB` */
  readonly color: string
}

/** Everything declared, as plain lists. `snapshotOf` makes it searchable. */
export interface DirectoryData {
  readonly serverUuid: string
  readonly users: ReadonlyArray<User>
  readonly lines: ReadonlyArray<Line>
  readonly agents: ReadonlyArray<Agent>
  readonly queues: ReadonlyArray<CallQueue>
  readonly voicemails: ReadonlyArray<Voicemail>
  readonly profiles: ReadonlyArray<Profile>
  readonly presenceGroups: ReadonlyArray<PresenceGroup>
  /** Group name -> extension state as text -> display. */
  readonly hintGroups: ReadonlyMap<string, ReadonlyMap<string, HintDisplay>>
}

/** The declared objects with their indexes. Immutable: a change is a new snapshot. */
export interface DirectorySnapshot {
  readonly data: DirectoryData
  readonly serverUuid: string
  readonly users: ReadonlyMap<number, User>
  readonly usersByLogin: ReadonlyMap<string, User>
  readonly usersByUuid: ReadonlyMap<string, User>
  readonly usersByAgent: ReadonlyMap<number, User>
  readonly lines: ReadonlyMap<number, Line>
  /** Key: `lineKey(number, context)`. */
  readonly linesByExtension: ReadonlyMap<string, Line>
  /** Key: `deviceKey(device)`. */
  readonly linesByDevice: ReadonlyMap<string, Line>
  readonly agents: ReadonlyMap<number, Agent>
  readonly agentsByNumber: ReadonlyMap<string, Agent>
  readonly queues: ReadonlyMap<number, CallQueue>
  readonly queuesByName: ReadonlyMap<string, CallQueue>
  readonly voicemails: ReadonlyMap<number, Voicemail>
  /** Key: `mailbox@context`. */
  readonly voicemailsByName: ReadonlyMap<string, Voicemail>
  readonly profiles: ReadonlyMap<number, Profile>
  readonly presenceGroups: ReadonlyMap<string, PresenceGroup>
  readonly hintGroups: ReadonlyMap<string, ReadonlyMap<string, HintDisplay>>
}

/** Key of `linesByExtension`. */
export const lineKey = (number: string, context: string): string => `${number}@${context}`

/** Key of `linesByDevice`: case does not count, and PJSIP is treated as SIP (reference 9.2, `ExtensionStatus`). */
export const deviceKey = (device: string): string => {
  const key = device.toLowerCase()
  return key.startsWith("pjsip/") ? key.slice(2) : key
}

const index = <A, K>(items: ReadonlyArray<A>, key: (item: A) => K | null): ReadonlyMap<K, A> => {
  const map = new Map<K, A>()
  for (const item of items) {
    const k = key(item)
    if (k !== null && !map.has(k)) map.set(k, item)
  }
  return map
}

/** Indexes what is declared. Where two objects share a key, the first wins; validation refuses that earlier. */
export const snapshotOf = (data: DirectoryData): DirectorySnapshot => ({
  data,
  serverUuid: data.serverUuid,
  users: index(data.users, (user) => user.id),
  usersByLogin: index(data.users, (user) => user.login),
  usersByUuid: index(data.users, (user) => user.uuid),
  usersByAgent: index(data.users, (user) => user.agentId),
  lines: index(data.lines, (line) => line.id),
  linesByExtension: index(data.lines, (line) => lineKey(line.number, line.context)),
  linesByDevice: index(data.lines, (line) => deviceKey(line.device)),
  agents: index(data.agents, (agent) => agent.id),
  agentsByNumber: index(data.agents, (agent) => agent.number),
  queues: index(data.queues, (queue) => queue.id),
  queuesByName: index(data.queues, (queue) => queue.name),
  voicemails: index(data.voicemails, (voicemail) => voicemail.id),
  voicemailsByName: index(data.voicemails, (voicemail) => `${voicemail.mailbox}@${voicemail.context}`),
  profiles: index(data.profiles, (profile) => profile.id),
  presenceGroups: index(data.presenceGroups, (group) => group.name),
  hintGroups: data.hintGroups
})

/** The main line of a user, or null: his first line that exists (reference 6.2). */
export const mainLine = (snapshot: DirectorySnapshot, user: User): Line | null => {
  for (const id of user.lineIds) {
    const line = snapshot.lines.get(id)
    if (line !== undefined) return line
  }
  return null
}

/** The lines of a user, the main line first; none that has become somebody else's. */
export const linesOf = (snapshot: DirectorySnapshot, user: User): ReadonlyArray<Line> =>
  user.lineIds.flatMap((id) => {
    const line = snapshot.lines.get(id)
    return line?.userId === user.id ? [line] : []
  })

/** Tells what is declared now, and when that changes. */
export class Directory extends Context.Service<
  Directory,
  {
    /** The present snapshot. Synchronous: every decision reads it afresh. */
    readonly current: () => DirectorySnapshot
    /** Each new snapshot after this moment. */
    readonly changes: Stream.Stream<DirectorySnapshot>
  }
>()("@ctid/core/Directory") {
  /** What is declared once and never changes. */
  static readonly layer = (data: DirectoryData): Layer.Layer<Directory> => {
    const snapshot = snapshotOf(data)
    return Layer.succeed(Directory, Directory.of({ current: () => snapshot, changes: Stream.never }))
  }
}
