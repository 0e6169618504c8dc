/** Cuts the bytes of one connection into lines (reference 1.2): bounded, split anywhere, linear in the bytes received. */

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
/** Bytes that each connection has for itself: only what is above comes out of a budget. */
export const LINE_ALLOWANCE = 4096
/** Enough of a line's beginning to tell a fax upload. */
const PROBE = 128
const FAX = /^\s*\{\s*"class"\s*:\s*"faxsend"/

/** Bytes that many connections may hold together. */
export class ByteBudget {
  readonly #limit: () => number
  #used = 0

  /** The limit may change meanwhile: it is asked each time. */
  constructor(limit: () => number) {
    this.#limit = limit
  }

  get used(): number {
    return this.#used
  }

  /** Takes bytes, or false when not that many are left. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.#limit()) return false
    this.#used += bytes
    return true
  }

  release(bytes: number): void {
    this.#used -= bytes
  }
}

export interface LineDecoderOptions {
  /** Longest line in bytes, without its end. */
  readonly limit: number
  /** What an unfinished line needs above the allowance is taken from this, which is common to many connections. Absent: there is no such limit. */
  readonly budget?: ByteBudget | undefined
  /** Longer lines, for a line that began as `faxsend`: what is above `limit` comes out of a budget of its own. */
  readonly fax?: { readonly limit: number; readonly budget: ByteBudget } | undefined
}

/** One per program: it is only used for whole lines, so it carries nothing from one call to the next. */
const utf8 = new TextDecoder()

const nothing: ReadonlyArray<string> = []
const empty = new Uint8Array(0)

/**
 * One per connection. Text is decoded as UTF-8, a whole line at a time, so a character split between two chunks is never
 * damaged; bytes that are no UTF-8 become U+FFFD. Empty lines are dropped.
 */
export class LineDecoder {
  #options: LineDecoderOptions
  /** Why nothing more is decoded: a line longer than allowed, or no room for it. Null: all is well. */
  overflow: "line_too_long" | "no_room_for_lines" | null = null
  #carry: Uint8Array = empty
  #length = 0
  /** What of `#carry` was taken from the budgets. */
  #charged = 0
  #faxCharged = 0

  constructor(options: LineDecoderOptions) {
    this.#options = options
  }

  /** Other limits and budgets from here on. */
  change(options: LineDecoderOptions): void {
    const held = this.#carry.length
    this.#release()
    this.#options = options
    if (!this.#charge(held)) this.#stop("no_room_for_lines")
  }

  /** Bytes of the unfinished line. */
  get pending(): number {
    return this.#length
  }

  /** The lines that this chunk completes. The chunk is not kept. */
  push(chunk: Uint8Array): ReadonlyArray<string> {
    if (this.overflow !== null) return nothing
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
      if (this.overflow !== null) return nothing
      this.#line(lines, this.#carry.subarray(0, this.#length))
      this.#forget()
      from = first + 1
    }
    while (from <= last) {
      const end = chunk.indexOf(LINE_FEED, from)
      if (end - from > this.#options.limit) {
        this.#stop("line_too_long")
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
    this.#length = 0
    this.#carry = empty
    this.#release()
  }

  #line(lines: Array<string>, bytes: Uint8Array): void {
    const end = bytes.length > 0 && bytes[bytes.length - 1] === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length
    if (end > 0) lines.push(utf8.decode(end === bytes.length ? bytes : bytes.subarray(0, end)))
  }

  #keep(bytes: Uint8Array): void {
    const { limit, fax } = this.#options
    const length = this.#length + bytes.length
    if (length > limit && !this.#isFax(length, bytes)) return this.#stop("line_too_long")
    if (length > this.#carry.length) {
      const longest = length > limit ? (fax?.limit ?? length) : limit
      const roomy = Math.max(length, Math.min(longest, Math.max(256, this.#carry.length * 2)))
      const size = [roomy, length].find((wanted) => this.#charge(wanted))
      if (size === undefined) return this.#stop("no_room_for_lines")
      const grown = new Uint8Array(size)
      grown.set(this.#carry.subarray(0, this.#length))
      this.#carry = grown
    }
    this.#carry.set(bytes, this.#length)
    this.#length = length
  }

  #isFax(length: number, bytes: Uint8Array): boolean {
    const { fax } = this.#options
    if (fax === undefined || length > fax.limit) return false
    if (this.#faxCharged > 0) return true
    const start = this.#length > 0 ? this.#carry.subarray(0, Math.min(PROBE, this.#length)) : bytes.subarray(0, PROBE)
    return FAX.test(utf8.decode(start))
  }

  /** Takes what a buffer of this size needs; false: it is not there, and nothing is taken. */
  #charge(size: number): boolean {
    const { limit, budget, fax } = this.#options
    const more = Math.max(0, Math.min(size, limit) - LINE_ALLOWANCE) - this.#charged
    const moreFax = Math.max(0, size - limit) - this.#faxCharged
    if (more > 0 && budget?.take(more) === false) return false
    if (moreFax > 0 && fax?.budget.take(moreFax) !== true) {
      if (more > 0) budget?.release(more)
      return false
    }
    this.#charged += Math.max(0, more)
    this.#faxCharged += Math.max(0, moreFax)
    return true
  }

  #release(): void {
    this.#options.budget?.release(this.#charged)
    this.#options.fax?.budget.release(this.#faxCharged)
    this.#charged = 0
    this.#faxCharged = 0
  }

  #stop(why: "line_too_long" | "no_room_for_lines"): void {
    this.overflow = why
    this.close()
  }

  /** The line is done. A buffer within the allowance is kept for the next one. */
  #forget(): void {
    this.#length = 0
    if (this.#carry.length <= LINE_ALLOWANCE && this.#faxCharged === 0) return
    this.#carry = empty
    this.#release()
  }
}
