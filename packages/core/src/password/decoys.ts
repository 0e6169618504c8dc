/**
 * Stored passwords that nobody has, for logins that nobody has: to look at one takes as long as to look at a real one. Which one a
 * login meets is always the same, and cannot be foretold.
 */
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { Directory, type DirectorySnapshot } from "../directory/directory.ts"
import { PasswordHash, type PasswordHashError } from "./password_hash.ts"

/** The same algorithm, parameters and salt, with another hash behind the last `$`: what fits `stored` does not fit this. */
export const decoyOf = (stored: string): string => {
  const at = stored.lastIndexOf("$") + 1
  // both characters stand for digits in hexadecimal and in base64
  return stored.slice(0, at) + (stored[at] === "0" ? "1" : "0") + stored.slice(at + 1)
}

const KEY_BYTES = 32

const text = new TextEncoder()

/** Answers the decoy of a login. */
export type DecoyFor = (login: string) => Effect.Effect<Redacted.Redacted, PasswordHashError>

export const makeDecoys: Effect.Effect<DecoyFor, never, Directory | PasswordHash | Digest.Digest | SecureRandom.SecureRandom> =
  Effect.gen(function* () {
    const directory = yield* Directory
    const digest = yield* Digest.Digest
    const passwords = yield* PasswordHash
    const random = yield* SecureRandom.SecureRandom
    const key = yield* random.randomBytes(KEY_BYTES)

    /** While nobody's password is stored as a hash; it is made at the first need. */
    const made = yield* Effect.cached(
      random.randomBytes(KEY_BYTES).pipe(
        Effect.flatMap((bytes) => passwords.hash(Redacted.make(String.fromCharCode(...bytes)))),
        Effect.map((hash) => Redacted.make(decoyOf(hash)))
      )
    )

    let of: DirectorySnapshot | null = null
    let stored: ReadonlyArray<Redacted.Redacted> = []
    const hashes = (): ReadonlyArray<Redacted.Redacted> => {
      const now = directory.current()
      if (now !== of) stored = now.data.users.flatMap(({ password }) => (password.kind === "hash" ? [password.value] : []))
      of = now
      return stored
    }

    return (login) =>
      Effect.gen(function* () {
        const keyed = new Uint8Array([...key, ...text.encode(login.slice(0, 256))])
        const chosen = new DataView((yield* digest.digest(Digest.sha256, keyed)).slice().buffer).getUint32(0)
        const all = hashes()
        const one = all[chosen % Math.max(1, all.length)]
        return one === undefined ? yield* made : Redacted.make(decoyOf(Redacted.value(one)))
      })
  })
