import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { WISH_EVENTS, type WishEvent, type WishState, wishChart, wishStep } from "./wish_life.ts"

const events = fc.array(fc.constantFrom(...(Object.keys(WISH_EVENTS) as ReadonlyArray<WishEvent>)), { maxLength: 12 })
const first = fc.constantFrom<WishState>("asked", "waiting")

describe("the life of a wish", () => {
  it("is over only when it was asked and answered, or replaced", () =>
    fc.assert(
      fc.property(first, events, (state, all) => {
        let now = state
        for (const event of all) {
          const next = wishStep(now, event)
          if (now !== "settled" && next === "settled") {
            assert.isTrue(
              event === "replaced" || (now === "asked" && (event === "done" || event === "refused")),
              `${now}, ${event}`
            )
          }
          now = next
        }
      }),
      { numRuns: 1000 }
    ))

  it("goes on after any silence and any lost link, once the PBX is back", () =>
    fc.assert(
      fc.property(first, fc.array(fc.constantFrom<WishEvent>("silence", "away"), { minLength: 1 }), (state, all) => {
        const after = all.reduce(wishStep, state)
        assert.strictEqual(wishStep(wishStep(after, "back"), "done"), "settled")
        assert.strictEqual(wishStep(after, "done"), "waiting", "an answer that comes too late says nothing")
      }),
      { numRuns: 1000 }
    ))

  it("is drawn with one way back to the PBX", () => {
    assert.deepStrictEqual(
      wishChart()
        .split("\n")
        .filter((line) => line.includes("--> asked:")),
      ["  [*] --> asked: wanted while the PBX is there", `  waiting --> asked: ${WISH_EVENTS.back}`]
    )
  })
})
