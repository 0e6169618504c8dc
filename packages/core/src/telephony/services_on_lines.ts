/** Services that the PBX keeps for each line, set for a user: on all lines that he has. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type DirectorySnapshot, type Line, linesOf } from "../directory/directory.ts"
import type { ServicesChange } from "./state_change.ts"
import type { Forward, ForwardKind, Outcome, Telephony, TelephonyError } from "./telephony.ts"

/** What came of it. */
export interface OnLines {
  /** `deferred` if one of the lines is. */
  readonly outcome: Outcome
  readonly refused: ReadonlyArray<{ readonly line: Line; readonly error: TelephonyError }>
}

export interface ServicesOnLines {
  readonly setDoNotDisturb: (userId: number, on: boolean) => Effect.Effect<OnLines>
  readonly setForward: (userId: number, kind: ForwardKind, forward: Forward) => Effect.Effect<OnLines>
}

/** What they work with. */
export interface ServicesDoors {
  readonly directory: () => DirectorySnapshot
  readonly telephony: Telephony["Service"]
  /** Everybody who may know is told. */
  readonly tell: (userId: number, services: ServicesChange) => void
}

export const makeServicesOnLines = ({ directory, telephony, tell }: ServicesDoors): ServicesOnLines => {
  /** The last wish for each service of each user that is not known to be done: an older one that ends later says nothing. */
  const wanted = new Map<string, object>()

  /** What clients are shown is what the main line, the first one, has. */
  const set = (
    userId: number,
    service: keyof ServicesChange,
    services: ServicesChange,
    ask: (line: Line) => Effect.Effect<Outcome, TelephonyError>
  ): Effect.Effect<OnLines> =>
    Effect.suspend(() => {
      const wish = {}
      const key = `${userId} ${service}`
      wanted.set(key, wish)
      const user = directory().users.get(userId)
      return Effect.forEach(
        user === undefined ? [] : linesOf(directory(), user),
        (line) => Effect.map(Effect.result(ask(line)), (answer) => ({ line, answer })),
        // all are asked at once: none of them is left to be asked after a later wish
        { concurrency: "unbounded" }
      ).pipe(
        Effect.map((asked): OnLines => {
          const [main] = asked
          const isSet = main === undefined || Result.isSuccess(main.answer)
          if (isSet && wanted.get(key) === wish) tell(userId, services)
          return {
            outcome: asked.some(({ answer }) => Result.isSuccess(answer) && answer.success === "deferred")
              ? "deferred"
              : "done",
            refused: asked.flatMap(({ line, answer }) => (Result.isFailure(answer) ? [{ line, error: answer.failure }] : []))
          }
        }),
        Effect.ensuring(Effect.sync(() => wanted.get(key) === wish && wanted.delete(key)))
      )
    })

  return {
    setDoNotDisturb: (userId, on) =>
      set(userId, "doNotDisturb", { doNotDisturb: on }, (line) => telephony.setDoNotDisturb(line, on)),
    setForward: (userId, kind, forward) =>
      set(userId, kind, { [kind]: forward }, (line) => telephony.setForward(line, kind, forward))
  }
}
