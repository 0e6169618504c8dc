import type { Json } from "./json.ts"
import { assigned } from "./matching.ts"

/**
 * Items in the order in which they came, for expectations in the order in which they are written: each is looked for after the
 * one before it. What is used up by an expectation is not there for `none`.
 */
export class Trail<A extends { readonly after: number }> {
  #next = 0
  readonly #items: ReadonlyArray<A>
  readonly #used: Set<A>
  constructor(items: ReadonlyArray<A>, used: Set<A>) {
    this.#items = items
    this.#used = used
  }

  /** The next one that fits, from here on. */
  find(after: number, fits: (item: A) => boolean): boolean {
    const index = this.#items.findIndex((item, at) => at >= this.#next && item.after >= after && fits(item))
    if (index < 0) return false
    this.#use(index)
    return true
  }

  /** One for each pattern, in any order. */
  findAll(after: number, patterns: ReadonlyArray<Json>, value: (item: A) => Json): boolean {
    const open = this.#items.flatMap((item, at) => (at >= this.#next && item.after >= after ? [at] : []))
    const found = assigned(
      patterns,
      open.map((at) => value(this.#items[at] as A)) // indexes of the items themselves
    )
    if (found === null) return false
    for (const index of found) this.#use(open[index] ?? 0)
    return true
  }

  /** All that fit, wherever they are. */
  count(after: number, fits: (item: A) => boolean): number {
    const found = this.#items.flatMap((item, at) => (item.after >= after && fits(item) ? [at] : []))
    const next = this.#next
    for (const index of found) this.#use(index)
    const first = found.find((index) => index >= next)
    this.#next = first === undefined ? next : first + 1
    return found.length
  }

  /** Compares the last one of a kind. */
  isLast(after: number, ofKind: (item: A) => boolean, fits: (item: A) => boolean): boolean {
    const kind = this.#items.filter((item) => item.after >= after && ofKind(item))
    for (const item of kind) this.#used.add(item)
    const last = kind.at(-1)
    return last !== undefined && fits(last)
  }

  #use(index: number): void {
    const item = this.#items[index]
    if (item !== undefined) this.#used.add(item)
    this.#next = Math.max(this.#next, index + 1)
  }
}
