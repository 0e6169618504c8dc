import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import fc from "fast-check"
import { AmiDecoder } from "./ami_decoder.ts"
import { type ActionHeaders, encodeAction } from "./ami_encoder.ts"

const textOf = (headers: ActionHeaders): string => new TextDecoder().decode(Result.getOrThrow(encodeAction(headers)))

const reasonOf = (headers: ActionHeaders): string => {
  const result = encodeAction(headers)
  return Result.isFailure(result) ? result.failure.reason : "encoded"
}

describe("encodeAction", () => {
  it("writes the headers in order, repeats an array, leaves undefined out", () => {
    assert.strictEqual(
      textOf([
        ["Action", "Originate"],
        ["Variable", ["A=1", "B=2,3"]],
        ["Priority", 1],
        ["Context", undefined],
        ["CallerID", "Listen/Écouter"],
        ["Val", ""]
      ]),
      "Action: Originate\r\nVariable: A=1\r\nVariable: B=2,3\r\nPriority: 1\r\nCallerID: Listen/Écouter\r\nVal: \r\n\r\n"
    )
  })

  it("lets nothing that a value or a name contains become a second header", () => {
    const hostile = fc.array(fc.constantFrom("\r", "\n", "\r\n\r\n", "\0", "Action: Originate", ":", " ", "a", "ü"), {
      maxLength: 8
    })
    fc.assert(
      fc.property(hostile, hostile, (name, value) => {
        const result = encodeAction([
          ["Action", "DBPut"],
          [name.join(""), "x"],
          ["Val", value.join("")]
        ])
        if (Result.isFailure(result)) return
        // as Asterisk cuts: LF ends a line, and NUL ends its text
        const lines = new TextDecoder().decode(result.success).split("\n")
        assert.strictEqual(lines.length, 5)
        assert.isTrue(lines[0] === "Action: DBPut\r" && lines[3] === "\r" && lines[4] === "")
        const messages = new AmiDecoder({ greeting: false }).push(result.success)
        assert.strictEqual(messages.length, 1)
        assert.strictEqual(messages[0]?.get("Val"), value.join(""))
      }),
      { numRuns: 1000 }
    )
  })

  it("refuses line ends and NUL in values, and names that are none", () => {
    for (const value of ["a\r\nb", "a\nb", "a\rb", "a\0b"]) assert.strictEqual(reasonOf([["Val", value]]), "bad_value")
    for (const name of ["", "A b", "A:", "Ä", "A\n"]) assert.strictEqual(reasonOf([[name, "v"]]), "bad_name")
  })

  it("counts a line in bytes: 1022 are taken, one more is refused", () => {
    assert.strictEqual(reasonOf([["Val", "x".repeat(1017)]]), "encoded")
    assert.strictEqual(reasonOf([["Val", "x".repeat(1018)]]), "line_too_long")
    assert.strictEqual(reasonOf([["Val", "ü".repeat(508)]]), "encoded")
    assert.strictEqual(reasonOf([["Val", "ü".repeat(509)]]), "line_too_long")
  })

  it("takes 128 headers and refuses one more, repeats counted", () => {
    assert.strictEqual(reasonOf([["Variable", Array.from({ length: 128 }, () => "a=b")]]), "encoded")
    const result = encodeAction([
      ["Action", "Originate"],
      ["Variable", Array.from({ length: 128 }, () => "a=b")]
    ])
    assert.isTrue(Result.isFailure(result) && result.failure.reason === "too_many_headers")
  })

  it("never shows a value in its error", () => {
    const result = encodeAction([["Secret", "hush\n"]])
    assert.isTrue(Result.isFailure(result))
    assert.notInclude(JSON.stringify(result), "hush")
  })
})
