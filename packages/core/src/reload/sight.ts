/** What people may see, as sets of ids: the answer of `listid` for everybody at once. */
import type { DirectorySnapshot } from "../directory/directory.ts"
import { audienceOf, contextOf } from "../parting/parting.ts"
import { LIST_NAMES, type ListName } from "../protocol/client_command.ts"
import { listedIds } from "../protocol/list_objects.ts"
import type { TelephonyState } from "../telephony/telephony_state.ts"

export type ObjectId = number | string

const nothing: ReadonlySet<ObjectId> = new Set()

export class Sight {
  readonly #lists = new Map<string, Set<ObjectId>>()

  /** Taken now: what changes afterwards is not in it. */
  constructor(directory: DirectorySnapshot, state: TelephonyState, contextSeparation: boolean) {
    for (const list of LIST_NAMES) {
      for (const id of listedIds(directory, state, list)) {
        const audience = audienceOf(contextSeparation, contextSeparation ? contextOf(directory, list, id) : null)
        if (audience === null) continue
        const key = `${list} ${audience}`
        const ids = this.#lists.get(key)
        if (ids === undefined) this.#lists.set(key, new Set([id]))
        else ids.add(id)
      }
    }
  }

  /** What somebody of this audience finds in a list; null: he is in none. */
  ids(list: ListName, audience: string | null): ReadonlySet<ObjectId> {
    return this.#lists.get(`${list} ${audience}`) ?? nothing
  }
}
