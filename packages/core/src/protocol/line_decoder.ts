/** Cuts the bytes of one connection into lines (reference 1.2): bounded, split anywhere, linear in the bytes received. */

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
/** An unfinished line keeps a buffer of its own no longer than this many bytes once it is done. */
const KEEP = 4096
/** Enough of a line's beginning to tell a fax upload. */
const PROBE = 128
const FAX = /^\s*\{\s*"class"\s*:\s*"faxsend"/

/** Bytes that several decoders may hold together above their own limits. */
export class ByteBudget {
  #left: number
  constructor(bytes: number) {
    this.#left = bytes
  }
  /** Takes bytes, or false when not that many are left. */
  take(bytes: number): boolean {
    if (bytes > this.#left) return false
    this.#left -= bytes
    return true
  }
  release(bytes: number): void {
    this.#left += bytes
  }
}

export interface LineDecoderOptions {
  /** Longest line in bytes, without its end. May change while the connection lives: `decoder.limit`. */
  readonly limit: number
  /** Longer lines, for a line that began as `faxsend`, taken from a budget common to all connections. */
  readonly fax?: { readonly limit: number; readonly budget: ByteBudget } | undefined
}

/** One per program: it is only used for whole lines, so it carries nothing from one call to the next. */
const utf8 = new TextDecoder()

const nothing: ReadonlyArray<string> = []

/**
 * One per connection. Text is decoded as UTF-8, a whole line at a time, so a character split between two chunks is never
 * damaged; bytes that are no UTF-8 become U+FFFD. Empty lines are dropped.
 */
export class LineDecoder {
  limit: number
  fax: LineDecoderOptions["fax"]
  /** True after a line that is longer than allowed: nothing more is decoded. */
  overflowed = false
  #carry: Uint8Array = new Uint8Array(0)
  #length = 0
  #budgeted = 0

  constructor(options: LineDecoderOptions) {
    this.limit = options.limit
    this.fax = options.fax
  }

  /** Bytes of the unfinished line. */
  get pending(): number {
    return this.#length
  }

  /** The lines that this chunk completes. The chunk is not kept. */
  push(chunk: Uint8Array): ReadonlyArray<string> {
    if (this.overflowed) return nothing
    const first = chunk.indexOf(LINE_FEED)
    if (first < 0) {
      this.#keep(chunk)
      return nothing
    }
    const last = chunk.lastIndexOf(LINE_FEED)
    const lines: Array<string> = []
    let from = 0
    if (this.#length > 0) {
      this.#keep(chunk.subarray(0, first))
      if (this.overflowed) return nothing
      this.#line(lines, this.#carry.subarray(0, this.#length))
      this.#forget()
      from = first + 1
    }
    while (from <= last) {
      const end = chunk.indexOf(LINE_FEED, from)
      if (end - from > this.limit) {
        this.#overflow()
        return lines
      }
      this.#line(lines, chunk.subarray(from, end))
      from = end + 1
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from))
    return lines
  }

  /** Gives back what the unfinished line holds. Call it when the connection ends. */
  close(): void {
    this.#forget()
    this.#carry = new Uint8Array(0)
  }

  #line(lines: Array<string>, bytes: Uint8Array): void {
    const end = bytes.length > 0 && bytes[bytes.length - 1] === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length
    if (end > 0) lines.push(utf8.decode(end === bytes.length ? bytes : bytes.subarray(0, end)))
  }

  #keep(bytes: Uint8Array): void {
    const length = this.#length + bytes.length
    if (length > this.limit && !this.#admitFax(length, bytes)) {
      this.#overflow()
      return
    }
    if (length > this.#carry.length) {
      const grown = new Uint8Array(Math.max(256, length, this.#carry.length * 2))
      grown.set(this.#carry.subarray(0, this.#length))
      this.#carry = grown
    }
    this.#carry.set(bytes, this.#length)
    this.#length = length
  }

  #admitFax(length: number, bytes: Uint8Array): boolean {
    const fax = this.fax
    if (fax === undefined || length > fax.limit) return false
    if (this.#budgeted === 0) {
      const start = this.#length > 0 ? this.#carry.subarray(0, Math.min(PROBE, this.#length)) : bytes.subarray(0, PROBE)
      if (!FAX.test(utf8.decode(start))) return false
    }
    const more = length - this.limit - this.#budgeted
    if (!fax.budget.take(more)) return false
    this.#budgeted += more
    return true
  }

  #overflow(): void {
    this.overflowed = true
    this.close()
  }

  #forget(): void {
    this.#length = 0
    if (this.#budgeted > 0) {
      this.fax?.budget.release(this.#budgeted)
      this.#budgeted = 0
    }
    if (this.#carry.length > KEEP) this.#carry = new Uint8Array(0)
  }
}
