import * as Digest from "effect/crypto/Digest"
import type * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

const utf8 = new TextEncoder()

/** Latin-1 where every character has a place in it, otherwise UTF-8: as servers of 1.x hash (reference 2.5). */
const bytesOf = (text: string): Uint8Array => {
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code > 0xff) return utf8.encode(text)
    bytes[at] = code
  }
  return bytes
}

/** The `hashedpassword` of protocol 1.x: SHA-1 of `<session id>:<password>` in lower-case hexadecimal. */
export const hashedPassword = (sessionId: string, password: Redacted.Redacted): Effect.Effect<string, never, Digest.Digest> =>
  Digest.Digest.use((digest) => digest.digestHex(Digest.sha1, bytesOf(`${sessionId}:${Redacted.value(password)}`)))
