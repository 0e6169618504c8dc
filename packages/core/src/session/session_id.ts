import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"

const ALPHABET = Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")

/** Ten distinct random characters out of `A-Z a-z 0-9` (reference 2.4). */
export const sessionId: Effect.Effect<string, never, SecureRandom.SecureRandom> = Effect.map(
  SecureRandom.SecureRandom.use((random) => random.shuffle(ALPHABET)),
  (characters) => characters.slice(0, 10).join("")
)
