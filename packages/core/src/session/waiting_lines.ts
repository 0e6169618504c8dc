/** Lines of one client that cannot be handled yet: something before them is under way. */
import { type ByteBudget, LINE_ALLOWANCE } from "../protocol/line_decoder.ts"

const nothing: ReadonlyArray<string> = []

export class WaitingLines {
  #lines: ReadonlyArray<string> = nothing
  #next = 0
  #budget: ByteBudget
  /** Characters taken from the budget, and the lines for which they were. */
  #held = 0
  #heldFor: ReadonlyArray<string> = nothing

  /** What waits, above an allowance, is taken from this. */
  constructor(budget: ByteBudget) {
    this.#budget = budget
  }

  get some(): boolean {
    return this.#next < this.#lines.length
  }

  add(lines: ReadonlyArray<string>): void {
    if (lines.length === 0) return
    this.#lines = this.some ? this.#lines.slice(this.#next).concat(lines) : lines
    this.#next = 0
  }

  /** The next line; call it while there are `some`. */
  take(): string {
    const line = this.#lines[this.#next++] ?? ""
    if (this.#next >= this.#lines.length) this.#forget()
    return line
  }

  /** Accounts for what has to wait now. False: there is no room for it. */
  hold(): boolean {
    if (this.#heldFor === this.#lines) return true
    let size = -LINE_ALLOWANCE
    for (let at = this.#next; at < this.#lines.length; at++) size += this.#lines[at]?.length ?? 0
    const more = Math.max(0, size) - this.#held
    if (more > 0 && !this.#budget.take(more)) return false
    if (more < 0) this.#budget.release(-more)
    this.#held += more
    this.#heldFor = this.#lines
    return true
  }

  /** Another budget from here on. */
  change(budget: ByteBudget): void {
    this.#release()
    this.#budget = budget
  }

  clear(): void {
    this.#forget()
    this.#release()
  }

  #forget(): void {
    this.#lines = nothing
    this.#next = 0
  }

  #release(): void {
    this.#budget.release(this.#held)
    this.#held = 0
    this.#heldFor = nothing
  }
}
