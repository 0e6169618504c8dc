import { assert, describe, it } from "@effect/vitest"
import { SecureRandom } from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import { NodeSecureRandom } from "./node_secure_random.ts"

describe("NodeSecureRandom", () => {
  it.effect("hands out no bytes twice, whatever the sizes", () =>
    Effect.gen(function* () {
      const random = yield* SecureRandom
      const seen = new Set<string>()
      for (let n = 0; n < 3000; n++) {
        const bytes = yield* random.randomBytes(8 + (n % 50))
        assert.strictEqual(bytes.length, 8 + (n % 50))
        seen.add(bytes.slice(0, 8).join())
      }
      assert.strictEqual(seen.size, 3000)
      assert.strictEqual((yield* random.randomBytes(10_000)).length, 10_000)
    }).pipe(Effect.provide(NodeSecureRandom.layer))
  )

  it.effect("hands out every value of a byte about equally often", () =>
    Effect.gen(function* () {
      const counts = new Uint32Array(256)
      for (let n = 0; n < 2000; n++)
        for (const byte of yield* (yield* SecureRandom).randomBytes(64)) counts[byte] = (counts[byte] ?? 0) + 1
      // 500 expected of each; seven standard deviations
      for (const count of counts) assert.isTrue(count > 340 && count < 660, String(count))
    }).pipe(Effect.provide(NodeSecureRandom.layer))
  )
})
