/** What the parts of the Telephony contract share. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { ContractBroken, type ContractCase, until } from "./contract.ts"
import { observe, type TelephonyObserver } from "./telephony_observer.ts"
import type { TelephonyWorld } from "./telephony_world.ts"

/** A case in which the link is up and somebody listens. */
export interface TelephonyCase extends TelephonyWorld {
  readonly seen: TelephonyObserver
}

/** One sentence, checked once the link is up. */
export const telephonyCase = (
  name: string,
  run: (world: TelephonyCase) => Effect.Effect<void, unknown, Scope.Scope>
): ContractCase<TelephonyWorld> => ({
  name,
  run: (world) =>
    Effect.scoped(
      Effect.gen(function* () {
        const seen = yield* observe(world.telephony)
        yield* up(world, seen)
        yield* run({ ...world, seen })
      })
    )
})

/** Waits until the link is up and that has been told. */
export const up = (world: TelephonyWorld, seen: TelephonyObserver): Effect.Effect<void, ContractBroken> =>
  until("the link is up", () => world.telephony.isUp() && seen.of("LinkChanged").at(-1)?.state === "up")

/** Asks the PBX until it answers what is expected; fails after ten seconds with the last answer. */
export const eventually = <A>(
  what: string,
  ask: Effect.Effect<A, unknown>,
  holds: (answer: A) => boolean
): Effect.Effect<A, unknown> => {
  let last: A | undefined
  const attempt: Effect.Effect<A, unknown> = Effect.flatMap(ask, (answer) => {
    last = answer
    return holds(answer) ? Effect.succeed(answer) : Effect.andThen(Effect.sleep("20 millis"), attempt)
  })
  return attempt.pipe(
    Effect.timeoutOrElse({
      duration: "10 seconds",
      orElse: () =>
        Effect.fail(new ContractBroken({ message: `not within ten seconds: ${what}; found ${JSON.stringify(last)}` }))
    })
  )
}
