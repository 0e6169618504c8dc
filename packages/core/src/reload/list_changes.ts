/** What a reload tells people about the lists: what vanished from their sight, what appeared, what is another now (reference 4.1). */
import type { ObjectName } from "../config/live_config.ts"
import { sameValue } from "../config/same_value.ts"
import type { ProtocolVersion } from "../config/settings.ts"
import type { DirectorySnapshot } from "../directory/directory.ts"
import { LIST_NAMES, type ListName } from "../protocol/client_command.ts"
import { listedConfig } from "../protocol/list_objects.ts"
import { addConfig, delConfig, type ServerMessage, updateConfig } from "../protocol/server_message.ts"
import type { TelephonyState } from "../telephony/telephony_state.ts"
import type { ObjectId, Sight } from "./sight.ts"

/** Configs by list and id. */
export type Configs = ReadonlyMap<ListName, ReadonlyMap<ObjectId, object>>

/** The configs of these objects now. */
export const configsOf = (
  directory: DirectorySnapshot,
  state: TelephonyState,
  version: ProtocolVersion,
  objects: ReadonlyMap<ListName, ReadonlySet<ObjectId>>
): Configs =>
  new Map(
    [...objects].map(([list, ids]) => [
      list,
      new Map([...ids].map((id) => [id, listedConfig(directory, state, version, list, id)]))
    ])
  )

/** Those of `after` that are not what they were, and that of `edited` even if it is. */
export const otherConfigs = (before: Configs, after: Configs, edited: ObjectName | undefined): Configs =>
  new Map(
    [...after].map(([list, configs]) => {
      const isOther = ([id, config]: readonly [ObjectId, object]): boolean =>
        (edited?.list === list && edited.id === id) || !sameValue(before.get(list)?.get(id), config)
      return [list, new Map([...configs].filter(isOther))]
    })
  )

/** The two sides of a reload, for somebody who was in one audience and is in the same or another one. */
export interface Seen {
  readonly before: Sight
  readonly after: Sight
  readonly from: string | null
  readonly to: string | null
}

/** Ids as clients know them. */
const without = (some: ReadonlySet<ObjectId>, others: ReadonlySet<ObjectId>): ReadonlyArray<string> => {
  const ids: Array<string> = []
  for (const id of some) if (!others.has(id)) ids.push(String(id))
  return ids
}

/** What vanished and what appeared. */
export const sightChanges = ({ before, after, from, to }: Seen): ReadonlyArray<ServerMessage> => {
  const gone: Array<ServerMessage> = []
  const come: Array<ServerMessage> = []
  for (const list of LIST_NAMES) {
    const [then, now] = [before.ids(list, from), after.ids(list, to)]
    const vanished = without(then, now)
    const appeared = without(now, then)
    if (vanished.length > 0) gone.push(delConfig(list, vanished))
    if (appeared.length > 0) come.push(addConfig(list, appeared))
  }
  return [...gone, ...come]
}

/** Those of the `others` that were in sight and are. */
export const configChanges = ({ before, after, from, to }: Seen, others: Configs): ReadonlyArray<ServerMessage> => {
  const changed: Array<ServerMessage> = []
  for (const [list, configs] of others) {
    const [then, now] = [before.ids(list, from), after.ids(list, to)]
    // whichever are fewer: companies are many, and each sees little of what changed
    for (const id of configs.size < now.size ? configs.keys() : now) {
      const config = configs.get(id)
      if (config !== undefined && then.has(id) && now.has(id)) changed.push(updateConfig(list, String(id), config))
    }
  }
  return changed
}
