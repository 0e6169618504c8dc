import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { AgiReader, type AgiRequest, setVariables } from "./fast_agi.ts"

/** As Asterisk's res_agi takes a command apart: words, quoted ones with escapes. */
const words = (line: string): ReadonlyArray<string> => {
  const found: Array<string> = []
  let word: string | null = null
  let quoted = false
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at)
    if (character === "\\") word = (word ?? "") + line.charAt(++at)
    else if (character === '"') {
      quoted = !quoted
      word ??= ""
    } else if (character === " " && !quoted) {
      if (word !== null) found.push(word)
      word = null
    } else word = (word ?? "") + character
  }
  return word === null ? found : [...found, word]
}

const read = (...lines: ReadonlyArray<string>): AgiRequest | "too_long" | null => {
  const reader = new AgiReader()
  for (const line of lines) {
    const request = reader.push(line)
    if (request !== null) return request
  }
  return null
}

const scriptOf = (value: string): string | undefined => {
  const request = read(`agi_network_script: ${value}`, "")
  return request === null || request === "too_long" ? undefined : request.script
}

describe("a request of Asterisk's", () => {
  it("is its lines up to the first empty one", () => {
    const request = read(
      "agi_network: yes",
      "agi_network_script: callerid_forphones",
      "agi_callerid: 1003",
      "agi_calleridname: Alice: or  so ",
      "agi_rdnis:",
      "agi_arg_1: 42",
      "agi_arg_2: ",
      "agi_arg_4: not in a row",
      ""
    )
    assert.isObject(request)
    if (request === null || request === "too_long") return
    assert.strictEqual(request.script, "callerid_forphones")
    assert.deepStrictEqual(request.args, ["42", ""])
    assert.strictEqual(request.get("agi_calleridname"), "Alice: or  so ")
    assert.deepStrictEqual([request.get("agi_rdnis"), request.get("agi_nothing")], ["", ""])
  })

  it.each([
    ["presence", "presence"],
    ["/presence", "presence"],
    ["presence?group=x", "presence"],
    ["", ""]
  ])("names a function: %j is %j", (value, script) => {
    assert.strictEqual(scriptOf(value), script)
  })

  it("may have lines that say nothing", () => {
    const request = read("hello", "AGI_X: 1", "agi_y 2", ": 3", "")
    assert.isObject(request)
    if (request === null || request === "too_long") return
    assert.deepStrictEqual([request.script, request.args, request.get("agi_y")], ["", [], ""])
  })

  it("of too many lines is none", () => {
    const lines = (count: number): ReadonlyArray<string> =>
      Array.from({ length: count }, (_, index) => `agi_arg_${index + 1}: x`)
    assert.strictEqual(read(...lines(128)), null)
    assert.isObject(read(...lines(128), ""))
    assert.strictEqual(read(...lines(129)), "too_long")
  })
})

describe("an answer", () => {
  it("sets variables", () => {
    assert.deepStrictEqual(
      setVariables([
        { name: "XIVO_PRESENCE", value: '{"g":{"away":1}}' },
        { name: "CALLERID(name)", value: "Back\\slash" }
      ]),
      ['SET VARIABLE XIVO_PRESENCE "{\\"g\\":{\\"away\\":1}}"', 'SET VARIABLE CALLERID(name) "Back\\\\slash"']
    )
  })

  it("is read by Asterisk as it was meant, whatever the value, and is one line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 100 }), (value) => {
        const [line = "", ...others] = setVariables([{ name: "X", value }]) ?? []
        assert.strictEqual(others.length, 0)
        assert.notMatch(line, /[\p{Cc}\u2028\u2029]/u)
        assert.deepStrictEqual(words(line), ["SET", "VARIABLE", "X", value.replace(/[\p{Cc}\u2028\u2029]/gu, " ")])
      })
    )
  })

  it("of which a part is longer than Asterisk can read is none", () => {
    const length = (value: string): number => new TextEncoder().encode(`SET VARIABLE X "${value}"`).length
    const longest = "x".repeat(2000 - length(""))
    assert.isArray(setVariables([{ name: "X", value: longest }]))
    assert.strictEqual(
      setVariables([
        { name: "Y", value: "" },
        { name: "X", value: `${longest}x` }
      ]),
      null
    )
    assert.strictEqual(setVariables([{ name: "X", value: "é".repeat(1000) }]), null)
  })
})
