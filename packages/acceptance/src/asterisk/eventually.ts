import * as Data from "effect/Data"
import * as Effect from "effect/Effect"

/** What was waited for did not come. */
export class NotInTime extends Data.TaggedError("NotInTime")<{ readonly message: string }> {}

/**
 * Asks until the answer is as wanted, every 20 ms, and answers it; fails after some seconds with what was found last. Nothing in these
 * tests sleeps for a fixed time.
 */
export const eventually = <A, E, R>(
  what: string,
  ask: Effect.Effect<A, E, R>,
  wanted: (answer: A) => boolean,
  seconds = 10,
  show: (answer: A) => string | undefined = JSON.stringify
): Effect.Effect<A, E | NotInTime, R> => {
  let last: A | undefined
  const poll: Effect.Effect<A, E, R> = Effect.suspend(() =>
    Effect.flatMap(ask, (answer) => {
      last = answer
      return wanted(answer) ? Effect.succeed(answer) : Effect.andThen(Effect.sleep("20 millis"), poll)
    })
  )
  return poll.pipe(
    Effect.timeoutOrElse({
      duration: `${seconds} seconds`,
      orElse: () =>
        Effect.fail(
          new NotInTime({
            message: `not within ${seconds} s: ${what}; found last: ${last === undefined ? "nothing" : show(last)}`
          })
        )
    })
  )
}
