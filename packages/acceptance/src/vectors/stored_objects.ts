/** What is stored while a vector runs, and what that declares. */
import type { DirectoryData } from "@ctid/core/directory/directory"
import { directoryData } from "@ctid/testing/vectors/directory_data"
import type { JsonObject } from "@ctid/testing/vectors/json"
import { isRunState } from "@ctid/testing/vectors/run_state"
import { changed, type StoredState, storedState } from "@ctid/testing/vectors/stored_state"
import type { StoredChange } from "@ctid/testing/vectors/vector_send"

export class StoredObjects {
  #state: StoredState
  #data: DirectoryData

  constructor(state: StoredState) {
    this.#state = state
    this.#data = directoryData(state)
  }

  get state(): StoredState {
    return this.#state
  }

  get data(): DirectoryData {
    return this.#data
  }

  /** Throws `Malformed`. */
  change(change: StoredChange): void {
    this.#set(changed(this.#state, change))
  }

  /** Replaces what a new state says of stored objects; false: it says nothing of them. Throws `Malformed`. */
  replace(set: JsonObject): boolean {
    if (Object.keys(set).every(isRunState)) return false
    this.#set(storedState(this.#state, set))
    return true
  }

  #set(state: StoredState): void {
    this.#data = directoryData(state)
    this.#state = state
  }
}
