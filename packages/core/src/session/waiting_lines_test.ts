import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { ByteBudget, LINE_ALLOWANCE } from "../protocol/line_decoder.ts"
import { WaitingLines } from "./waiting_lines.ts"

describe("lines that wait", () => {
  it("come out in the order in which they came in", () => {
    const step = fc.oneof(fc.array(fc.string(), { maxLength: 5 }), fc.constant("take" as const))
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const lines = new WaitingLines(new ByteBudget(() => 1_000))
        const expected: Array<string> = []
        for (const one of steps) {
          if (one !== "take") {
            lines.add(one)
            expected.push(...one)
          } else if (lines.some) assert.strictEqual(lines.take(), expected.shift())
          assert.strictEqual(lines.some, expected.length > 0)
        }
      })
    )
  })

  it("hold room in a budget that many share, until the last one is taken", () => {
    const budget = new ByteBudget(() => 10_000)
    const [first, second] = [new WaitingLines(budget), new WaitingLines(budget)]
    first.add(["x".repeat(LINE_ALLOWANCE)])
    assert.isTrue(first.hold())
    assert.strictEqual(budget.used, 0)
    first.add(["x".repeat(6_000)])
    assert.isTrue(first.hold())
    assert.strictEqual(budget.used, 6_000)
    second.add(["x".repeat(9_000)])
    assert.isFalse(second.hold())
    first.take()
    assert.isTrue(first.hold())
    assert.strictEqual(budget.used, 6_000)
    first.take()
    assert.isTrue(first.hold())
    assert.strictEqual(budget.used, 0)
    assert.isTrue(second.hold())
    second.clear()
    assert.strictEqual(budget.used, 0)
  })

  it("move to another budget", () => {
    const [guests, signedIn] = [new ByteBudget(() => 10_000), new ByteBudget(() => 10_000)]
    const lines = new WaitingLines(guests)
    lines.add(["x".repeat(6_000)])
    lines.hold()
    lines.change(signedIn)
    assert.strictEqual(guests.used, 0)
    assert.isTrue(lines.hold())
    assert.strictEqual(signedIn.used, 6_000 - LINE_ALLOWANCE)
  })
})
