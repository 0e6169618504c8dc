/** What a side port takes from anybody who can reach it. */

export interface PortLimits {
  /** Connections open at a time; one more is closed at once. */
  readonly connections: number
  /** Connections accepted in a second, after a burst of as many; further ones are closed at once. */
  readonly connectionsPerSecond: number
  /** Longest line, in characters. */
  readonly line: number
  /** All that one connection may send, in bytes. */
  readonly bytes: number
  /** Lines of one connection that are handled in a second, after a burst of as many; further ones wait. */
  readonly linesPerSecond: number
  /** Milliseconds without a whole line, also at the beginning. */
  readonly silence: number
  /** Milliseconds of a connection's life; null: as long as it is not silent. */
  readonly life: number | null
}

/** A text without line feed is a command when it is `whole`, when the peer ends, or when nothing more has come for `wait` milliseconds. */
export interface Unterminated {
  readonly wait: number
  readonly whole: (text: string) => boolean
}

/** So many in a second, after a burst of as many. */
export class Pace {
  readonly perSecond: number
  /** The moment at which everything taken so far has been paid for. */
  #paid = Number.NEGATIVE_INFINITY

  constructor(perSecond: number) {
    this.perSecond = perSecond
  }

  /** Takes one, or answers how many milliseconds from `now` there is none. */
  take(now: number): number {
    const paid = Math.max(this.#paid, now - 1000)
    const due = paid + 1000 / this.perSecond
    // rounding must not make the last one of a burst wait
    if (due > now + 0.001) return Math.ceil(due - now)
    this.#paid = due
    return 0
  }
}
