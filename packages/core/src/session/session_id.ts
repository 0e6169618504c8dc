import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"

const ALPHABET = Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
const LENGTH = 10
/** Bytes drawn at a time: enough, nearly always, for one id. */
const DRAWN = 24

/** Takes characters out of `left` until the id is long enough or the bytes are at their end. */
const extended = (id: string, left: Array<string>, bytes: Uint8Array): string => {
  let text = id
  for (const byte of bytes) {
    if (text.length === LENGTH) break
    // the bytes above would make some characters likelier than others
    if (byte < 256 - (256 % left.length)) text += left.splice(byte % left.length, 1)[0] ?? ""
  }
  return text
}

/** Ten distinct random characters out of `A-Z a-z 0-9` (reference 2.4). */
export const sessionId: Effect.Effect<string, never, SecureRandom.SecureRandom> = Effect.gen(function* () {
  const random = yield* SecureRandom.SecureRandom
  const left = [...ALPHABET]
  let id = ""
  while (id.length < LENGTH) id = extended(id, left, yield* random.randomBytes(DRAWN))
  return id
})
