/** Waits for the end of each presence that has one. */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import type { PresenceTerms } from "./presence_event.ts"

/** The system's clock may be set meanwhile, so it is asked again after this many milliseconds. */
const LONGEST_SLEEP = 60_000

export interface EndsHost {
  readonly clock: Clock.Clock
  readonly scope: Scope.Scope
  readonly expire: (userId: number, until: number) => Effect.Effect<void>
}

export class PresenceEnds {
  readonly #host: EndsHost
  readonly #waiting = new Map<number, { readonly until: number; readonly fiber: Fiber.Fiber<void> }>()

  constructor(host: EndsHost) {
    this.#host = host
  }

  /** His presence has these terms now; undefined: none, or he is gone. */
  follow(userId: number, terms: PresenceTerms | undefined): Effect.Effect<void> {
    return Effect.suspend(() => {
      const until = terms?.end?._tag === "At" ? terms.end.until : null
      const waiting = this.#waiting.get(userId)
      if ((waiting?.until ?? null) === until) return Effect.void
      this.#waiting.delete(userId)
      waiting?.fiber.interruptUnsafe()
      if (until === null) return Effect.void
      return this.#wait(userId, until).pipe(
        Effect.forkIn(this.#host.scope),
        Effect.flatMap((fiber) => Effect.sync(() => this.#waiting.set(userId, { until, fiber }))),
        Effect.asVoid
      )
    })
  }

  #wait(userId: number, until: number): Effect.Effect<void> {
    return Effect.suspend(() => {
      const left = until * 1000 - this.#host.clock.currentTimeMillisUnsafe()
      if (left > 0) {
        return Effect.andThen(Effect.sleep(Duration.millis(Math.min(left, LONGEST_SLEEP))), this.#wait(userId, until))
      }
      this.#waiting.delete(userId)
      return this.#host.expire(userId, until)
    })
  }
}
