/** Checks what a client presents for its password (reference 2.5). */
import * as Digest from "effect/crypto/Digest"
import type * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Directory } from "../directory/directory.ts"
import { makeDecoys } from "../password/decoys.ts"
import { PasswordHash } from "../password/password_hash.ts"
import type { Verification } from "./session.ts"

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

/** What came of a check; `error`: it could not be made. */
export type Verdict = "right" | "wrong" | "error"

export type Verify = (verification: Verification) => Effect.Effect<Verdict>

const verdict = (right: boolean): Verdict => (right ? "right" : "wrong")

/**
 * In clear, a wrong password takes the time of a slow hash whoever it is for: nobody, somebody who may not sign in, somebody whose
 * password is stored as a hash or as it is. The hashed login of 1.x tells them apart by its nature.
 */
export const makeVerify: Effect.Effect<Verify, never, Directory | PasswordHash | Digest.Digest | SecureRandom.SecureRandom> =
  Effect.gen(function* () {
    const passwords = yield* PasswordHash
    const digest = yield* Digest.Digest
    const decoyFor = yield* makeDecoys

    const hashed = ({ sessionId, secret, hash }: Extract<Verification, { _tag: "Hashed" }>): Effect.Effect<Verdict> => {
      const offered = hash.toLowerCase()
      return Effect.map(digest.digestHex(Digest.sha1, latin1(`${sessionId}:${Redacted.value(secret)}`)), (made) =>
        verdict(sameText(made, offered))
      )
    }

    return (verification) => {
      if (verification._tag === "Hashed") return hashed(verification)
      const { login, password, stored } = verification
      if (stored?.kind === "plain" && sameText(password, Redacted.value(stored.value))) return Effect.succeed("right")
      const against = stored?.kind === "hash" ? Effect.succeed(stored.value) : decoyFor(login)
      return against.pipe(
        Effect.flatMap((hash) => passwords.verify(Redacted.make(password), hash)),
        Effect.map(verdict),
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
  })
