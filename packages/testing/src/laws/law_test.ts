import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { holds, isBreach, type LawBroken, makeLaw } from "./law.ts"

const brokenBy = async (judge: (one: number) => void): Promise<LawBroken> => {
  const { broken } = await makeLaw("numbers are small", fc.nat(100), judge).search({ seed: 1 })
  return broken ?? assert.fail("it holds")
}

describe("a broken law", () => {
  it("has as its cause the breach that the law found", async () => {
    const broken = await brokenBy((one) => holds(one < 50, () => `${one} is large`, "numbers are below 50"))
    assert.isTrue(isBreach(broken.cause))
    assert.strictEqual(broken.law, "numbers are below 50")
    assert.strictEqual(broken.found, "50 is large")
  })

  it("has as its cause the error of code that crashed, which is no breach", async () => {
    const crash = new TypeError("x is not a function")
    const broken = await brokenBy((one) => {
      if (one >= 50) throw crash
    })
    assert.strictEqual(broken.cause, crash)
    assert.isFalse(isBreach(broken.cause))
    assert.strictEqual(broken.law, "numbers are small")
    assert.strictEqual(broken.found, "TypeError: x is not a function")
  })
})
