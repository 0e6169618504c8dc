/** A test clock whose wall clock somebody sets while the test runs; time passes as ever. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** `set` moves what the wall clock shows by so many milliseconds from what it would show. */
export const withWallClock = <A, E, R>(run: (set: (shift: number) => void) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Clock.Clock, (clock) => {
    let shift = 0
    const millis = (): number => clock.currentTimeMillisUnsafe() + shift
    const nanos = (): bigint => clock.currentTimeNanosUnsafe() + BigInt(shift) * 1_000_000n
    const walled: Clock.Clock = Object.create(clock, {
      currentTimeMillisUnsafe: { value: millis },
      currentTimeMillis: { value: Effect.sync(millis) },
      currentTimeNanosUnsafe: { value: nanos },
      currentTimeNanos: { value: Effect.sync(nanos) }
    })
    const set = (by: number): void => {
      shift = by
    }
    return Effect.provideService(run(set), Clock.Clock, walled)
  })
