import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { circleLayout, type Line, leave, meets, type Size } from "./circle_layout.ts"

const sizes = fc.array(fc.record({ width: fc.integer({ min: 60, max: 240 }), height: fc.integer({ min: 30, max: 120 }) }), {
  minLength: 1,
  maxLength: 9
})

const pictures = sizes.chain((boxes) => {
  const all = boxes.flatMap((_, from) => boxes.slice(0, from).map((_, to): Line => [to, from]))
  return fc.subarray(all).map((lines) => ({ boxes, lines }))
})

describe("boxes on an ellipse", () => {
  it("do not touch each other, and no line passes through one that it does not belong to", () => {
    fc.assert(
      fc.property(pictures, ({ boxes, lines }) => {
        const placed = circleLayout(boxes, lines).map((middle, index) => ({
          middle,
          size: boxes[index] ?? { width: 0, height: 0 }
        }))
        assert.lengthOf(placed, boxes.length)
        placed.forEach((a, index) => {
          for (const b of placed.slice(0, index)) {
            const apart =
              Math.abs(a.middle.x - b.middle.x) >= (a.size.width + b.size.width) / 2 ||
              Math.abs(a.middle.y - b.middle.y) >= (a.size.height + b.size.height) / 2
            assert.isTrue(apart)
          }
        })
        for (const [from, to] of lines) {
          const [a, b] = [placed[from], placed[to]]
          if (a === undefined || b === undefined) return assert.fail("a line without its boxes")
          const others = placed.filter((box) => box !== a && box !== b)
          assert.isFalse(others.some(({ middle, size }) => meets(a.middle, b.middle, middle, size)))
        }
      }),
      { numRuns: 200 }
    )
  })

  it("stand always in the same places, the first one at the top", () => {
    fc.assert(
      fc.property(pictures, ({ boxes, lines }) => {
        const placed = circleLayout(boxes, lines)
        assert.deepStrictEqual(circleLayout(boxes, lines), placed)
        if (boxes.length > 2) assert.strictEqual(placed[0]?.y, Math.min(...placed.map(({ y }) => y)))
      }),
      { numRuns: 50 }
    )
  })

  it("change their seats where that untangles the lines", () => {
    const box: Size = { width: 100, height: 40 }
    const [, b, c, d] = circleLayout(
      [box, box, box, box],
      [
        [0, 2],
        [2, 1],
        [1, 3],
        [3, 0]
      ]
    )
    // A ring of 0, 2, 1, 3: the box in the middle of it stands opposite of the first.
    assert.strictEqual(b?.x, 0)
    assert.notStrictEqual(c?.x, 0)
    assert.strictEqual((c?.x ?? 0) + (d?.x ?? 0), 0)
  })
})

describe("a line and a box", () => {
  const box: Size = { width: 20, height: 10 }
  const cases: ReadonlyArray<
    readonly [what: string, from: readonly [number, number], to: readonly [number, number], meet: boolean]
  > = [
    ["through the middle", [-50, 0], [50, 0], true],
    ["across a corner", [-10, 8], [0, 2], true],
    ["past a corner", [-20, 0], [0, 10.1], false],
    ["ending before it", [-50, 0], [-11, 0], false],
    ["beside it, upright", [10.5, -50], [10.5, 50], false],
    ["inside it", [-1, -1], [1, 1], true]
  ]
  for (const [what, [x1, y1], [x2, y2], meet] of cases) {
    it(`${meet ? "meet" : "do not meet"}: ${what}`, () => {
      assert.strictEqual(meets({ x: x1, y: y1 }, { x: x2, y: y2 }, { x: 0, y: 0 }, box), meet)
      assert.strictEqual(meets({ x: x2, y: y2 }, { x: x1, y: y1 }, { x: 0, y: 0 }, box), meet)
    })
  }

  it("part at the box's edge, or as far beyond it as is asked", () => {
    assert.deepStrictEqual(leave({ x: 0, y: 0 }, box, { x: 100, y: 0 }, 3), { x: 13, y: 0 })
    assert.deepStrictEqual(leave({ x: 0, y: 0 }, box, { x: 0, y: -100 }, 0), { x: 0, y: -5 })
  })
})
