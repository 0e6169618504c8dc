import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { alikeTo, colourDistance, contrast, EYES, inkOn } from "./colour_distance.ts"

const colours = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, "0")}`)

describe("telling colours apart", () => {
  it("is a distance: none to itself, the same both ways, for any eyes", () => {
    fc.assert(
      fc.property(colours, colours, fc.constantFrom(...EYES), (one, other, eyes) => {
        assert.strictEqual(colourDistance(one, one, eyes), 0)
        assert.strictEqual(colourDistance(one, other, eyes), colourDistance(other, one, eyes))
      }),
      { numRuns: 1000 }
    )
  })

  it("leaves greys grey: no eyes make one of two that differ in lightness", () => {
    for (const eyes of EYES) {
      assert.closeTo(colourDistance("#404040", "#C0C0C0", eyes), colourDistance("#404040", "#C0C0C0", "trichromat"), 0.01)
      assert.isAbove(colourDistance("#000000", "#FFFFFF", eyes), 13)
    }
  })

  /** Pairs that people with such eyes are known to confuse, and pairs that nobody does. */
  const pairs: ReadonlyArray<readonly [one: string, other: string, alike: ReadonlyArray<string>]> = [
    ["#FFB545", "#9BC920", ["protanope", "deuteranope"]],
    ["#08FD20", "#FDE50A", ["protanope"]],
    ["#A0522D", "#D13224", ["protanope"]],
    ["#00A0A0", "#00A050", ["tritanope"]],
    ["#9BC920", "#9BC925", ["trichromat", "protanope", "deuteranope", "tritanope"]],
    ["#9BC920", "#D13224", []],
    ["#FFDD00", "#6CA6FF", []]
  ]
  for (const [one, other, alike] of pairs) {
    it(`${one} and ${other} are alike for ${alike.length === 0 ? "nobody" : alike.join(", ")}`, () => {
      assert.deepStrictEqual(alikeTo(one, other), alike)
    })
  }
})

describe("ink on a colour", () => {
  it("is read with a contrast of 4.5 or more, whatever the colour", () => {
    fc.assert(
      fc.property(colours, (background) => {
        assert.isAtLeast(contrast(inkOn(background), background), 4.5)
      }),
      { numRuns: 1000 }
    )
    assert.strictEqual(inkOn("#FFDD00"), "#000000")
    assert.strictEqual(inkOn("#001AFF"), "#FFFFFF")
    assert.closeTo(contrast("#FFFFFF", "#000000"), 21, 0.001)
  })
})
