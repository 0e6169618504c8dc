/** The door to password hashing: slow on purpose, so it is bounded and off the event loop. */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"

/** A stored secret cannot be read, or the runtime lacks its algorithm. */
export class PasswordHashError extends Data.TaggedError("PasswordHashError")<{
  readonly reason: "malformed" | "unsupported" | "busy"
  readonly message: string
}> {}

/**
 * Hashes and verifies passwords. Stored form: a PHC string, `$argon2id$v=19$m=..,t=..,p=..$salt$hash` or
 * `$pbkdf2-sha256$i=..$salt$hash`.
 */
export class PasswordHash extends Context.Service<
  PasswordHash,
  {
    readonly hash: (password: Redacted.Redacted) => Effect.Effect<string, PasswordHashError>
    /**
     * False for a wrong password. A password verified before in this process costs nothing. `busy`: too many wait already.
     */
    readonly verify: (password: Redacted.Redacted, stored: Redacted.Redacted) => Effect.Effect<boolean, PasswordHashError>
  }
>()("@ctid/core/PasswordHash") {}
