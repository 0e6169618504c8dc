/**
 * What waits for one client: his own lines and the broadcasts of his audience, in the order in which they were said, in as few writes
 * as possible. Something long that many are told is shared by them, and written piece by piece.
 */
import type { Connection } from "../connection/connection.ts"
import { utf8 } from "../protocol/server_message.ts"

/** What is said to many and is longer than this (bytes) is shared by them, and given to each piece by piece. */
export const LONG = 16 * 1024
/** Bytes of it that one client is given at a time. */
const PIECE = 64 * 1024

export class Long {
  readonly bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

export type Part = Uint8Array | string | Long

/** Hears broadcasts: everybody, or the people of one context. */
export class Audience {
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
  // no object between it and its connection: among thousands of clients each one more is a wait for memory at each delivery
  readonly #connection: Connection
  readonly #limit: number
  readonly #onOverflow: () => void
  /** Null: hears no broadcasts. */
  audience: Audience | null = null
  /** Own lines of this turn, and the broadcasts before them, in order. Null: nothing of his own. */
  #parts: Array<Part> | null = null
  /** How many of the audience's pending broadcasts are in `#parts`, or written, already. */
  #cursor = 0
  #closed = false
  /** The last write was answered with false: `drained` follows. */
  full = false
  /** A long message, or what is left of it, and what came after it. */
  #waiting: Array<Uint8Array> = []
  /** Bytes of the first of them that are written. */
  #written = 0
  #waitingBytes = 0
  /** Bytes of a long message that have still to be written. */
  #longBytes = 0
  /** Asks for `advance`. */
  resume: (outbox: Outbox) => void = () => {}

  constructor({ connection, limit, onOverflow }: OutboxOptions) {
    this.#connection = connection
    this.#limit = limit
    this.#onOverflow = onOverflow
  }

  /** Appends a line for this client alone. It leaves at `flush`, at the latest at the end of this turn. */
  add(line: Part): void {
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
    return this.#connection.pending() + this.#waitingBytes
  }

  /** What waits is written, nothing more is added. */
  close(): void {
    while (this.#waitingBytes > 0) this.#writePiece()
    this.#closed = true
    this.#parts = null
  }

  /** There is room again. */
  drained(): void {
    this.full = false
    if (this.#waitingBytes > 0) this.resume(this)
  }

  /** There is something to write, and room for it. */
  get isReady(): boolean {
    return this.#waitingBytes > 0 && !this.full
  }

  /** Writes a piece of what waits; answers its length. */
  advance(): number {
    return this.isReady ? this.#writePiece() : 0
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

  #write(line: Uint8Array | Long): void {
    if (this.#closed) return
    const bytes = line instanceof Long ? line.bytes : line
    // one long message may wait whatever the limit is: it is shared, and whoever takes nothing of it is dropped for that
    if (line instanceof Long && this.#longBytes === 0) this.#longBytes = bytes.length
    else if (this.pending() - this.#longBytes + bytes.length > this.#limit) return this.#overflow()
    if (line instanceof Long || this.#waitingBytes > 0) {
      this.#waiting.push(bytes)
      this.#waitingBytes += bytes.length
      if (!this.full) this.resume(this)
    } else this.full = !this.#connection.write(bytes)
  }

  #writePiece(): number {
    const [first] = this.#waiting
    if (first === undefined) return 0
    const piece = first.subarray(this.#written, this.#written + PIECE)
    this.#written += piece.length
    if (this.#written === first.length) {
      this.#waiting.shift()
      this.#written = 0
    }
    this.#waitingBytes -= piece.length
    this.#longBytes = Math.max(0, this.#longBytes - piece.length)
    this.full = !this.#connection.write(piece)
    return piece.length
  }

  #overflow(): void {
    this.#waiting = []
    this.#waitingBytes = 0
    this.close()
    this.#connection.destroy()
    this.#onOverflow()
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

/** As few writes as possible. */
const joinParts = (parts: ReadonlyArray<Part>): ReadonlyArray<Uint8Array | Long> => {
  const writes: Array<Uint8Array | Long> = []
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
    else if (part instanceof Long) {
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
