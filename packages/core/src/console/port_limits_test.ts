import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { Pace } from "./port_limits.ts"

describe("so many in a second", () => {
  it("a burst of that many is taken at once, the next one has to wait for its share of a second", () => {
    const pace = new Pace(4)
    const at = 1_700_000_000_000
    assert.deepStrictEqual(
      [0, 1, 2, 3].map(() => pace.take(at)),
      [0, 0, 0, 0]
    )
    assert.strictEqual(pace.take(at), 250)
    assert.strictEqual(pace.take(at + 249), 1)
    assert.strictEqual(pace.take(at + 250), 0)
    assert.strictEqual(pace.take(at + 250), 250)
  })

  it("what was not used for long is no more than one burst", () => {
    const pace = new Pace(2)
    assert.strictEqual(pace.take(0), 0)
    assert.deepStrictEqual(
      [0, 1].map(() => pace.take(3_600_000)),
      [0, 0]
    )
    assert.isAbove(pace.take(3_600_000), 0)
  })

  it("whoever comes when told to is never told to wait again, and nobody gets more than twice the rate in any second", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 }),
        (rate, gaps) => {
          const pace = new Pace(rate)
          const taken: Array<number> = []
          let now = 1_700_000_000_000
          for (const gap of gaps) {
            now += gap
            const wait = pace.take(now)
            if (wait > 0) {
              now += wait
              assert.strictEqual(pace.take(now), 0)
            }
            taken.push(now)
          }
          for (const from of taken) {
            assert.isAtMost(taken.filter((at) => at >= from && at < from + 1000).length, 2 * rate)
          }
        }
      )
    )
  })
})
