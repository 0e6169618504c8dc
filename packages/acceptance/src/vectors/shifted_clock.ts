/** A clock that runs as the machine's does and can be moved on, so that a vector's waiting takes no time. */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** Longest delay of a timer of the runtime, in milliseconds. */
const LONGEST = 2 ** 31 - 1

interface Sleeper {
  /** Milliseconds of the clock at which it wakes. */
  readonly at: number
  readonly wake: () => void
  timer: NodeJS.Timeout
}

export class ShiftedClock implements Clock.Clock {
  #shift = 0
  readonly #sleepers = new Set<Sleeper>()

  currentTimeMillisUnsafe(): number {
    return Date.now() + this.#shift
  }
  readonly currentTimeMillis: Effect.Effect<number> = Effect.sync(() => this.currentTimeMillisUnsafe())
  currentTimeNanosUnsafe(): bigint {
    return BigInt(this.currentTimeMillisUnsafe()) * 1_000_000n
  }
  readonly currentTimeNanos: Effect.Effect<bigint> = Effect.sync(() => this.currentTimeNanosUnsafe())
  monotonicTimeNanosUnsafe(): bigint {
    return process.hrtime.bigint() + BigInt(this.#shift) * 1_000_000n
  }
  readonly monotonicTimeNanos: Effect.Effect<bigint> = Effect.sync(() => this.monotonicTimeNanosUnsafe())

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    const millis = Duration.toMillis(duration)
    if (millis <= 0) return Effect.yieldNow
    if (!Number.isFinite(millis)) return Effect.never
    return Effect.callback((resume) => {
      const sleeper: Sleeper = {
        at: this.currentTimeMillisUnsafe() + millis,
        wake: () => {
          this.#forget(sleeper)
          resume(Effect.void)
        },
        timer: setTimeout(() => sleeper.wake(), Math.min(millis, LONGEST))
      }
      this.#sleepers.add(sleeper)
      return Effect.sync(() => this.#forget(sleeper))
    })
  }

  /** Moves on by so many whole milliseconds; whoever slept until then wakes, in order. */
  advance(milliseconds: number): void {
    this.#shift += milliseconds
    const now = this.currentTimeMillisUnsafe()
    for (const sleeper of [...this.#sleepers].sort((a, b) => a.at - b.at)) {
      if (sleeper.at <= now) sleeper.wake()
      else {
        clearTimeout(sleeper.timer)
        sleeper.timer = setTimeout(() => sleeper.wake(), Math.min(sleeper.at - now, LONGEST))
      }
    }
  }

  #forget(sleeper: Sleeper): void {
    clearTimeout(sleeper.timer)
    this.#sleepers.delete(sleeper)
  }
}
