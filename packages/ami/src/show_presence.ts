/** Shows one presence at phones: now if that can be, else at the next reading of what is there. */
import type { Line } from "@ctid/core/directory/directory"
import type { PhonePresence } from "@ctid/core/presence/phone_presence"
import type { Outcome, TelephonyEvent } from "@ctid/core/telephony/telephony"
import * as Effect from "effect/Effect"
import type { AmiActionError } from "./ami_action.ts"
import type { AmiActions } from "./asterisk_database.ts"
import type { LinePresences } from "./line_presences.ts"

export interface ShowHost {
  readonly ami: AmiActions
  readonly presences: LinePresences
  readonly isUp: () => boolean
  /** Asks for everything again. */
  readonly resync: () => void
  readonly publish: (events: ReadonlyArray<TelephonyEvent>) => Effect.Effect<void>
}

/** The link broke before the answer came, or there was none. */
export const isAway = (error: AmiActionError): boolean => error.reason === "lost" || error.reason === "unavailable"

export const makeShowPresence =
  ({ ami, presences, isUp, resync, publish }: ShowHost) =>
  (line: Line, shown: PhonePresence | null): Effect.Effect<Outcome, AmiActionError> =>
    Effect.suspend(() => {
      const provider = presences.want(line, shown)
      if (provider === null) return Effect.succeed<Outcome>("done")
      if (!isUp()) return Effect.succeed<Outcome>("deferred")
      switch (presences.dutyOf(provider)) {
        case "nothing":
          return Effect.succeed<Outcome>("done")
        case "read":
          if (presences.isReadable) resync()
          return Effect.succeed<Outcome>("deferred")
        case "tell":
          return Effect.as(publish(presences.news()), "deferred")
        case "write":
          return presences.write(ami, provider).pipe(
            Effect.as<Outcome>("done"),
            Effect.catch((error) => (isAway(error) ? Effect.succeed<Outcome>("deferred") : Effect.fail(error)))
          )
      }
    })
