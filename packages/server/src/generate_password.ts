/** Passwords that people can read out to each other. */
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

/** Without what looks alike: 32 characters, 5 bits each. */
const alphabet = "abcdefghijkmnpqrstuvwxyz23456789"

/** 20 characters in groups of four: 100 bits of a secure generator. */
export const generatePassword: Effect.Effect<Redacted.Redacted, never, SecureRandom.SecureRandom> = Effect.gen(function* () {
  const { randomBytes } = yield* SecureRandom.SecureRandom
  const characters = Array.from(yield* randomBytes(20), (byte) => alphabet[byte & 31] ?? "")
  return Redacted.make([0, 4, 8, 12, 16].map((from) => characters.slice(from, from + 4).join("")).join("-"))
})
