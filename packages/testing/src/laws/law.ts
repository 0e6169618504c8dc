/**
 * A law: a sentence that always holds, and the search for a case where it does not.
 *
 * @example
 * ```ts
 * import { test } from "node:test" // or "vitest"
 * import { presenceGroup, presenceLaws } from "@ctid/testing"
 *
 * const group = presenceGroup("reception", {
 *   available: { allowed: ["away"] },
 *   away: { allowed: ["available"] },
 *   disconnected: {}
 * })
 * for (const law of presenceLaws(group)) test(law.name, () => law.check())
 * ```
 */
import * as Predicate from "effect/Predicate"
import fc from "fast-check"

/** What a law is tried on. Its text tells it as a story. */
export interface Told {
  readonly toString: () => string
}

export interface LawSettings {
  /** How many cases are tried. Default 1,000. */
  readonly runs?: number
  /** Makes the same cases again. Default: others each time. */
  readonly seed?: number
  /** With the seed: only the case that a `LawBroken` names. */
  readonly path?: string
  /** Whether the first case that breaks it is made simpler. Default true. */
  readonly simplify?: boolean
}

/** What became of a search for a case that breaks a law. */
export interface LawReport {
  readonly law: string
  /** Cases that were tried; of a broken law, up to the first that breaks it. */
  readonly runs: number
  readonly seed: number
  /** Null: it holds, as far as was seen. */
  readonly broken: LawBroken | null
}

export interface Law<Case extends Told = Told> {
  /** The law, as a sentence. */
  readonly name: string
  /** Several laws that are tried on the same cases; else only its own name. A `LawBroken` names the one that is broken. */
  readonly sentences: ReadonlyArray<string>
  /** For fast-check itself: `await fc.assert(law.property)`. */
  readonly property: fc.IAsyncProperty<[Case]>
  /** Tries it. Rejects with `LawBroken`: the simplest case that was found. */
  readonly check: (settings?: LawSettings) => Promise<void>
  /** The same, as a report. */
  readonly search: (settings?: LawSettings) => Promise<LawReport>
}

/** Where a case was found. */
type SearchDetails = Pick<fc.RunDetails<never>, "numRuns" | "numShrinks" | "seed" | "counterexamplePath">

/**
 * A case that breaks a law. The message is made for people: the law, the story, what was found, how to see it again. `cause` is what was
 * thrown: what the law found, or the error of code that crashed in it.
 */
export class LawBroken extends Error {
  override readonly name = "LawBroken"
  readonly law: string
  /** `alice: signs in as available; available -> away; link lost` */
  readonly story: string
  /** What was found in it. */
  readonly found: string
  readonly seed: number
  readonly path: string

  constructor(law: string, story: string, cause: unknown, details: SearchDetails) {
    const found = said(cause)
    const { numRuns, numShrinks, seed } = details
    // the case as it was found, which is made simpler again: the rest of fast-check's path does not always lead back
    const [path = ""] = (details.counterexamplePath ?? "").split(":")
    super(
      [
        `broken: ${law}`,
        ...story.split("\n").map((line) => `  ${line}`),
        `  found: ${found}`,
        `  (run ${numRuns}, made simpler ${numShrinks} times; again with { seed: ${seed}, path: "${path}" })`
      ].join("\n"),
      { cause }
    )
    this.law = law
    this.story = story
    this.found = found
    this.seed = seed
    this.path = path
  }
}

/** What is wrong with a case; `law` names one of several that are tried together. */
export class Breach extends Error {
  readonly _tag = "Breach"
  readonly law: string | null

  constructor(found: string, law: string | null = null) {
    super(found)
    this.law = law
  }
}

/** Whether a law has said so. Also of another copy of this module. */
export const isBreach: (error: unknown) => boolean = Predicate.isTagged("Breach")

/** Says what is wrong unless it holds. */
export const holds = (condition: boolean, otherwise: () => string, law: string | null = null): void => {
  if (!condition) throw new Breach(otherwise(), law)
}

/** Of a crash also what kind of error it is. */
const said = (error: unknown): string => (error instanceof Breach ? error.message : String(error))

const reported = <Case extends Told>(law: string, details: fc.RunDetails<[Case]>): LawReport => {
  const { errorInstance: error, numRuns: runs, seed } = details
  if (!details.failed) return { law, runs, seed, broken: null }
  const story = String(details.counterexample?.[0])
  const broken = (error instanceof Breach ? error.law : null) ?? law
  return { law, runs, seed, broken: new LawBroken(broken, story, error, details) }
}

const parameters = <Case>({ runs = 1000, seed, path, simplify = true }: LawSettings): fc.Parameters<[Case]> => ({
  numRuns: runs,
  endOnFailure: !simplify,
  ...(seed === undefined ? {} : { seed }),
  ...(path === undefined ? {} : { path })
})

/** One value, or whatever an arbitrary makes. */
export const oneOrAny = <A extends object>(value: A | fc.Arbitrary<A>): fc.Arbitrary<A> =>
  value instanceof fc.Arbitrary ? value : fc.constant(value)

/**
 * A law about cases of one kind. `judge` throws, or rejects, where it is broken: see `holds`. `sentences`: the laws that it names in its
 * breaches, where there are several.
 */
export const makeLaw = <Case extends Told>(
  name: string,
  cases: fc.Arbitrary<Case>,
  judge: (one: Case) => void | Promise<void>,
  sentences: ReadonlyArray<string> = [name]
): Law<Case> => {
  const property = fc.asyncProperty(cases, async (one) => judge(one))
  const search: Law["search"] = async (settings = {}) => reported(name, await fc.check(property, parameters(settings)))
  const check: Law["check"] = async (settings) => {
    const { broken } = await search(settings)
    if (broken !== null) throw broken
  }
  return { name, sentences, property, check, search }
}
