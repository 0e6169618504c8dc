/** What a reload tells people about the lists: what vanished from their sight, what appeared, what is another now (reference 4.1). */
import type { ObjectName } from "../config/live_config.ts"
import type { ProtocolVersion } from "../config/settings.ts"
import type { DirectorySnapshot } from "../directory/directory.ts"
import { LIST_NAMES, type ListName } from "../protocol/client_command.ts"
import { listedConfig } from "../protocol/list_objects.ts"
import { addConfig, delConfig, type ServerMessage, updateConfig } from "../protocol/server_message.ts"
import type { TelephonyState } from "../telephony/telephony_state.ts"
import type { ObjectId, Sight } from "./sight.ts"

/** Configs as text, by list and id, of the objects that may be others afterwards. */
export type Configs = ReadonlyMap<ListName, ReadonlyMap<ObjectId, string>>

/** The configs of these objects now. */
export const configsOf = (
  directory: DirectorySnapshot,
  state: TelephonyState,
  version: ProtocolVersion,
  objects: ReadonlyMap<ListName, Iterable<ObjectId>>
): Configs =>
  new Map(
    [...objects].map(([list, ids]) => [
      list,
      new Map([...ids].map((id) => [id, JSON.stringify(listedConfig(directory, state, version, list, id))]))
    ])
  )

/** The two sides of a reload, for somebody who was in one audience and is in the same or another one. */
export interface Seen {
  readonly before: Sight
  readonly after: Sight
  readonly from: string | null
  readonly to: string | null
}

/**
 * Messages in the order in which they are to be sent. `configs` are those of the objects that may be others; that of `edited` is told
 * even if it is the same.
 */
export const listChanges = (
  seen: Seen,
  configs: { readonly before: Configs; readonly after: Configs },
  edited: ObjectName | undefined
): ReadonlyArray<ServerMessage> => {
  const gone: Array<ServerMessage> = []
  const come: Array<ServerMessage> = []
  const others: Array<ServerMessage> = []
  for (const list of LIST_NAMES) {
    const [then, now] = [seen.before.ids(list, seen.from), seen.after.ids(list, seen.to)]
    const vanished = [...then].filter((id) => !now.has(id)).map(String)
    const appeared = [...now].filter((id) => !then.has(id)).map(String)
    if (vanished.length > 0) gone.push(delConfig(list, vanished))
    if (appeared.length > 0) come.push(addConfig(list, appeared))
    for (const [id, config] of configs.after.get(list) ?? []) {
      if (!then.has(id) || !now.has(id)) continue
      const isEdited = edited !== undefined && edited.list === list && edited.id === id
      if (!isEdited && configs.before.get(list)?.get(id) === config) continue
      others.push(updateConfig(list, String(id), JSON.parse(config)))
    }
  }
  return [...gone, ...come, ...others]
}
