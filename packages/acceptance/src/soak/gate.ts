/** Lets people in one after the other: so many in a second. */

/** Milliseconds between two looks at the queue. */
const TICK = 20

export class Gate {
  readonly #perSecond: number
  readonly #waiting: Array<() => void> = []
  #due = 0
  #last = performance.now()
  #timer: NodeJS.Timeout | null = null

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  pass(enter: () => void): void {
    this.#waiting.push(enter)
    this.#timer ??= setInterval(() => this.#tick(), TICK)
  }

  #tick(): void {
    const now = performance.now()
    // nobody saves up for a rush
    this.#due = Math.min(this.#due + ((now - this.#last) / 1000) * this.#perSecond, this.#perSecond / 10 + 1)
    this.#last = now
    for (const enter of this.#waiting.splice(0, Math.floor(this.#due))) {
      this.#due--
      enter()
    }
    if (this.#waiting.length > 0 || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
    this.#due = 0
  }
}
