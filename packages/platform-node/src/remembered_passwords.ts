/** Passwords verified before in this process, so that a client that reconnects costs no slow hash. */
import type * as CryptoError from "effect/crypto/CryptoError"
import * as Mac from "effect/crypto/Mac"
import * as Effect from "effect/Effect"
import * as Hex from "effect/encoding/Hex"

export interface RememberedPasswords {
  readonly has: (password: Uint8Array, stored: string) => Effect.Effect<boolean, CryptoError.CryptoError>
  readonly add: (password: Uint8Array, stored: string) => Effect.Effect<void, CryptoError.CryptoError>
}

const text = new TextEncoder()

/** One message of both, from which neither can be shifted into the other. */
const message = (password: Uint8Array, stored: string): Uint8Array => {
  const storedBytes = text.encode(stored)
  const bytes = new Uint8Array(4 + password.length + storedBytes.length)
  new DataView(bytes.buffer).setUint32(0, password.length)
  bytes.set(password, 4)
  bytes.set(storedBytes, 4 + password.length)
  return bytes
}

/**
 * Keeps HMAC-SHA256 tags under a key that lives and dies with the process, never passwords: who reads the memory finds nothing that he
 * could not compute from the configuration and a guess. A changed stored hash makes the old password unknown. At most `limit`
 * are kept; the one not used for longest goes first.
 */
export const makeRememberedPasswords = (limit: number): Effect.Effect<RememberedPasswords, CryptoError.CryptoError, Mac.Mac> =>
  Effect.gen(function* () {
    const mac = yield* Mac.Mac
    const key = yield* mac.generateKey(Mac.hmacSha256)
    const known = new Set<string>()
    const tagOf = (password: Uint8Array, stored: string) => Effect.map(mac.sign(key, message(password, stored)), Hex.encode)
    const use = (tag: string): void => {
      known.delete(tag)
      known.add(tag)
    }
    return {
      has: (password, stored) =>
        Effect.map(tagOf(password, stored), (tag) => {
          if (!known.has(tag)) return false
          use(tag)
          return true
        }),
      add: (password, stored) =>
        Effect.map(tagOf(password, stored), (tag) => {
          use(tag)
          for (const oldest of known) {
            if (known.size <= limit) break
            known.delete(oldest)
          }
        })
    }
  })
