/** The live board: the server's messages in, snapshots out. One writer; a snapshot once taken never changes. */
import { BOARD_LISTS, type Board, type BoardChange, type BoardItems, type BoardList, blankItem } from "./board.ts"
import type { ItemChanged, ServerMessage } from "./server_message.ts"

/** Items of one list that are kept; a server that lists more than that is not believed. */
const MAX_ITEMS = 100_000

type Values = Readonly<Record<string, unknown>>

const same = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b)) return true
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => same(item, b[at]))
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false
  const [left, right] = [a as Values, b as Values] // both are objects
  const keys = Object.keys(left)
  return keys.length === Object.keys(right).length && keys.every((key) => same(left[key], right[key]))
}

const isRecord = (value: unknown): value is Values => typeof value === "object" && value !== null && !Array.isArray(value)

/** The item with the change in it; the very item when nothing is new. Inside a forward, what is not told stays. */
export const mergeItem = <Item extends object>(item: Item, change: BoardChange<Item>): Item => {
  const values = item as Values // any object may be read by name
  const merged: Record<string, unknown> = { ...values }
  let changed = false
  for (const [key, told] of Object.entries(change)) {
    const before = values[key]
    const after = isRecord(told) && isRecord(before) ? { ...before, ...told } : told
    if (same(before, after)) continue
    merged[key] = after
    changed = true
  }
  return changed ? (merged as Item) : item // the same keys as `item`
}

/** One list. An item is listed first, and shown once its config has come. */
class ListModel<List extends BoardList> {
  readonly #list: List
  /** Listed, without config yet: what has been told of it so far. */
  readonly #listed = new Map<string, BoardItems[List]>()
  #shown = new Map<string, BoardItems[List]>()
  /** Listed, and not yet asked for. */
  #wanted = new Set<string>()
  #shared = false

  constructor(list: List) {
    this.#list = list
  }

  snapshot(): ReadonlyMap<string, BoardItems[List]> {
    this.#shared = true
    return this.#shown
  }

  add(id: string): void {
    if (this.#listed.has(id) || this.#shown.has(id) || this.#listed.size + this.#shown.size >= MAX_ITEMS) return
    this.#listed.set(id, blankItem[this.#list](id))
    this.#wanted.add(id)
  }

  takeWanted(): Iterable<string> {
    const wanted = this.#wanted
    this.#wanted = new Set()
    return wanted
  }

  get wanting(): boolean {
    return this.#wanted.size > 0
  }

  remove(id: string): boolean {
    this.#listed.delete(id)
    this.#wanted.delete(id)
    if (!this.#shown.has(id)) return false
    this.#own().delete(id)
    return true
  }

  /** The whole list, as it is now. */
  ids(): ReadonlyArray<string> {
    return [...this.#listed.keys(), ...this.#shown.keys()]
  }

  apply(part: "config" | "status", id: string, change: BoardChange<BoardItems[List]>, known: boolean): boolean {
    const shown = this.#shown.get(id)
    if (shown !== undefined) {
      if (part === "config" && !known) {
        this.#own().delete(id)
        this.#listed.set(id, blankItem[this.#list](id))
        return true
      }
      const merged = mergeItem(shown, change)
      if (merged === shown) return false
      this.#own().set(id, merged)
      return true
    }
    const listed = this.#listed.get(id)
    if (listed === undefined) return false
    const merged = mergeItem(listed, change)
    if (part === "status" || !known) {
      this.#listed.set(id, merged)
      return false
    }
    this.#listed.delete(id)
    this.#own().set(id, merged)
    return true
  }

  #own(): Map<string, BoardItems[List]> {
    if (this.#shared) {
      this.#shown = new Map(this.#shown)
      this.#shared = false
    }
    return this.#shown
  }
}

type Models = { readonly [List in BoardList]: ListModel<List> }

export class BoardModel {
  readonly #models: Models = {
    users: new ListModel("users"),
    phones: new ListModel("phones"),
    agents: new ListModel("agents"),
    queues: new ListModel("queues"),
    voicemails: new ListModel("voicemails"),
    queuemembers: new ListModel("queuemembers")
  }
  #snapshot: Board | null = null

  /** The board now. The same object until something changes. */
  board(): Board {
    this.#snapshot ??= {
      users: this.#models.users.snapshot(),
      phones: this.#models.phones.snapshot(),
      agents: this.#models.agents.snapshot(),
      queues: this.#models.queues.snapshot(),
      voicemails: this.#models.voicemails.snapshot(),
      queuemembers: this.#models.queuemembers.snapshot()
    }
    return this.#snapshot
  }

  /** Takes the items that were listed since the last call: their config and status have to be asked for. */
  takeWanted(): ReadonlyArray<readonly [list: BoardList, id: string]> {
    return BOARD_LISTS.flatMap((list) => Array.from(this.#models[list].takeWanted(), (id) => [list, id] as const))
  }

  get wanting(): boolean {
    return BOARD_LISTS.some((list) => this.#models[list].wanting)
  }

  /** True: the board is another one now. Items that were never listed are left out. */
  apply(message: ServerMessage): boolean {
    const changed = this.#apply(message)
    if (changed) this.#snapshot = null
    return changed
  }

  #apply(message: ServerMessage): boolean {
    switch (message._tag) {
      case "ItemIds": {
        const list = BOARD_LISTS.find((name) => name === message.list)
        return list === undefined ? false : this.#replace(list, message.ids)
      }
      case "ItemsAdded":
        for (const id of message.ids) this.#models[message.list].add(id)
        return false
      case "ItemsRemoved": {
        let changed = false
        for (const id of message.ids) changed = this.#models[message.list].remove(id) || changed
        return changed
      }
      case "ItemChanged":
        return this.#change(message)
      default:
        return false
    }
  }

  #change(message: ItemChanged): boolean {
    const known = message.wire !== null
    switch (message.list) {
      case "users":
        return this.#models.users.apply(message.part, message.id, message.change, known)
      case "phones":
        return this.#models.phones.apply(message.part, message.id, message.change, known)
      case "agents":
        return this.#models.agents.apply(message.part, message.id, message.change, known)
      case "queues":
        return this.#models.queues.apply(message.part, message.id, message.change, known)
      case "voicemails":
        return this.#models.voicemails.apply(message.part, message.id, message.change, known)
      case "queuemembers":
        return this.#models.queuemembers.apply(message.part, message.id, message.change, known)
    }
  }

  #replace(list: BoardList, ids: ReadonlyArray<string>): boolean {
    const model = this.#models[list]
    const listed = new Set(ids)
    let changed = false
    for (const id of model.ids()) if (!listed.has(id)) changed = model.remove(id) || changed
    for (const id of ids) model.add(id)
    return changed
  }
}
