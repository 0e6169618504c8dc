import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { colorDepthOf, columnsOf, cut, fit, harmless, paintFor } from "./text.ts"

describe("harmless", () => {
  it("leaves names as they are, and takes away what a terminal obeys", () => {
    assert.strictEqual(harmless("Zoë Müller 田中 👩‍💻"), "Zoë Müller 田中 👩‍💻")
    assert.strictEqual(harmless("a\u001b[2Jb\u0007\r\n\u009b1mc"), "a\ufffd[2Jb\ufffd\ufffd\ufffd\ufffd1mc")
    assert.strictEqual(harmless("Bob\u202egnorw"), "Bob\ufffdgnorw")
  })

  it("never lets a control character through", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => assert.notMatch(harmless(text), /\p{Cc}/u)))
  })
})

describe("fit", () => {
  it("counts wide characters twice and marks not at all", () => {
    assert.strictEqual(columnsOf("田中"), 4)
    assert.strictEqual(columnsOf("e\u0301"), 1)
    assert.strictEqual(fit("田中", 6), "田中  ")
    assert.strictEqual(fit("Blue Desk", 6), "Blue …")
    assert.strictEqual(cut("Blue", 6), "Blue")
  })

  it("always gives exactly the columns that were asked for", () => {
    const texts = fc.array(fc.constantFrom("a", "é", "田", "👩", " ")).map((parts) => parts.join(""))
    fc.assert(fc.property(texts, fc.nat(30), (text, columns) => assert.strictEqual(columnsOf(fit(text, columns)), columns)))
  })
})

describe("paintFor", () => {
  it("uses the colours that the terminal has", () => {
    assert.strictEqual(paintFor("all").color("#FF032D", "x"), "\u001b[38;2;255;3;45mx\u001b[0m")
    assert.strictEqual(paintFor("256").color("#FF0000", "x"), "\u001b[38;5;196mx\u001b[0m")
    assert.strictEqual(paintFor("none").color("#FF032D", "x"), "x")
  })

  it("takes nothing for a colour that is none", () => {
    for (const color of ["", "red", "#FFF", "#12345g", "#0000000", "0;31m"]) {
      assert.strictEqual(paintFor("all").color(color, "x"), "x")
    }
  })

  it("has no colours with NO_COLOR, on a dumb terminal, and in a pipe", () => {
    assert.strictEqual(colorDepthOf({ COLORTERM: "truecolor" }, true), "all")
    assert.strictEqual(colorDepthOf({ TERM: "xterm", NO_COLOR: "" }, true), "256")
    assert.strictEqual(colorDepthOf({ COLORTERM: "truecolor", NO_COLOR: "1" }, true), "none")
    assert.strictEqual(colorDepthOf({ TERM: "dumb" }, true), "none")
    assert.strictEqual(colorDepthOf({ COLORTERM: "truecolor" }, false), "none")
  })
})
