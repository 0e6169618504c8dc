/** A process of its own that tries laws as it is told: a piece of work in, a report out. */
import * as Effect from "effect/Effect"
import { allLaws } from "./all_suites.ts"

/** So many cases of the law at this place. */
export interface Work {
  readonly law: number
  readonly runs: number
  readonly seed: number
}

export interface WorkDone {
  readonly work: Work
  /** The story that breaks a law. */
  readonly broken: string | null
}

const serve = Effect.gen(function* () {
  const laws = yield* allLaws
  process.on("message", (work: Work) => {
    const law = laws[work.law]?.[1]
    if (law === undefined) return
    law.search(work).then(
      ({ broken }) => process.send?.({ work, broken: broken?.message ?? null } satisfies WorkDone),
      (error: unknown) => process.send?.({ work, broken: String(error) } satisfies WorkDone)
    )
  })
  process.send?.("ready")
  return yield* Effect.never
})

process.on("disconnect", () => process.exit())
Effect.runFork(Effect.scoped(serve))
