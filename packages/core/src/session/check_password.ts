/** Checks passwords in their turn: whoever guesses waits before his password is looked at. */
import * as Clock from "effect/Clock"
import type { Digest } from "effect/crypto/Digest"
import type { SecureRandom } from "effect/crypto/SecureRandom"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import { audited } from "../audit.ts"
import { Settings } from "../config/settings.ts"
import { peerOf } from "../connection/network.ts"
import type { Directory } from "../directory/directory.ts"
import { logText } from "../log_text.ts"
import { monotonic } from "../monotonic.ts"
import { type Guess, GuessDelays } from "../password/guess_delays.ts"
import type { PasswordHash } from "../password/password_hash.ts"
import type { Verification } from "./session.ts"
import { makeVerify, type Verdict } from "./verify_password.ts"

const delayed = Metric.counter("ctid_logins_delayed", {
  description: "Passwords that had to wait because of wrong ones before",
  incremental: true
})

/** Checks what a client at this address presents. Once begun it is finished, so that leaving saves nobody his delay. */
export type CheckPassword = (verification: Verification, address: string) => Effect.Effect<Verdict>

export const makeCheckPassword: Effect.Effect<
  CheckPassword,
  never,
  Settings | Directory | PasswordHash | Digest | SecureRandom
> = Effect.gen(function* () {
  const verify = yield* makeVerify
  const settings = yield* Settings
  const now = monotonic(yield* Clock.Clock)
  const delays = new GuessDelays()

  const note = (guess: Guess, found: Verdict): void => {
    if (found === "right") delays.right(guess)
    else if (found === "wrong") delays.wrong(guess, now())
    else delays.undecided(guess, now())
  }

  const told = (guess: Guess, wait: number | null): Effect.Effect<void> =>
    Effect.andThen(
      Metric.update(delayed, 1),
      Effect.logInfo(wait === null ? "login not tried" : "login delayed").pipe(
        Effect.annotateLogs(
          audited("login_delayed", {
            login: logText(guess.login),
            peer: guess.peer,
            ...(wait === null ? {} : { milliseconds: wait })
          })
        )
      )
    )

  return (verification, address) =>
    Effect.suspend(() => {
      const { key, shared } = peerOf(settings.current().limits.sharedAddresses, address)
      const guess: Guess = { login: verification.login, peer: key, shared }
      const wait = delays.begin(guess, now())
      if (wait === null) return Effect.as(told(guess, wait), "error" as const)
      const checked = Effect.tap(verify(verification), (found) => Effect.sync(() => note(guess, found)))
      if (wait === 0) return checked
      return told(guess, wait).pipe(Effect.andThen(Effect.sleep(Duration.millis(wait))), Effect.andThen(checked))
    })
})
