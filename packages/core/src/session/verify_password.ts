/** Checks what a client presents for its password (reference 2.5). */
import * as Digest from "effect/crypto/Digest"
import type * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { PasswordHash } from "../password/password_hash.ts"
import type { Verification } from "./session.ts"
import { sessionId } from "./session_id.ts"

const utf8 = new TextEncoder()

/** Latin-1 where the text allows it, as the old clients hash it; else UTF-8. */
const latin1 = (text: string): Uint8Array => {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0xff) return utf8.encode(text)
    bytes[i] = code
  }
  return bytes
}

/** Equal in content; takes as long for a wrong first character as for a wrong last one. */
const sameText = (a: string, b: string): boolean => {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i % Math.max(1, b.length))
  return difference === 0
}

export type Verify = (verification: Verification) => Effect.Effect<"right" | "wrong" | "error">

/** A stored secret that nobody has: an unknown login takes as long as a known one. It is made at the first need. */
export const makeVerify: Effect.Effect<Verify, never, PasswordHash | Digest.Digest | SecureRandom.SecureRandom> = Effect.gen(
  function* () {
    const passwords = yield* PasswordHash
    const digest = yield* Digest.Digest
    const nobody = yield* Effect.cached(
      Effect.flatMap(sessionId, (random) => Effect.map(passwords.hash(Redacted.make(random)), (hash) => Redacted.make(hash)))
    )
    const random = yield* Effect.context<SecureRandom.SecureRandom>()

    const result = (right: boolean): "right" | "wrong" => (right ? "right" : "wrong")

    return (verification) => {
      if (verification._tag === "Hashed") {
        const text = `${verification.sessionId}:${Redacted.value(verification.secret)}`
        const offered = verification.hash.toLowerCase()
        return Effect.map(digest.digestHex(Digest.sha1, latin1(text)), (hash) => result(sameText(hash, offered)))
      }
      const { password, stored } = verification
      if (stored?.kind === "plain") return Effect.succeed(result(sameText(password, Redacted.value(stored.value))))
      const right =
        stored === null
          ? Effect.flatMap(nobody, (hash) => Effect.as(passwords.verify(Redacted.make(password), hash), false))
          : passwords.verify(Redacted.make(password), stored.value)
      return right.pipe(
        Effect.map(result),
        Effect.provideContext(random),
        Effect.catch((error) =>
          Effect.as(
            Effect.logWarning("password not checked").pipe(
              Effect.annotateLogs({ reason: error.reason, detail: error.message })
            ),
            "error" as const
          )
        )
      )
    }
  }
)
