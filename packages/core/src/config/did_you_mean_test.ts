import { assert, describe, it } from "@effect/vitest"
import { didYouMean, nearest } from "./did_you_mean.ts"

const known = ["address", "port", "password", "context_separation", "disconnect_on"]

describe("nearest", () => {
  for (const [word, guess] of [
    ["pasword", "password"],
    ["passwrod", "password"],
    ["Port", "port"],
    ["adress", "address"],
    ["context_seperation", "context_separation"],
    ["contextSeparation", "context_separation"],
    ["disconnect-on", "disconnect_on"],
    ["tls", null],
    ["3", null],
    ["", null],
    ["p".repeat(100_000), null]
  ] as const) {
    it(`takes ${word.slice(0, 20)} for ${guess}`, () => assert.strictEqual(nearest(word, known), guess))
  }
})

describe("didYouMean", () => {
  it("lists what is known when nothing is near, but not thousands", () => {
    assert.strictEqual(didYouMean("zzz", ["address", "port"]), "one of address, port")
    const many = Array.from({ length: 1000 }, (_, i) => `profile-number-${i}`)
    assert.isBelow(didYouMean("zzz", many).length, 1000)
  })
})
