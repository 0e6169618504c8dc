/** How often somebody failed lately, for many at a time, in a table that cannot grow beyond its size. */

/** What failing costs. All times in milliseconds. */
export interface DebtRule {
  /** Failures that cost nothing. */
  readonly free: number
  /** The delay after the next one; it doubles with each further one. */
  readonly first: number
  /** The delay never is longer than this. */
  readonly longest: number
  /** After so long one failure is forgiven. */
  readonly forgiven: number
}

interface Debt {
  failures: number
  /** The moment since which nothing was forgiven. */
  since: number
  /** The moment at which the last attempt could begin. */
  last: number
}

/** The delay after so many failures. */
export const delayAfter = ({ free, first, longest }: DebtRule, failures: number): number =>
  failures <= free ? 0 : Math.min(longest, first * 2 ** Math.min(30, failures - free - 1))

/** More than this is not remembered, so that the longest delay too is over some time after the last failure. */
const mostOf = (rule: DebtRule): number => rule.free + 2 + Math.ceil(Math.log2(Math.max(1, rule.longest / rule.first)))

export class Debts {
  readonly #rule: DebtRule
  readonly #size: number
  /** In the order of their last use: the first one is given up for a new one. */
  readonly #table = new Map<string, Debt>()

  constructor(rule: DebtRule, size: number) {
    this.#rule = rule
    this.#size = size
  }

  get size(): number {
    return this.#table.size
  }

  /** The delay that is due now. */
  delay(key: string, now: number): number {
    return delayAfter(this.#rule, this.#current(key, now)?.failures ?? 0)
  }

  /** The moment at which the next attempt may begin: the delay after the last one began. */
  next(key: string, now: number): number {
    const debt = this.#current(key, now)
    return debt === null ? now : Math.max(now, debt.last + delayAfter(this.#rule, debt.failures))
  }

  /** An attempt begins at this moment, which may be one to come. */
  begin(key: string, at: number): void {
    const debt = this.#table.get(key)
    if (debt !== undefined) debt.last = Math.max(debt.last, at)
  }

  /** One more failure. */
  add(key: string, now: number): void {
    const debt = this.#current(key, now) ?? { failures: 0, since: now, last: now }
    debt.failures = Math.min(mostOf(this.#rule), debt.failures + 1)
    this.#table.delete(key)
    this.#table.set(key, debt)
    for (const oldest of this.#table.keys()) {
      if (this.#table.size <= this.#size) break
      this.#table.delete(oldest)
    }
  }

  /** One failure less: it was none. */
  takeBack(key: string, now: number): void {
    const debt = this.#current(key, now)
    if (debt === null) return
    debt.failures--
    if (debt.failures <= 0) this.#table.delete(key)
  }

  clear(key: string): void {
    this.#table.delete(key)
  }

  /** With what is forgiven by now taken off; null: nothing is owed. */
  #current(key: string, now: number): Debt | null {
    const debt = this.#table.get(key)
    if (debt === undefined) return null
    const forgiven = Math.max(0, Math.floor((now - debt.since) / this.#rule.forgiven))
    debt.failures -= forgiven
    debt.since += forgiven * this.#rule.forgiven
    if (debt.failures > 0) return debt
    this.#table.delete(key)
    return null
  }
}
