/** A client of the bare protocol: signs in, keeps its lists as it is told, and remembers what it heard (reference 2, 3.2, 4). */
import { noTerms, type ToldTerms } from "@ctid/core/presence/presence_terms"
import type { Shown, Status } from "./office_system.ts"

type Fields = Readonly<Record<string, unknown>>

const LISTS = ["users", "phones", "agents"] as const
type List = (typeof LISTS)[number]

/** Commands that register for single objects, and the messages that come of it, with their fields. */
const REGISTRATIONS = {
  users: { command: "register_user_status_update", field: "user_ids" },
  phones: { command: "register_endpoint_status_update", field: "endpoint_ids" },
  agents: { command: "register_agent_status_update", field: "agent_ids" }
} as const
const REGISTERED: ReadonlyMap<unknown, readonly [list: List, field: string]> = new Map([
  ["user_status_update", ["users", "user_id"]],
  ["endpoint_status_update", ["phones", "endpoint_id"]],
  ["agent_status_update", ["agents", "agent_id"]]
])

/** The field of a status that counts. */
const VALUE = { users: "availstate", phones: "hintstatus", agents: "availability" } as const

const isList = (name: unknown): name is List => LISTS.some((list) => list === name)

const fieldsOf = (value: unknown): Fields => (typeof value === "object" && value !== null ? (value as Fields) : {}) // any object may be read by name

const idsOf = (value: unknown): ReadonlyArray<number> => (Array.isArray(value) ? value.map(Number) : [])

export class WireSession {
  readonly #write: (message: object) => void
  readonly #decoder = new TextDecoder()
  /** By id: the last status that was told, null while none was. */
  readonly #lists: Record<List, Map<number, string | null>> = { users: new Map(), phones: new Map(), agents: new Map() }
  readonly #doNotDisturb = new Map<number, boolean>()
  readonly #terms = new Map<number, ToldTerms>()
  readonly #looked = new Set<List>()
  #text = ""
  #heard: Array<Status> = []
  readonly #indiscretions: Array<string> = []
  /** The server has closed. */
  ended = false
  /** Whether it has asked for notes and ends of presences. */
  readonly wantsTerms: boolean

  constructor(write: (message: object) => void, wantsTerms: boolean) {
    this.#write = write
    this.wantsTerms = wantsTerms
  }

  readonly onBytes = (chunk: Uint8Array): void => {
    this.#text += this.#decoder.decode(chunk, { stream: true })
    const lines = this.#text.split("\n")
    this.#text = lines.pop() ?? ""
    for (const line of lines) this.#hear(fieldsOf(JSON.parse(line)))
  }

  /** Asks for all lists; what comes of each item follows by itself. */
  look(): void {
    for (const list of LISTS) this.#write({ class: "getlist", function: "listid", listname: list })
  }

  /** Registers for all that it has in its lists. */
  register(server: string): void {
    for (const list of LISTS) {
      const { command, field } = REGISTRATIONS[list]
      this.#write({ class: command, [field]: [...this.#lists[list].keys()].map((id) => [server, id]) })
    }
  }

  heard(): ReadonlyArray<Status> {
    return this.#heard
  }

  forget(): void {
    this.#heard = []
  }

  /** What was told of things that are not in its lists, as sentences. */
  indiscretions(): ReadonlyArray<string> {
    return this.#indiscretions
  }

  shown(): Shown {
    return { ...this.#lists, doNotDisturb: this.#doNotDisturb, terms: this.wantsTerms ? this.#terms : null }
  }

  #hear(message: Fields): void {
    const registered = REGISTERED.get(message.class)
    if (registered !== undefined) {
      const [list, field] = registered
      const data = fieldsOf(message.data)
      const id = Number(data[field])
      this.#heard.push({ list, id, value: String(data.status), registered: true })
      this.#isListed(list, id, "status")
    }
    if (message.class !== "getlist" || !isList(message.listname)) return
    const list = message.listname
    const items = this.#lists[list]
    switch (message.function) {
      case "listid":
        this.#looked.add(list)
        this.#add(list, idsOf(message.list))
        break
      case "addconfig":
        this.#add(list, idsOf(message.list))
        break
      case "delconfig":
        for (const id of idsOf(message.list)) {
          items.delete(id)
          if (list !== "users") continue
          this.#doNotDisturb.delete(id)
          this.#terms.delete(id)
        }
        break
      case "updatestatus":
        this.#status(list, Number(message.tid), fieldsOf(message.status))
        break
      case "updateconfig":
        this.#config(list, Number(message.tid), fieldsOf(message.config))
        break
    }
  }

  #add(list: List, ids: ReadonlyArray<number>): void {
    for (const id of ids) {
      if (this.#lists[list].has(id)) continue
      this.#lists[list].set(id, null)
      this.#write({ class: "getlist", function: "updatestatus", listname: list, tid: String(id) })
      if (list === "users") this.#write({ class: "getlist", function: "updateconfig", listname: list, tid: String(id) })
    }
  }

  #status(list: List, id: number, status: Fields): void {
    const value = status[VALUE[list]]
    if (value !== undefined) this.#heard.push({ list, id, value: String(value) })
    const hasTerms = status.note !== undefined || status.until !== undefined
    if (hasTerms && !this.wantsTerms) this.#indiscretions.push(`the note of ${list} ${id} is told to somebody who did not ask`)
    if ((value === undefined && !hasTerms) || !this.#isListed(list, id, "status")) return
    if (value !== undefined) this.#lists[list].set(id, String(value))
    if (hasTerms) {
      const { note, until } = { ...noTerms, ...status }
      this.#terms.set(id, { note: String(note), until: until === null ? null : Number(until) })
    }
  }

  #config(list: List, id: number, config: Fields): void {
    if (Object.keys(config).length === 0 || !this.#isListed(list, id, "config")) return
    if (list === "users" && config.enablednd !== undefined) this.#doNotDisturb.set(id, Boolean(config.enablednd))
  }

  /** Before it has looked there is nothing to compare with. */
  #isListed(list: List, id: number, what: string): boolean {
    if (!this.#looked.has(list)) return false
    if (this.#lists[list].has(id)) return true
    this.#indiscretions.push(`the ${what} of ${list} ${id} is told to somebody who does not have it in his list`)
    return false
  }
}
