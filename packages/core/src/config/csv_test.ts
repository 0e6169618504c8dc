import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { readCsv } from "./csv.ts"

const texts = (input: string) => readCsv(input).rows.map((row) => row.map((cell) => cell.text))

describe("readCsv", () => {
  it("reads cells and rows, with LF or CR LF, with or without a line end at the end", () => {
    assert.deepStrictEqual(texts("a,b\r\nc,d\n"), [
      ["a", "b"],
      ["c", "d"]
    ])
    assert.deepStrictEqual(texts("a,b"), [["a", "b"]])
    assert.deepStrictEqual(texts("a,"), [["a", ""]])
    assert.deepStrictEqual(texts(",a\n,\n"), [
      ["", "a"],
      ["", ""]
    ])
  })

  it("reads commas, doubled quotes and line ends inside quotes", () => {
    assert.deepStrictEqual(texts('"a,""b""\r\nc",d\n'), [['a,"b"\r\nc', "d"]])
  })

  it("skips empty lines and a byte order mark, keeps an empty cell in quotes", () => {
    assert.deepStrictEqual(texts('\uFEFFa\n\n\r\n""\nb\n\n'), [["a"], [""], ["b"]])
    assert.deepStrictEqual(texts(""), [])
  })

  it("knows the line and column of each cell, also after a cell of several lines", () => {
    const { rows } = readCsv('a,bb,c\n"x\ny",zz\nq\n')
    assert.deepStrictEqual(
      rows.map((row) => row.map(({ line, column }) => [line, column])),
      [
        [
          [1, 1],
          [1, 3],
          [1, 6]
        ],
        [
          [2, 1],
          [3, 4]
        ],
        [[4, 1]]
      ]
    )
  })

  it("tells where a quote has no end, stands inside a cell, or is followed by text", () => {
    const found = (input: string) => readCsv(input).problems.map(({ line, column, found }) => `${line}:${column} ${found}`)
    assert.deepStrictEqual(found('a\nb,"c\n'), ["2:3 a quote without its end"])
    assert.deepStrictEqual(found('a,b"c\n'), ["1:3 a quote inside a cell"])
    assert.deepStrictEqual(found('"a"b,c\nd\n'), ["1:4 text after a closing quote"])
    assert.deepStrictEqual(found('"a"b'), ["1:4 text after a closing quote"])
  })

  it("reads back any table that was written with quotes", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r", " ", "é"), maxLength: 6 })
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 6 }), (table) => {
        const text = table.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(",")).join("\r\n")
        assert.deepStrictEqual(texts(text), table)
        assert.lengthOf(readCsv(text).problems, 0)
      })
    )
  })

  it("ends for any text", () => {
    const unit = fc.constantFrom('"', ",", "\n", "\r", "a")
    fc.assert(fc.property(fc.string({ unit, maxLength: 30 }), (text) => readCsv(text).rows.length <= text.length))
  })
})
