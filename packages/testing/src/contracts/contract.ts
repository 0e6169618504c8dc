/** What all contract suites share: cases that any test runner can run, and the words to say what was expected. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"

/** A contract was broken: what was expected and what was found. */
export class ContractBroken extends Data.TaggedError("ContractBroken")<{ readonly message: string }> {}

/** One sentence about behaviour and how to check it on an implementation. Runs under a real clock. */
export interface ContractCase<World> {
  readonly name: string
  readonly run: (world: World) => Effect.Effect<void, unknown>
}

/** Fails unless both are the same value. */
export const expectEqual = <A>(what: string, found: A, expected: A): Effect.Effect<void, ContractBroken> =>
  Object.is(found, expected)
    ? Effect.void
    : Effect.fail(new ContractBroken({ message: `${what}: expected ${String(expected)}, found ${String(found)}` }))

/** Fails unless it holds. */
export const expectTrue = (what: string, holds: boolean): Effect.Effect<void, ContractBroken> => expectEqual(what, holds, true)

/** Waits until a condition holds; fails after ten seconds. */
export const until = (what: string, condition: () => boolean): Effect.Effect<void, ContractBroken> => {
  const poll: Effect.Effect<void> = Effect.suspend(() =>
    condition() ? Effect.void : Effect.andThen(Effect.sleep("2 millis"), poll)
  )
  return poll.pipe(
    Effect.timeoutOrElse({
      duration: "10 seconds",
      orElse: () => Effect.fail(new ContractBroken({ message: `not within ten seconds: ${what}` }))
    })
  )
}

/** Asks the other side until it answers what is expected; fails after ten seconds with the last answer. */
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
