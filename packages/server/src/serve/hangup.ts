/** SIGHUP: read the configuration again. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** Runs `effect` at each SIGHUP until the scope closes; without it the signal would end the process. */
export const onHangup = (effect: Effect.Effect<unknown>): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function* () {
    const run = Effect.runForkWith(yield* Effect.context<never>())
    const listener = (): void => {
      run(Effect.catchCause(effect, (cause) => Effect.logError("internal error", cause)))
    }
    yield* Effect.acquireRelease(
      Effect.sync(() => process.on("SIGHUP", listener)),
      () => Effect.sync(() => process.off("SIGHUP", listener))
    )
  })
