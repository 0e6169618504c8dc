import { assert, describe, it } from "@effect/vitest"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { makeCountedCrypto } from "./counted_crypto.ts"

describe("counted cryptography", () => {
  it.live("is what digests and randomness run on, and knows what is under way", () => {
    const counted = makeCountedCrypto()
    const layers = Layer.mergeAll(Digest.layerWebCrypto, SecureRandom.layerWebCrypto).pipe(Layer.provide(counted.layer))
    return Effect.gen(function* () {
      const digest = yield* Digest.Digest
      const random = yield* SecureRandom.SecureRandom
      assert.strictEqual((yield* random.randomBytes(8)).length, 8)
      const hash = Effect.runPromise(digest.digestHex(Digest.sha1, new TextEncoder().encode("abc")))
      assert.strictEqual(counted.underWay(), 1)
      assert.strictEqual(yield* Effect.promise(() => hash), "a9993e364706816aba3e25717850c26c9cd0d89d")
      assert.strictEqual(counted.underWay(), 0)
    }).pipe(Effect.provide(layers))
  })
})
