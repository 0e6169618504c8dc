/** A user's uuid where the configuration gives none. */

import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Hex from "effect/encoding/Hex"
import * as Result from "effect/Result"

/**
 * Version 5 of RFC 9562 (a SHA-1 of a name space and a name): name space the server's uuid, name `user:<id>`. So it is the same at
 * every start, and another one on another server.
 */
export const userUuid = Effect.fnUntraced(function* (
  serverUuid: string,
  id: number
): Effect.fn.Return<string, never, Digest.Digest> {
  const { digest } = yield* Digest.Digest
  const space = Result.getOrThrow(Hex.decode(serverUuid.replaceAll("-", "")))
  const name = new TextEncoder().encode(`user:${id}`)
  const hash = (yield* digest(Digest.sha1, Uint8Array.of(...space, ...name))).slice(0, 16)
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80
  return Hex.encode(hash).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
})
