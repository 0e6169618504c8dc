/** What is different between two configurations: what a reload has to tell, open, close and forget. */
import type { DirectoryData, HintDisplay } from "../directory/directory.ts"
import type { PresenceGroup } from "../presence/presence_group.ts"
import { memberId } from "../telephony/agent_state.ts"
import type { CtidConfig, ListenersConfig } from "./config_model.ts"
import { sameValue } from "./same_value.ts"
import type { ServerSettings } from "./settings.ts"

/** Objects of one kind, by their key. `added` and `changed` hold them as they are declared now. */
export interface ObjectChanges<K, A> {
  readonly added: ReadonlyMap<K, A>
  readonly changed: ReadonlyMap<K, A>
  readonly removed: ReadonlySet<K>
}

/** A queue member that is declared: of an agent's queues, or of a queue's static members. */
export interface DeclaredMember {
  readonly penalty: number
}

/** The lists under the names that clients know them by, then the rest. The order in which objects are declared is no difference. */
export interface DirectoryDifference {
  readonly lists: {
    readonly users: ObjectChanges<number, DirectoryData["users"][number]>
    readonly phones: ObjectChanges<number, DirectoryData["lines"][number]>
    readonly agents: ObjectChanges<number, DirectoryData["agents"][number]>
    readonly queues: ObjectChanges<number, DirectoryData["queues"][number]>
    readonly voicemails: ObjectChanges<number, DirectoryData["voicemails"][number]>
    /** By `Agent/2001,support`. */
    readonly queuemembers: ObjectChanges<string, DeclaredMember>
  }
  readonly profiles: ObjectChanges<number, DirectoryData["profiles"][number]>
  readonly presenceGroups: ObjectChanges<string, PresenceGroup>
  readonly hintGroups: ObjectChanges<string, ReadonlyMap<string, HintDisplay>>
  /** The new one, or null: it is the same. */
  readonly serverUuid: string | null
}

const changesOf = <K, A>(before: ReadonlyMap<K, A>, after: ReadonlyMap<K, A>): ObjectChanges<K, A> => {
  const added = new Map<K, A>()
  const changed = new Map<K, A>()
  for (const [key, item] of after) {
    const known = before.get(key)
    if (known === undefined) added.set(key, item)
    else if (!sameValue(known, item)) changed.set(key, item)
  }
  return { added, changed, removed: new Set([...before.keys()].filter((key) => !after.has(key))) }
}

const byId = <A extends { readonly id: number }>(items: ReadonlyArray<A>): ReadonlyMap<number, A> =>
  new Map(items.map((item) => [item.id, item]))

const byName = <A extends { readonly name: string }>(items: ReadonlyArray<A>): ReadonlyMap<string, A> =>
  new Map(items.map((item) => [item.name, item]))

/** Every declared member of every queue, by `Agent/2001,support`. */
export const declaredMembers = (data: DirectoryData): ReadonlyMap<string, DeclaredMember> =>
  new Map([
    ...data.agents.flatMap(({ number, queues }) =>
      queues.map(({ queue, penalty }) => [memberId(`Agent/${number}`, queue), { penalty }] as const)
    ),
    ...data.queues.flatMap(({ name, staticMembers }) =>
      staticMembers.map(({ member, penalty }) => [memberId(member, name), { penalty }] as const)
    )
  ])

export const directoryDifference = (before: DirectoryData, after: DirectoryData): DirectoryDifference => ({
  lists: {
    users: changesOf(byId(before.users), byId(after.users)),
    phones: changesOf(byId(before.lines), byId(after.lines)),
    agents: changesOf(byId(before.agents), byId(after.agents)),
    queues: changesOf(byId(before.queues), byId(after.queues)),
    voicemails: changesOf(byId(before.voicemails), byId(after.voicemails)),
    queuemembers: changesOf(declaredMembers(before), declaredMembers(after))
  },
  profiles: changesOf(byId(before.profiles), byId(after.profiles)),
  presenceGroups: changesOf(byName(before.presenceGroups), byName(after.presenceGroups)),
  hintGroups: changesOf(before.hintGroups, after.hintGroups),
  serverUuid: before.serverUuid === after.serverUuid ? null : after.serverUuid
})

export const isNothing = <K, A>({ added, changed, removed }: ObjectChanges<K, A>): boolean =>
  added.size + changed.size + removed.size === 0

/** Every kind of object of a difference, by the name under which a person knows it. */
const kinds = ({ lists, profiles, presenceGroups, hintGroups }: DirectoryDifference) => ({
  ...lists,
  profiles,
  "presence groups": presenceGroups,
  "hint groups": hintGroups
})

export const isSameDirectory = (difference: DirectoryDifference): boolean =>
  difference.serverUuid === null && Object.values(kinds(difference)).every((changes) => isNothing<unknown, unknown>(changes))

/** `users +1 ~2 -0, queues +0 ~1 -0`; nothing for kinds that are the same. */
export const describeDifference = (difference: DirectoryDifference): string =>
  Object.entries(kinds(difference))
    .filter(([, changes]) => !isNothing<unknown, unknown>(changes))
    .map(([kind, { added, changed, removed }]) => `${kind} +${added.size} ~${changed.size} -${removed.size}`)
    .join(", ")

/** Names of the options that have another value. */
const changedKeys = <A extends object>(before: A, after: A): ReadonlyArray<keyof A> =>
  // the keys of an interface without further ones
  (Object.keys(after) as Array<keyof A>).filter((key) => !sameValue(before[key], after[key]))

/** What is different between two whole configurations. */
export interface ConfigDifference {
  readonly directory: DirectoryDifference
  readonly settings: ReadonlyArray<keyof ServerSettings>
  readonly listeners: ReadonlyArray<keyof ListenersConfig>
  readonly tls: boolean
  /** The link to Asterisk has to be made anew. */
  readonly link: boolean
  readonly passwords: boolean
  readonly log: boolean
}

export const configDifference = (before: CtidConfig, after: CtidConfig): ConfigDifference => ({
  directory: directoryDifference(before.directory, after.directory),
  settings: changedKeys(before.settings, after.settings),
  listeners: changedKeys(before.listeners, after.listeners),
  tls: !sameValue(before.tls, after.tls),
  link: !sameValue([before.ami, before.telephony], [after.ami, after.telephony]),
  passwords: !sameValue(before.passwords, after.passwords),
  log: !sameValue(before.log, after.log)
})
