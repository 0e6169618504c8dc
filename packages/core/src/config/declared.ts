/** The lists and groups of a configuration, each item decoded by itself so that one refused item hides no other problem. */
import type { HintDisplay } from "../directory/directory.ts"
import type { PresenceGroup } from "../presence/presence_group.ts"
import { decoder, refuse, refuseKey, type Source } from "./decode.ts"
import * as items from "./directory_sections.ts"
import { factoryHintGroup, factoryPresenceGroup, factoryProfile } from "./factory.ts"
import { ExternalServer } from "./server_sections.ts"

/** An accepted item and its place in the list. */
export interface Item<A> {
  readonly index: number
  readonly value: A
}

/** A list of the file. */
export interface List<A> {
  readonly name: string
  readonly accepted: ReadonlyArray<Item<A>>
  /** Values of `key` in all items, refused ones too: what others may refer to without a second complaint. */
  readonly rawValues: (key: string) => ReadonlySet<unknown>
}

export type UserItem = (typeof items.UserItem)["Type"]
export type LineItem = (typeof items.LineItem)["Type"]
export type AgentItem = (typeof items.AgentItem)["Type"]
export type QueueItem = (typeof items.QueueItem)["Type"]
export type VoicemailItem = (typeof items.VoicemailItem)["Type"]
export type ProfileItem = (typeof items.ProfileItem)["Type"]

/** Everything that a file declares, in its own words, before it is checked as a whole. */
export interface Declared {
  readonly users: List<UserItem>
  readonly lines: List<LineItem>
  readonly agents: List<AgentItem>
  readonly queues: List<QueueItem>
  readonly voicemails: List<VoicemailItem>
  readonly profiles: List<ProfileItem>
  readonly presenceGroups: ReadonlyMap<string, PresenceGroup>
  readonly hintGroups: ReadonlyMap<string, ReadonlyMap<string, HintDisplay>>
}

type Raw = Readonly<Record<string, unknown>>

/** A mapping of the file, or null. */
export const asMapping = (value: unknown): Raw | null =>
  // An object that is no list came from a mapping of the file.
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Raw) : null

type Decode<A> = ReturnType<typeof decoder<A>>

const readList = <A>(source: Source, root: Raw, name: string, decode: Decode<A>): List<A> => {
  const raw = root[name] ?? []
  if (!Array.isArray(raw)) refuse(source, [name], "a list")
  const entries: ReadonlyArray<unknown> = Array.isArray(raw) ? raw : []
  const accepted: Array<Item<A>> = []
  entries.forEach((entry, index) => {
    const value = decode(source, [name, index], entry)
    if (value !== undefined) accepted.push({ index, value })
  })
  return { name, accepted, rawValues: (key) => new Set(entries.map((entry) => asMapping(entry)?.[key])) }
}

/** The mappings in a mapping: name -> mapping. */
export const readGroups = (source: Source, root: Raw, name: string): ReadonlyArray<readonly [name: string, group: Raw]> => {
  const raw = root[name] ?? {}
  const groups = asMapping(raw)
  if (groups === null) {
    refuse(source, [name], "a mapping of group names")
    return []
  }
  return Object.entries(groups).flatMap(([key, value]) => {
    const group = asMapping(value)
    if (group === null) refuse(source, [name, key], "a mapping")
    return group === null ? [] : [[key, group] as const]
  })
}

/** How groups and presences are called. */
export const identifier = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/
/** The same in words. */
export const IDENTIFIER = "a name of letters, digits, _ and -, beginning with a letter"

const decodePresence = decoder(items.PresenceItem)
const decodeHint = decoder(items.HintItem)

const readPresenceGroups = (source: Source, root: Raw): ReadonlyMap<string, PresenceGroup> => {
  const groups = new Map([[factoryPresenceGroup.name, factoryPresenceGroup]])
  for (const [name, raw] of readGroups(source, root, "presence_groups")) {
    if (!identifier.test(name)) refuse(source, ["presence_groups", name], IDENTIFIER, JSON.stringify(name))
    const presences = new Map<string, PresenceGroup["presences"] extends ReadonlyMap<string, infer P> ? P : never>()
    for (const [presence, value] of Object.entries(raw)) {
      const path = ["presence_groups", name, presence]
      if (!identifier.test(presence)) refuse(source, path, IDENTIFIER, JSON.stringify(presence))
      const item = decodePresence(source, path, value)
      presences.set(presence, {
        name: presence,
        longName: item?.longname ?? presence,
        color: item?.color ?? "#000000",
        allowed: item?.allowed ?? null,
        actions: Object.entries(item?.actions ?? {}),
        ...(item?.phone_state == null ? {} : { phoneState: item.phone_state }),
        ...(item?.phone_lamp === true ? { phoneLamp: true } : {}),
        ...(item?.automatic == null ? {} : { automatic: item.automatic }),
        ...(item?.automatic === "idle" ? { idleAfter: item.idle_after } : {})
      })
    }
    groups.set(name, { name, presences })
  }
  return groups
}

const readHintGroups = (source: Source, root: Raw): Declared["hintGroups"] => {
  const groups = new Map([[items.FACTORY_GROUP, factoryHintGroup]])
  const states = [...factoryHintGroup.keys()]
  for (const [name, raw] of readGroups(source, root, "hint_groups")) {
    if (!identifier.test(name)) refuse(source, ["hint_groups", name], IDENTIFIER, JSON.stringify(name))
    // A state that the group leaves out looks as it does by default.
    const group = new Map(factoryHintGroup)
    for (const [state, value] of Object.entries(raw)) {
      const path = ["hint_groups", name, state]
      if (!states.includes(state)) {
        refuseKey(source, path, states)
        continue
      }
      const item = decodeHint(source, path, value)
      if (item !== undefined) group.set(state, { longName: item.longname, color: item.color })
    }
    groups.set(name, group)
  }
  return groups
}

const decodeUser = decoder(items.UserItem)
const decodeLine = decoder(items.LineItem)
const decodeAgent = decoder(items.AgentItem)
const decodeQueue = decoder(items.QueueItem)
const decodeVoicemail = decoder(items.VoicemailItem)
const decodeProfile = decoder(items.ProfileItem)
const decodeExternalServer = decoder(ExternalServer)

/** Decodes every object of the file; what is wrong goes to `source.problems`. */
export const readDeclared = (source: Source, root: Raw): Declared => ({
  users: readList(source, root, "users", decodeUser),
  lines: readList(source, root, "lines", decodeLine),
  agents: readList(source, root, "agents", decodeAgent),
  queues: readList(source, root, "queues", decodeQueue),
  voicemails: readList(source, root, "voicemails", decodeVoicemail),
  profiles: readList(source, { profiles: [factoryProfile], ...root }, "profiles", decodeProfile),
  presenceGroups: readPresenceGroups(source, root),
  hintGroups: readHintGroups(source, root)
})

/** Checks the accounts of external servers, which nothing uses. */
export const readExternalServers = (source: Source, root: Raw): number =>
  readList(source, root, "external_servers", decodeExternalServer).accepted.length
