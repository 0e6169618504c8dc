/** What the parts of the Telephony contract share. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type ContractBroken, type ContractCase, until } from "./contract.ts"
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
