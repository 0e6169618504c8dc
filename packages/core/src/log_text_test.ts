import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { logText } from "./log_text.ts"

describe("a client's text in the log", () => {
  it("is as it was where that does no harm", () => {
    for (const text of ["", "alice", "Zoë Ångström", "日本", 'a "b" c=d']) assert.strictEqual(logText(text), text)
  })

  it("is one line in which a terminal finds nothing to obey", () => {
    assert.strictEqual(logText("a\r\nb\u001b[2J"), "a\\u000d\\u000ab\\u001b[2J")
    assert.strictEqual(logText("\u2028\u202e\u0085"), "\\u2028\\u202e\\u0085")
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        assert.notMatch(logText(text), /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u)
      })
    )
  })

  it("is short, and says how long it was", () => {
    assert.strictEqual(logText("x".repeat(1_000), 3), "xxx... (1000 characters)")
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 2_000 }), (text) => logText(text).length <= 6 * 128 + 40))
  })
})
