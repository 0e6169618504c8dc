/** What people may see, as sets of ids: the answer of `listid` for everybody at once. */
import type { DirectorySnapshot } from "../directory/directory.ts"
import { audienceOf, contextOf } from "../parting/parting.ts"
import { LIST_NAMES, type ListName } from "../protocol/client_command.ts"
import { listedIds } from "../protocol/list_objects.ts"
import type { TelephonyState } from "../telephony/telephony_state.ts"

export type ObjectId = number | string

const nothing: ReadonlySet<ObjectId> = new Set()

export class Sight {
  /** By list and audience. */
  readonly #lists = new Map<ListName, Map<string, Set<ObjectId>>>()

  /** Taken now: what changes afterwards is not in it. */
  constructor(directory: DirectorySnapshot, state: TelephonyState, contextSeparation: boolean) {
    for (const list of LIST_NAMES) {
      const audiences = new Map<string, Set<ObjectId>>()
      this.#lists.set(list, audiences)
      for (const id of listedIds(directory, state, list)) {
        const audience = audienceOf(contextSeparation, contextSeparation ? contextOf(directory, list, id) : null)
        if (audience === null) continue
        const ids = audiences.get(audience)
        if (ids === undefined) audiences.set(audience, new Set([id]))
        else ids.add(id)
      }
    }
  }

  /** What somebody of this audience finds in a list; null: he is in none. */
  ids(list: ListName, audience: string | null): ReadonlySet<ObjectId> {
    return (audience === null ? undefined : this.#lists.get(list)?.get(audience)) ?? nothing
  }
}
