/** What the server's log says in a soak, and what of it should not be there. */
import { type LogEntry, showEntry } from "../binary/log_entry.ts"
import type { EndedLink } from "./town.ts"

/** Errors that a refused configuration brings. */
const REFUSALS = new Set(["configuration refused", "reload refused, nothing is changed"])

/** Names of what goes with an entry and helps to understand it. */
const NAMES = ["reason", "detail", "cause", "problem", "user", "operation", "listener", "peer", "notice"]

/** Entries of a kind that are kept word for word. */
const KEPT = 20

export class SoakLog {
  readonly #counts = new Map<string, number>()
  readonly #unexpected: Array<string> = []
  readonly #ends = new Map<number, Array<string>>()
  #ended = 0
  #unexpectedCount = 0
  /** A configuration is offered that has to be refused. */
  refusing = false

  readonly add = (entry: LogEntry): void => {
    const { level, message } = entry
    const bad = level === "error" || level === "fatal" || level === "stray"
    if (level === "warn" || bad) {
      const key = `${level} ${level === "stray" ? "" : message}`
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
    }
    if (bad && !(this.refusing && REFUSALS.has(message))) {
      this.#unexpectedCount++
      if (this.#unexpected.length < KEPT) this.#unexpected.push(`${level}: ${showEntry(entry, NAMES)}`)
    }
    if (message !== "disconnected") return
    this.#ended++
    const port = Number(entry.get("peer").split(":").at(-1))
    const causes = this.#ends.get(port)
    if (causes === undefined) this.#ends.set(port, [entry.get("cause")])
    else causes.push(entry.get("cause"))
  }

  /** Warnings and errors, by their text, with how many there were. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts
  }

  /** Ends of connections that were told. */
  get ended(): number {
    return this.#ended
  }

  /** Errors that nothing in the run explains, and what the runtime itself said. */
  get unexpected(): ReadonlyArray<string> {
    const more = this.#unexpectedCount - this.#unexpected.length
    return more > 0 ? [...this.#unexpected, `and ${more} more`] : this.#unexpected
  }

  /** Ends of connections that the server tells otherwise than the clients do, or that only one of them tells. */
  unexplainedEnds(ends: ReadonlyArray<EndedLink>): ReadonlyArray<string> {
    const complaints: Array<string> = []
    const told = new Map([...this.#ends].map(([port, causes]) => [port, [...causes]]))
    // those with one cause first: the others take what is left
    for (const { port, causes } of [...ends].sort((a, b) => a.causes.length - b.causes.length)) {
      const left = told.get(port) ?? []
      const at = left.findIndex((cause) => causes.includes(cause))
      if (at >= 0) left.splice(at, 1)
      else
        complaints.push(
          `the client at port ${port} ended as ${causes.join(" or ")}, the server says ${left.join(", ") || "nothing"}`
        )
    }
    for (const [port, causes] of told) {
      for (const cause of causes)
        complaints.push(`the server says that the client at port ${port} ended as ${cause}, which no client did`)
    }
    return complaints
  }
}
