/**
 * The way out: what is said to whom leaves in as few writes as possible. Broadcasts of one turn of the event loop are gathered
 * for each audience and joined once; the joined bytes are shared by everybody who had nothing of his own to hear meanwhile.
 * A client's own replies keep their place among the broadcasts.
 */
import { Audience, LONG, Long, type Outbox, type Part } from "./outbox.ts"

/** Bytes of long messages that all together are given in one turn: what is written is copied, or encrypted, there and then. */
const TURN = 4 * 1024 * 1024

export class FanOut {
  readonly #audiences = new Map<string, Audience>()
  readonly #dirty = new Set<Audience>()
  readonly #own = new Set<Outbox>()
  /** Who is being told something long, and has room. */
  readonly #telling = new Set<Outbox>()
  readonly #schedule: (flush: () => void) => void
  #scheduled = false
  readonly #flush = (): void => this.flush()

  /** `schedule` runs a function once, at the end of this turn of the event loop. */
  constructor(schedule: (flush: () => void) => void) {
    this.#schedule = schedule
  }

  /** Puts a client into an audience; he leaves the one he was in. */
  join(outbox: Outbox, key: string): void {
    if (outbox.audience?.key === key) return
    this.leave(outbox)
    let audience = this.#audiences.get(key)
    if (audience === undefined) {
      audience = new Audience(key)
      this.#audiences.set(key, audience)
    }
    audience.members.add(outbox)
    outbox.join(audience)
  }

  leave(outbox: Outbox): void {
    const audience = outbox.audience
    if (audience === null) return
    audience.members.delete(outbox)
    outbox.leave()
    if (audience.members.size === 0) {
      this.#audiences.delete(audience.key)
      this.#dirty.delete(audience)
    }
    this.#own.add(outbox)
    this.#wake()
  }

  /** True when nobody would hear a broadcast to this audience: it need not be encoded. */
  isEmpty(key: string): boolean {
    return !this.#audiences.has(key)
  }

  /** One encoded line, to all of an audience. */
  broadcast(key: string, line: Uint8Array): void {
    const audience = this.#audiences.get(key)
    if (audience === undefined) return
    audience.pending.push(line)
    this.#dirty.add(audience)
    this.#wake()
  }

  /** The same lines to some, who share them. */
  tell(outboxes: Iterable<Outbox>, lines: Uint8Array): void {
    const part = lines.length > LONG ? new Long(lines) : lines
    for (const outbox of outboxes) {
      outbox.resume = this.#resume
      this.send(outbox, part)
    }
  }

  /** One line to one client. */
  send(outbox: Outbox, line: Part): void {
    outbox.add(line)
    this.#own.add(outbox)
    this.#wake()
  }

  /** Writes everything. */
  flush(): void {
    this.#scheduled = false
    const dirty = [...this.#dirty]
    this.#dirty.clear()
    for (const audience of dirty) {
      for (const outbox of audience.members) outbox.endTurn(audience)
      audience.pending = []
      audience.joined = null
    }
    if (this.#own.size > 0) {
      const own = [...this.#own]
      this.#own.clear()
      for (const outbox of own) outbox.flush()
    }
    this.#advance()
  }

  /** In turn, as much as one turn of the event loop may take. */
  #advance(): void {
    let left = TURN
    for (const outbox of this.#telling) {
      this.#telling.delete(outbox)
      left -= outbox.advance()
      // behind the others
      if (outbox.isReady) this.#telling.add(outbox)
      if (left <= 0) break
    }
    if (this.#telling.size > 0) this.#wake()
  }

  readonly #resume = (outbox: Outbox): void => {
    this.#telling.add(outbox)
    this.#wake()
  }

  #wake(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#schedule(this.#flush)
  }
}
