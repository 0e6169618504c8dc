/**
 * The way out: what is said to whom leaves in as few writes as possible. Broadcasts of one turn of the event loop are gathered
 * for each audience and joined once; the joined bytes are shared by everybody who had nothing of his own to hear meanwhile.
 * A client's own replies keep their place among the broadcasts.
 */
import type { Connection } from "../connection/connection.ts"
import { utf8 } from "../protocol/server_message.ts"

/** Hears broadcasts: everybody, or the people of one context. */
class Audience {
  readonly members = new Set<Outbox>()
  /** Broadcasts of this turn, encoded. */
  pending: Array<Uint8Array> = []
  /** `pending`, joined; made at the flush, once. */
  joined: Uint8Array | null = null
  readonly key: string
  constructor(key: string) {
    this.key = key
  }
}

export interface OutboxOptions {
  readonly connection: Connection
  /** Bytes that may wait for this client. */
  readonly limit: number
  /** More than `limit` waits: the client does not read. Called once; the connection is destroyed already. */
  readonly onOverflow: () => void
}

/** What waits for one client. */
export class Outbox {
  readonly #options: OutboxOptions
  /** Null: hears no broadcasts. */
  audience: Audience | null = null
  /** Own lines of this turn, and the broadcasts before them, in order. Null: nothing of his own. */
  #parts: Array<Uint8Array | string> | null = null
  /** How many of the audience's pending broadcasts are in `#parts`, or written, already. */
  #cursor = 0
  #closed = false
  /** The last write was answered with false: the connection will tell when it is drained. */
  full = false

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  /** Appends a line for this client alone. It leaves at `flush`, at the latest at the end of this turn. */
  add(line: string | Uint8Array): void {
    if (this.#closed) return
    this.#catchUp()
    if (this.#parts === null) this.#parts = [line]
    else this.#parts.push(line)
  }

  /** Writes what is his own now, and the broadcasts before it. */
  flush(): void {
    if (this.#parts === null) return
    this.#catchUp()
    const parts = this.#parts
    this.#parts = null
    for (const bytes of joinParts(parts)) this.#write(bytes)
  }

  /** Bytes queued for this client and not yet taken by the system. */
  pending(): number {
    return this.#options.connection.pending()
  }

  close(): void {
    this.#closed = true
    this.#parts = null
  }

  /** At the end of a turn: his own and the rest of the broadcasts, or the shared bytes. */
  endTurn(audience: Audience): void {
    const cursor = this.#cursor
    this.#cursor = 0
    const parts = this.#parts
    this.#parts = null
    if (parts === null && cursor === 0) {
      audience.joined ??= joinBytes(audience.pending)
      this.#write(audience.joined)
      return
    }
    const rest = audience.pending.slice(cursor)
    const all = parts === null ? rest : parts.concat(rest)
    for (const bytes of joinParts(all)) this.#write(bytes)
  }

  /** Leaving an audience in the middle of a turn: nothing that was said before is lost. */
  leave(): void {
    if (this.audience === null) return
    const rest = this.audience.pending.slice(this.#cursor)
    if (rest.length > 0) this.#parts = (this.#parts ?? []).concat(rest)
    this.#cursor = 0
    this.audience = null
  }

  /** Joining one in the middle of a turn: what was said before is not for him. */
  join(audience: Audience): void {
    this.audience = audience
    this.#cursor = audience.pending.length
  }

  #catchUp(): void {
    const audience = this.audience
    if (audience === null || this.#cursor === audience.pending.length) return
    this.#parts = (this.#parts ?? []).concat(audience.pending.slice(this.#cursor))
    this.#cursor = audience.pending.length
  }

  #write(bytes: Uint8Array): void {
    if (this.#closed) return
    const { connection, limit, onOverflow } = this.#options
    if (connection.pending() + bytes.length > limit) {
      this.close()
      connection.destroy()
      onOverflow()
      return
    }
    this.full = !connection.write(bytes)
  }
}

const joinBytes = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const first = parts[0]
  if (parts.length === 1 && first !== undefined) return first
  let length = 0
  for (const part of parts) length += part.length
  const joined = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

/** Longer parts (bytes) are written by themselves: copying them for each client costs more than the write. */
const LONG = 16 * 1024

/** As few writes as possible. */
const joinParts = (parts: ReadonlyArray<Uint8Array | string>): ReadonlyArray<Uint8Array> => {
  const writes: Array<Uint8Array> = []
  let short: Array<Uint8Array> = []
  let text = ""
  const endText = (): void => {
    if (text !== "") short.push(utf8(text))
    text = ""
  }
  const endWrite = (): void => {
    endText()
    if (short.length > 0) writes.push(joinBytes(short))
    short = []
  }
  for (const part of parts) {
    if (typeof part === "string") text += part
    else if (part.length > LONG) {
      endWrite()
      writes.push(part)
    } else {
      endText()
      short.push(part)
    }
  }
  endWrite()
  return writes
}

export class FanOut {
  readonly #audiences = new Map<string, Audience>()
  readonly #dirty = new Set<Audience>()
  readonly #own = new Set<Outbox>()
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

  /** One line to one client. */
  send(outbox: Outbox, line: string | Uint8Array): void {
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
  }

  #wake(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#schedule(this.#flush)
  }
}
