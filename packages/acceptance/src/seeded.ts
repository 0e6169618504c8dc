/** Random choices that a seed determines: the same seed, the same choices, on every machine. */

/** A 32-bit hash of a text, for seeds that have names (FNV-1a). */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}

/** The generator "mulberry32": 32 bits of state, good enough to choose by, not for secrets. */
export class Seeded {
  #state: number

  constructor(seed: number | string) {
    this.#state = typeof seed === "number" ? seed >>> 0 : hashOf(seed)
  }

  /** A generator of its own for a part of the work: what it draws does not depend on the others. */
  fork(name: string): Seeded {
    return new Seeded(`${this.#state} ${name}`)
  }

  /** A whole number of 32 bits. */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let value = this.#state
    value = Math.imul(value ^ (value >>> 15), value | 1)
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61)
    return (value ^ (value >>> 14)) >>> 0
  }

  /** From 0 to below 1. */
  real(): number {
    return this.bits() / 0x1_0000_0000
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.real() * end)
  }

  chance(probability: number): boolean {
    return this.real() < probability
  }

  pick<A>(items: ReadonlyArray<A>): A {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new RangeError("nothing to choose from")
    return item
  }

  /** One of some, by weight. */
  weighted<A>(items: ReadonlyArray<readonly [weight: number, item: A]>): A {
    let left = this.real() * items.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, item] of items) {
      left -= weight
      if (left < 0) return item
    }
    return this.pick(items)[1]
  }

  /** How long until the next of some events that come by chance, so many apart on average. */
  wait(mean: number): number {
    return -Math.log(1 - this.real()) * mean
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256))
  }
}
