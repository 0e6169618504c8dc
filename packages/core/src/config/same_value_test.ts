import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import fc from "fast-check"
import { sameValue } from "./same_value.ts"

/** Any value that may be declared, without secrets: those are compared in a test of their own. */
const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.constantFrom(null, true, false, 0, 1, -1, "", "a", "b", undefined),
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "__proto__", "constructor"), tie("any"), { maxKeys: 3, noNullPrototype: true }),
    fc.array(fc.tuple(fc.constantFrom("a", "b"), tie("any")), { maxLength: 3 }).map((entries) => new Map(entries))
  )
})).any

/** The same again, in other objects, the keys of plain objects in the other order. */
const again = (a: unknown): unknown => {
  if (typeof a !== "object" || a === null) return a
  if (Array.isArray(a)) return a.map(again)
  if (a instanceof Map) return new Map([...a].map(([key, item]) => [key, again(item)]))
  return Object.fromEntries(
    Object.entries(a)
      .reverse()
      .map(([key, item]) => [key, again(item)])
  )
}

/** A value as text: equal texts, equal values. */
const written = (a: unknown): string => {
  if (Array.isArray(a)) return `[${a.map(written)}]`
  if (a instanceof Map) return `map${written([...a])}`
  if (typeof a !== "object" || a === null) return `${typeof a} ${JSON.stringify(a)}`
  const fields = Object.entries(a).map(([key, item]) => `${key}: ${written(item)}`)
  return `{${fields.sort()}}`
}

describe("sameValue", () => {
  it("finds a value the same when it is built again, whatever the order of its keys", () => {
    fc.assert(fc.property(value, (a) => sameValue(a, again(a)) && sameValue(again(a), a)))
  })

  it("finds two values the same exactly when they are written the same", () => {
    fc.assert(
      fc.property(value, value, (a, b) => sameValue(a, b) === (written(a) === written(b))),
      { numRuns: 1000 }
    )
  })

  it("looks at the order of lists and of maps", () => {
    assert.isFalse(sameValue([1, 2], [2, 1]))
    const [one, other] = [new Map(Object.entries({ a: 1, b: 2 })), new Map(Object.entries({ b: 2, a: 1 }))]
    assert.isFalse(sameValue(one, other))
  })

  it("does not take one kind of thing for another", () => {
    const kinds = [[], {}, new Map(), Redacted.make(""), null, undefined, "", 0, false]
    for (const [at, one] of kinds.entries()) {
      for (const [other, two] of kinds.entries()) assert.strictEqual(sameValue(one, two), at === other)
    }
  })

  it("compares secrets by what they hide", () => {
    assert.isTrue(sameValue({ password: Redacted.make("a") }, { password: Redacted.make("a") }))
    assert.isFalse(sameValue({ password: Redacted.make("a") }, { password: Redacted.make("b") }))
    assert.isFalse(sameValue({ password: Redacted.make("a") }, { password: "a" }))
  })

  it("tells an absent key from one that holds nothing", () => {
    assert.isFalse(sameValue({ a: undefined }, {}))
    assert.isFalse(sameValue({ a: undefined }, { b: undefined }))
  })
})
