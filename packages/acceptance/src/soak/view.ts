/** What a client knows: the lists, the configuration and the status of each object, and of those that it registered for. */
import type { Message } from "./heard_line.ts"

export const LISTS = ["users", "phones", "agents", "queues", "voicemails", "queuemembers"] as const
export type List = (typeof LISTS)[number]

/** Lists whose statuses are told when they change. A queue's is not, and that of a queue member is its config (reference 3.2, 4.5). */
export const WITH_STATUS: ReadonlySet<List> = new Set<List>(["users", "phones", "agents", "voicemails"])

/** What the protocol answers when it is asked, and never tells when it changes (reference 4.2, 4.3). */
const NEVER_TOLD = new Set(["connection", "waiting"])

/** What has to be asked for. */
export interface Wanted {
  readonly list: List
  readonly id: string
}

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value)

const isList = (name: unknown): name is List => (LISTS as ReadonlyArray<unknown>).includes(name)

/** `true` and `1` are the same on this wire (reference 3.2). */
const plain = (value: unknown): unknown => (typeof value === "boolean" ? Number(value) : value)

/** Changes that are remembered with what became of what. */
const REMEMBERED = 20_000

/**
 * Makes new values of old ones. All people of a company know the same and hear the same, so each value is kept once, as text, and each
 * step is made once.
 */
export class Changes {
  readonly #texts = new Map<string, string>()
  #steps = new Map<Fields, Map<string, string>>()

  after(before: string, change: Fields): string {
    let steps = this.#steps.get(change)
    if (steps === undefined) {
      if (this.#steps.size >= REMEMBERED) this.#steps = new Map()
      steps = new Map()
      this.#steps.set(change, steps)
    }
    const known = steps.get(before)
    if (known !== undefined) return known
    const fields: Record<string, unknown> = before === "" ? {} : JSON.parse(before)
    for (const [name, value] of Object.entries(change)) if (!NEVER_TOLD.has(name)) fields[name] = plain(value)
    const text = JSON.stringify(Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))))
    const after = this.#texts.get(text) ?? text
    this.#texts.set(after, after)
    steps.set(before, after)
    return after
  }
}

const nothing: ReadonlyArray<Wanted> = []

export class View {
  readonly #changes: Changes
  /** By list; one that is missing was not answered yet. */
  readonly #ids = new Map<List, Set<string>>()
  /** By `config users/1001`, `status phones/1001`, `registered user/1001`. */
  readonly #values = new Map<string, string>()
  /** Changes of objects that are in no list of his: nobody told him that they exist. */
  readonly unlisted: Array<string> = []

  constructor(changes: Changes) {
    this.#changes = changes
  }

  /** One message; answers what has to be asked for because of it. */
  apply(message: Message): ReadonlyArray<Wanted> {
    switch (message.class) {
      case "getlist":
        return isList(message.listname) ? this.#list(message.listname, message) : nothing
      case "user_status_update":
        return this.#registered("user", "user_id", message)
      case "endpoint_status_update":
        return this.#registered("endpoint", "endpoint_id", message)
      case "agent_status_update":
        return this.#registered("agent", "agent_id", message)
      default:
        return nothing
    }
  }

  /** Ids of a list; none before it was answered. */
  ids(list: List): ReadonlySet<string> {
    return this.#ids.get(list) ?? new Set()
  }

  /** A value as text, empty where there is none. */
  value(name: string): string {
    return this.#values.get(name) ?? ""
  }

  get size(): number {
    return this.#values.size
  }

  /** What is not as in the other one, in words; no more than `most`. */
  differences(other: View, most: number): ReadonlyArray<string> {
    const found: Array<string> = []
    for (const list of LISTS) {
      const [mine, theirs] = [this.ids(list), other.ids(list)]
      const [only, lacking] = [[...mine].filter((id) => !theirs.has(id)), [...theirs].filter((id) => !mine.has(id))]
      if (only.length > 0) found.push(`${list} that are there no more: ${only.join(" ")}`)
      if (lacking.length > 0) found.push(`${list} that it was never told of: ${lacking.join(" ")}`)
    }
    for (const name of new Set([...this.#values.keys(), ...other.#values.keys()])) {
      if (found.length >= most) break
      const [mine, theirs] = [this.value(name), other.value(name)]
      if (mine === theirs || this.#isOfThePast(name)) continue
      found.push(`${name} is ${mine === "" ? "unknown" : mine}, the server says ${theirs === "" ? "nothing" : theirs}`)
    }
    return found.slice(0, most)
  }

  /** A registration for something that he may not see any more tells nothing. */
  #isOfThePast(name: string): boolean {
    const [, kind, id = ""] = /^registered (\w+)\/(.+)$/.exec(name) ?? []
    if (kind === undefined) return false
    return !this.ids(kind === "user" ? "users" : kind === "endpoint" ? "phones" : "agents").has(id)
  }

  #list(list: List, message: Message): ReadonlyArray<Wanted> {
    const ids = Array.isArray(message.list) ? message.list.map(String) : []
    const known = this.#ids.get(list)
    switch (message.function) {
      case "listid":
        this.#ids.set(list, new Set(ids))
        return ids.map((id) => ({ list, id }))
      case "addconfig":
        if (known === undefined) return nothing
        for (const id of ids) known.add(id)
        return ids.map((id) => ({ list, id }))
      case "delconfig":
        for (const id of ids) {
          known?.delete(id)
          this.#values.delete(`config ${list}/${id}`)
          this.#values.delete(`status ${list}/${id}`)
        }
        return nothing
      case "updateconfig":
        this.#change("config", list, known, message)
        return nothing
      case "updatestatus":
        if (WITH_STATUS.has(list)) this.#change("status", list, known, message)
        return nothing
      default:
        return nothing
    }
  }

  #change(part: "config" | "status", list: List, known: ReadonlySet<string> | undefined, message: Message): void {
    const fields = message[part]
    // before the list is answered he may be told of what he does not know yet
    if (known === undefined || !isFields(fields) || Object.keys(fields).length === 0) return
    const name = `${part} ${list}/${String(message.tid)}`
    if (known.has(String(message.tid))) this.#values.set(name, this.#changes.after(this.value(name), fields))
    else this.unlisted.push(name)
  }

  #registered(kind: string, field: string, { data }: Message): ReadonlyArray<Wanted> {
    if (isFields(data)) this.#values.set(`registered ${kind}/${String(data[field])}`, JSON.stringify(data.status))
    return nothing
  }
}
