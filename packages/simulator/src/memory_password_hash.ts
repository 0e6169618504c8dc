/** Password hashing for tests: as fast as a digest, so never for a password that anybody uses. */
import { PasswordHash, PasswordHashError } from "@ctid/core/password/password_hash"
import { Digest, layerWebCrypto, sha256 } from "effect/crypto/Digest"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

const STORED = /^\$test-sha256\$(\d+)\$([0-9a-f]{64})$/

export interface MemoryPasswordHashOptions {
  /** How long each operation takes, by Effect's clock. Default: no time. */
  readonly duration?: Duration.Input
}

export const MemoryPasswordHash: {
  /** Stored form: `$test-sha256$salt$hash`; nothing else is taken. */
  readonly layer: (options?: MemoryPasswordHashOptions) => Layer.Layer<PasswordHash>
} = {
  layer: ({ duration = 0 } = {}) =>
    Layer.effect(
      PasswordHash,
      Effect.map(Digest, (digest) => {
        const encoder = new TextEncoder()
        let salts = 0
        const compute = (salt: string, password: Redacted.Redacted): Effect.Effect<string> =>
          Effect.andThen(
            Effect.sleep(duration),
            digest.digestHex(sha256, encoder.encode(`${salt}$${Redacted.value(password)}`))
          )
        return PasswordHash.of({
          hash: (password) =>
            Effect.suspend(() => {
              const salt = String(++salts)
              return Effect.map(compute(salt, password), (hash) => `$test-sha256$${salt}$${hash}`)
            }),
          verify: (password, stored) => {
            const [, salt, hash] = STORED.exec(Redacted.value(stored)) ?? []
            return salt === undefined || hash === undefined
              ? Effect.fail(new PasswordHashError({ reason: "malformed", message: "not a stored password of the test twin" }))
              : Effect.map(compute(salt, password), (found) => found === hash)
          }
        })
      })
    ).pipe(Layer.provide(layerWebCrypto))
}
