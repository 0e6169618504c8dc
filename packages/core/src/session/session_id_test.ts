import { assert, describe, it } from "@effect/vitest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { sessionId } from "./session_id.ts"

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
const COUNT = 20_000

/** Six standard deviations of a count: passed by chance once in 10^8 tests of all positions together. */
const spread = (expected: number): number => 6 * Math.sqrt(expected)

const ids = sessionId.pipe(Effect.replicateEffect(COUNT), Effect.provide(SecureRandom.layerWebCrypto))

describe("a session id", () => {
  it.effect("is ten distinct letters and digits, and never the same twice", () =>
    Effect.gen(function* () {
      const all = yield* ids
      for (const id of all) {
        assert.match(id, /^[A-Za-z0-9]{10}$/)
        assert.strictEqual(new Set(id).size, 10)
      }
      assert.strictEqual(new Set(all).size, COUNT)
    })
  )

  it.effect("has every character as often as any other, at every place and behind every other one", () =>
    Effect.gen(function* () {
      const all = yield* ids
      const places = new Map<string, number>()
      const pairs = new Map<string, number>()
      for (const id of all) {
        for (const [at, character] of [...id].entries()) {
          places.set(`${at}${character}`, (places.get(`${at}${character}`) ?? 0) + 1)
          const next = id[at + 1]
          if (next !== undefined) pairs.set(character + next, (pairs.get(character + next) ?? 0) + 1)
        }
      }
      const place = COUNT / 62
      for (let at = 0; at < 10; at++) {
        for (const character of ALPHABET) assert.closeTo(places.get(`${at}${character}`) ?? 0, place, spread(place))
      }
      const pair = (COUNT * 9) / (62 * 61)
      assert.strictEqual(pairs.size, 62 * 61)
      for (const [of, count] of pairs) assert.closeTo(count, pair, spread(pair), of)
    })
  )

  it.effect("comes from the secure source alone: the other one may be known", () =>
    Effect.gen(function* () {
      const twice = yield* Effect.all([sessionId.pipe(Random.withSeed("known")), sessionId.pipe(Random.withSeed("known"))])
      assert.notStrictEqual(twice[0], twice[1])
    }).pipe(Effect.provide(SecureRandom.layerWebCrypto))
  )
})
