import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { memberParts, visible } from "./parting.ts"

const context = fc.option(fc.constantFrom("a", "b", "c"), { nil: null })

describe("visible", () => {
  it("is symmetric, and everything when contexts are not separated", () => {
    fc.assert(
      fc.property(fc.boolean(), context, context, (separation, viewer, subject) => {
        assert.strictEqual(visible(separation, viewer, subject), visible(separation, subject, viewer))
        assert.strictEqual(visible(separation, viewer, subject), !separation || (viewer === subject && viewer !== null))
      }),
      { numRuns: 1000 }
    )
  })

  it("lets a user without line see nothing, not even himself, while contexts are separated", () => {
    assert.isFalse(visible(true, null, null))
  })
})

describe("memberParts", () => {
  it("cuts at the last comma: an interface may hold one", () => {
    assert.deepStrictEqual(memberParts("Agent/2001,support"), { member: "Agent/2001", queue: "support" })
    assert.deepStrictEqual(memberParts("Local/1,2@x,support"), { member: "Local/1,2@x", queue: "support" })
    assert.isNull(memberParts("support"))
  })
})
