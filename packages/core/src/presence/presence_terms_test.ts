import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { FURTHEST_END, MAX_NOTE, mayEnd, noTerms, reduceNote, toldTerms } from "./presence_terms.ts"

describe("notes and ends of presences", () => {
  it("a note is one bounded line, whatever a client sends, and reducing it again changes nothing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        const note = reduceNote(text)
        assert.isAtMost(note.length, MAX_NOTE)
        assert.notMatch(note, /[\p{Cc}\p{Cs}\u2028\u2029]/u)
        assert.strictEqual(reduceNote(note), note)
      }),
      { numRuns: 1000 }
    )
    assert.strictEqual(reduceNote(" at the\r\ndentist "), "at the  dentist")
  })

  it("an end is a whole second after now, within a year", () => {
    assert.isTrue(mayEnd(1001, 1000.5))
    for (const until of [1000, 1000.7, 1001.5, 1002 + FURTHEST_END, Number.NaN, Number.POSITIVE_INFINITY, -1]) {
      assert.isFalse(mayEnd(until, 1000.5))
    }
  })

  it("what is told leaves out where it leads, and what the system holds", () => {
    assert.deepStrictEqual(toldTerms(undefined), noTerms)
    const at = { _tag: "At" as const, until: 5, back: "available" }
    assert.deepStrictEqual(toldTerms({ note: "x", end: at }), { note: "x", until: 5 })
    assert.deepStrictEqual(toldTerms({ note: "", end: { _tag: "With", cause: "phone", back: "available" } }), noTerms)
  })
})
