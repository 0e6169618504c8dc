import { assert, describe, it } from "@effect/vitest"
import { assigned, difference, matches } from "./matching.ts"

describe("matching of messages", () => {
  it("allows more keys than expected, but not fewer", () => {
    assert.isTrue(matches({ class: "keepalive" }, { class: "keepalive", timenow: 1.5 }))
    assert.isFalse(matches({ class: "keepalive", replyid: 2 }, { class: "keepalive" }))
  })

  it("compares nested objects as subsets and arrays item by item", () => {
    assert.isTrue(matches({ data: { list: [{ a: 1 }, "x"] } }, { data: { list: [{ a: 1, b: 2 }, "x"], more: null } }))
    assert.isFalse(matches({ list: ["1"] }, { list: ["1", "2"] }))
    assert.isFalse(matches({ list: ["1", "2"] }, { list: ["2", "1"] }))
  })

  it("takes an empty object for an empty one, except as the whole message", () => {
    assert.isTrue(matches({ config: {} }, { config: {} }))
    assert.isFalse(matches({ config: {} }, { config: { name: "support" } }))
    assert.isTrue(matches({}, { class: "keepalive" }))
  })

  it("keeps numbers, texts and booleans apart", () => {
    assert.isFalse(matches({ tid: "7" }, { tid: 7 }))
    assert.isFalse(matches({ on_wrapup: false }, { on_wrapup: 0 }))
    assert.isFalse(matches({ phonenumber: null }, {}))
  })

  it("takes a service's switch as 0 and 1 or as a boolean", () => {
    assert.isTrue(matches({ config: { enablednd: 1, incallfilter: false } }, { config: { enablednd: true, incallfilter: 0 } }))
    assert.isFalse(matches({ config: { enablednd: true } }, { config: { enablednd: 0 } }))
    assert.isFalse(matches({ config: { enablednd: true } }, { config: { enablednd: "true" } }))
  })

  it("knows the wildcards", () => {
    const table: ReadonlyArray<readonly [string, unknown, boolean]> = [
      ["<number>", 1.5, true],
      ["<number>", "1.5", false],
      ["<number>", null, false],
      ["<text:10>", "Ab3dEf6hIj", true],
      ["<text:10>", "Ab3dEf6hI", false],
      ["<text:3>", 123, false],
      ["<text:2>", "é😀", true],
      ["<ci:sip/k3x9q1>", "SIP/K3X9Q1", true],
      ["<ci:sip/k3x9q1>", "pjsip/k3x9q1", false],
      ["<starts:missing:>", "missing:loginkind", true],
      ["<starts:missing:>", "is missing:", false],
      ["<starts:1>", 1, false],
      ["<falsy>", "", true],
      ["<falsy>", 0, true],
      ["<falsy>", false, true],
      ["<falsy>", null, true],
      ["<falsy>", [], true],
      ["<falsy>", {}, true],
      ["<falsy>", "0", false],
      ["<falsy>", [0], false]
    ]
    for (const [expected, came, verdict] of table) {
      assert.strictEqual(matches({ key: expected }, { key: came as never }), verdict, `${expected} ${JSON.stringify(came)}`)
    }
  })

  it("takes absent and falsy for a key that is not there", () => {
    assert.isTrue(matches({ replyid: "<absent>", status: "<falsy>" }, {}))
    assert.isFalse(matches({ replyid: "<absent>" }, { replyid: null }))
    assert.isFalse(matches({ replyid: "<number>" }, {}))
    assert.isTrue(matches({ config: { "4002": "<absent>" } }, { config: { "4001": 1 } }))
  })

  it("takes other texts in angle brackets for themselves", () => {
    assert.isTrue(matches({ result: "<profile></profile>" }, { result: "<profile></profile>" }))
    assert.isFalse(matches({ result: "<text:many>" }, { result: "anything" }))
  })

  it("compares a set in any order, each item once", () => {
    assert.isTrue(matches({ list: { "<set>": ["1", "2"] } }, { list: ["2", "1"] }))
    assert.isFalse(matches({ list: { "<set>": ["1", "1"] } }, { list: ["1", "2"] }))
    assert.isFalse(matches({ list: { "<set>": ["1"] } }, { list: ["1", "1"] }))
    assert.isFalse(matches({ list: { "<set>": [] } }, { list: "" }))
    assert.isTrue(matches({ list: { "<set>": [{ a: "<number>" }, { a: 1, b: 1 }] } }, { list: [{ a: 1, b: 1 }, { a: 2 }] }))
  })

  it("says where the first difference is", () => {
    assert.strictEqual(
      difference({ config: { paused: "1" } }, { config: { paused: "0" } }),
      'config.paused: expected "1", came "0"'
    )
    assert.strictEqual(difference({ list: ["1", "2"] }, { list: ["1", 2] }), 'list[1]: expected "2", came 2')
  })

  it("gives each expectation a message of its own, even where the greedy choice fails", () => {
    assert.deepStrictEqual(assigned([{ a: "<number>" }, { a: 1 }], [{ a: 1 }, { a: 2 }]), [1, 0])
    assert.isNull(assigned([{ a: 1 }, { a: 1 }], [{ a: 1 }, { a: 2 }]))
  })
})
