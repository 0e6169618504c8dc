/** The digest of AMI's challenge login. */
import { md5 } from "effect/crypto/Digest"
import * as Hex from "effect/encoding/Hex"

const encoder = new TextEncoder()

/** Lower-case hexadecimal MD5 of a text in UTF-8. Synchronous: a session answers in order. */
export const md5Hex = (text: string): string => {
  const { implementation } = md5
  if (implementation === undefined) throw new Error("effect/crypto/Digest has no MD5 of its own any more")
  return Hex.encode(implementation(encoder.encode(text)))
}
