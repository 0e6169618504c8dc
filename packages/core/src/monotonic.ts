/** Time that passes, in milliseconds. Only differences mean something: unlike the clock on the wall nobody sets it. */
import type * as Clock from "effect/Clock"

export const monotonic = (clock: Clock.Clock) => (): number => Number(clock.monotonicTimeNanosUnsafe() / 1_000_000n)
