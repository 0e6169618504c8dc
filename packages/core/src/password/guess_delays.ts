/**
 * What guessing passwords costs: attempts wait, longer with each failure, for one account from one address, for one address, and for
 * one account from anywhere. Nobody is locked out: every delay has an end and is forgotten some time after the last failure.
 */
import { type DebtRule, Debts } from "./debts.ts"

export interface GuessRules {
  /** One account from one address. Attempts follow one another; the next one begins this long after the one before it. */
  readonly pair: DebtRule
  /** One address, whatever the account: likewise, but for accounts that have signed in from there. */
  readonly address: DebtRule
  /** One account from anywhere: each attempt waits so long, but where that account has signed in from. */
  readonly account: DebtRule
  /** An attempt that would have to wait longer is refused at once. Milliseconds. */
  readonly longestWait: number
  /** How many of each are remembered. */
  readonly remembered: number
}

export const defaultGuessRules: GuessRules = {
  pair: { free: 3, first: 1_000, longest: 16_000, forgiven: 60_000 },
  address: { free: 20, first: 500, longest: 8_000, forgiven: 15_000 },
  account: { free: 10, first: 1_000, longest: 4_000, forgiven: 60_000 },
  longestWait: 30_000,
  remembered: 10_000
}

/** Who tries. */
export interface Guess {
  readonly login: string
  /** From where, as limits count it: the key of a `Peer`. */
  readonly peer: string
  /** Many stand behind this peer: it owes nothing for itself. */
  readonly shared: boolean
}

/** Longer ones cannot be declared; they share one debt. */
const LONGEST_LOGIN = 255

export class GuessDelays {
  readonly #rules: GuessRules
  readonly #pairs: Debts
  readonly #addresses: Debts
  readonly #accounts: Debts
  /** Accounts and the addresses from which they signed in, in the order of their last use. */
  readonly #known = new Set<string>()

  constructor(rules: GuessRules = defaultGuessRules) {
    this.#rules = rules
    this.#pairs = new Debts(rules.pair, rules.remembered)
    this.#addresses = new Debts(rules.address, rules.remembered)
    this.#accounts = new Debts(rules.account, rules.remembered)
  }

  /** Entries of all tables together. */
  get size(): number {
    return this.#pairs.size + this.#addresses.size + this.#accounts.size + this.#known.size
  }

  /**
   * An attempt begins: the milliseconds that it has to wait, or null when that would be too long; then it has not begun. Until it ends
   * it counts as a failure, so that many at the same time gain nothing.
   */
  begin(guess: Guess, now: number): number | null {
    const account = accountOf(guess)
    const pair = pairOf(guess)
    const known = this.#known.has(pair)
    const byAddress = !known && !guess.shared
    const start = Math.max(
      this.#pairs.next(pair, now),
      byAddress ? this.#addresses.next(guess.peer, now) : now,
      known ? now : now + this.#accounts.delay(account, now)
    )
    if (start - now > this.#rules.longestWait) return null
    this.#pairs.add(pair, now)
    this.#pairs.begin(pair, start)
    if (byAddress) this.#addresses.begin(guess.peer, start)
    return start - now
  }

  /** The password was right: the account owes nothing from there any more. */
  right(guess: Guess): void {
    const pair = pairOf(guess)
    this.#pairs.clear(pair)
    this.#known.delete(pair)
    this.#known.add(pair)
    for (const oldest of this.#known) {
      if (this.#known.size <= this.#rules.remembered) break
      this.#known.delete(oldest)
    }
  }

  /** The password was wrong. */
  wrong(guess: Guess, now: number): void {
    if (!guess.shared) this.#addresses.add(guess.peer, now)
    this.#accounts.add(accountOf(guess), now)
  }

  /** The password was not looked at. */
  undecided(guess: Guess, now: number): void {
    this.#pairs.takeBack(pairOf(guess), now)
  }
}

const accountOf = ({ login }: Guess): string => (login.length > LONGEST_LOGIN ? "\n" : login)

/** No login that could be declared holds a line feed. */
const pairOf = (guess: Guess): string => `${accountOf(guess)}\n${guess.peer}`
