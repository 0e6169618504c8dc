import { assert, describe, it } from "@effect/vitest"
import { type BrokenLaw, verdictOn } from "./verdict.ts"

const breach = (law: string): BrokenLaw => ({ law, found: "it is not so", isBreach: true })
const crash = (law: string): BrokenLaw => ({ law, found: "TypeError: x is not a function", isBreach: false })

describe("a defect", () => {
  it("is caught by the laws that it breaks, and they are named", () => {
    assert.deepStrictEqual(verdictOn("a slip", [breach("one"), breach("two")]), {
      isCaught: true,
      lines: ["caught  a slip", "        by: one; two"]
    })
  })

  it("is not caught by a crash, which is told", () => {
    assert.deepStrictEqual(verdictOn("a slip", [crash("one")]), {
      isCaught: false,
      lines: ["CRASHED a slip", "        in: one (TypeError: x is not a function)"]
    })
  })

  it("that makes one law crash is caught by another", () => {
    assert.deepStrictEqual(verdictOn("a slip", [crash("one"), breach("two")]), {
      isCaught: true,
      lines: ["caught  a slip", "        by: two; crashed: one"]
    })
  })

  it("that breaks nothing is missed", () => {
    assert.deepStrictEqual(verdictOn("a slip", []), { isCaught: false, lines: ["MISSED  a slip"] })
  })
})
