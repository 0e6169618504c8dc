/** The stored objects of a run: the standard state, what `given` replaces in it, and what a `database` step changes. */
import { isArray, isObject, type Json, type JsonObject, shown } from "./json.ts"
import { matches } from "./matching.ts"
import { Malformed } from "./reader.ts"
import { isRunState } from "./run_state.ts"
import type { StoredChange } from "./vector_send.ts"

export type StoredState = JsonObject

/** Keys of `given` that are no objects of the store and no run-time state. */
const INSTRUCTIONS = new Set(["patch", "note"])

/** Stored objects and settings that a standard state may lack. */
const KNOWN = [
  "context_separation",
  "starttls",
  "live_reload_conf",
  "login_timeout",
  "reachability",
  "version_policy",
  "conferences",
  "sheets",
  "xivo_uuid",
  "profiles",
  "services",
  "preferences",
  "userstatus",
  "phonestatus",
  "users",
  "lines",
  "agents",
  "queues",
  "queuemembers",
  "voicemails",
  "meetmes",
  "extensions"
]

/** The standard state as `given` wants it: a key replaces the value, `patch` reaches inside. Throws `Malformed`. */
export const storedState = (standard: StoredState, given: JsonObject): StoredState => {
  const replaced: Record<string, Json> = { ...standard }
  const known = [...KNOWN, ...Object.keys(standard)]
  for (const [key, value] of Object.entries(given)) {
    if (INSTRUCTIONS.has(key) || isRunState(key)) continue
    // nobody would read it, and the vector would pass or fail for another reason than it says
    if (!known.includes(key)) throw new Malformed(`given has \`${key}\`, which this runner does not know`)
    replaced[key] = value
  }
  const patch = given.patch ?? {}
  if (!isObject(patch)) throw new Malformed("given.patch must be an object")
  return changed(replaced, { patch, add: {}, remove: {} })
}

/** The store after a change: patches, then additions, then removals. */
export const changed = (state: StoredState, change: StoredChange): StoredState => {
  let result = state
  for (const [path, value] of Object.entries(change.patch)) result = asObject(patched(result, path, value, path))
  for (const [list, value] of Object.entries(change.add)) result = { ...result, [list]: added(result[list], value, list) }
  for (const [list, value] of Object.entries(change.remove)) result = { ...result, [list]: removed(result[list], value, list) }
  return result
}

const asObject = (value: Json): JsonObject => (isObject(value) ? value : {})

/** The first segment of a dotted path within an object: its longest key that the path begins with, else up to the first dot. */
const firstKey = (object: JsonObject, path: string): string => {
  let longest: string | null = null
  for (const key of Object.keys(object)) {
    if ((path === key || path.startsWith(`${key}.`)) && key.length > (longest?.length ?? -1)) longest = key
  }
  return longest ?? path.split(".", 1)[0] ?? path
}

/** `users.42.enablednd`: objects by key, lists by the `id` of their items. */
const patched = (value: Json | undefined, path: string, wanted: Json, whole: string): Json => {
  if (isArray(value)) {
    const id = path.split(".", 1)[0] ?? path
    const index = value.findIndex((item) => isObject(item) && String(item.id) === id)
    if (index < 0) throw new Malformed(`patch ${whole}: there is no ${id}`)
    return value.map((item, at) => (at === index ? within(item, id, path, wanted, whole) : item))
  }
  const object = value === undefined || value === null ? {} : value
  if (!isObject(object)) throw new Malformed(`patch ${whole}: ${shown(object)} has nothing inside`)
  const key = firstKey(object, path)
  return { ...object, [key]: within(object[key], key, path, wanted, whole) }
}

const within = (value: Json | undefined, key: string, path: string, wanted: Json, whole: string): Json =>
  path === key ? wanted : patched(value, path.slice(key.length + 1), wanted, whole)

const added = (container: Json | undefined, value: Json, list: string): Json => {
  const present = container ?? (isObject(value) && !("id" in value) ? {} : [])
  if (isArray(present)) return [...present, ...(isArray(value) ? value : [value])]
  if (isObject(present) && isObject(value)) return { ...present, ...value }
  throw new Malformed(`add ${list}: nothing can be added to ${shown(present)}`)
}

/** `value`: an id, a key, an object of which all keys agree, or several of these. */
const removed = (container: Json | undefined, value: Json, list: string): Json => {
  const unwanted = isArray(value) ? value : [value]
  const isUnwanted = (key: string, item: Json): boolean =>
    unwanted.some((one) => (isObject(one) ? matches(one, item) : String(one) === key))
  if (isArray(container)) return container.filter((item) => !isUnwanted(keyOf(item), item))
  if (isObject(container)) return Object.fromEntries(Object.entries(container).filter(([key, item]) => !isUnwanted(key, item)))
  throw new Malformed(`remove ${list}: there is no such list`)
}

/** Queue members have no id of their own: `Agent/2001,support` (reference 4.5). */
const keyOf = (item: Json): string => {
  if (!isObject(item)) return String(item)
  return item.id === undefined ? `${String(item.member)},${String(item.queue)}` : String(item.id)
}
