import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { ByteBudget, LineDecoder } from "./line_decoder.ts"

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Cuts bytes at the given places. */
const cut = (bytes: Uint8Array, places: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...at].map((from, i) => bytes.slice(from, at[i] ?? bytes.length))
}

describe("LineDecoder", () => {
  it("gives the same lines however the bytes are split, characters of several bytes included", () => {
    const line = fc.string({ unit: "grapheme", maxLength: 40 }).map((text) => text.replace(/[\r\n]/g, ""))
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.array(fc.nat(2000), { maxLength: 20 }), (lines, places) => {
        const decoder = new LineDecoder({ limit: 10_000 })
        const got = cut(utf8(lines.map((text) => `${text}\n`).join("")), places).flatMap((chunk) => decoder.push(chunk))
        assert.deepStrictEqual(
          got,
          lines.filter((text) => text !== "").map((text) => text.replace(/^\uFEFF/, ""))
        )
        assert.strictEqual(decoder.pending, 0)
      })
    )
  })

  it("drops a carriage return before the line feed, and empty lines", () => {
    const decoder = new LineDecoder({ limit: 100 })
    assert.deepStrictEqual(decoder.push(utf8("a\r\n\n\r\nb\n")), ["a", "b"])
  })

  it("does not keep the chunk it was given", () => {
    const decoder = new LineDecoder({ limit: 100 })
    const chunk = utf8("half")
    decoder.push(chunk)
    chunk.fill(0x78)
    assert.deepStrictEqual(decoder.push(utf8("\n")), ["half"])
  })

  it("refuses a line over the limit, finished or not, and keeps the lines before it", () => {
    const finished = new LineDecoder({ limit: 8 })
    assert.deepStrictEqual(finished.push(utf8("ok\n123456789\nlost\n")), ["ok"])
    assert.isTrue(finished.overflowed)
    const unfinished = new LineDecoder({ limit: 8 })
    unfinished.push(utf8("12345"))
    assert.isFalse(unfinished.overflowed)
    unfinished.push(utf8("6789"))
    assert.isTrue(unfinished.overflowed)
    assert.strictEqual(unfinished.pending, 0)
    assert.deepStrictEqual(unfinished.push(utf8("x\n")), [])
  })

  it("a line of exactly the limit is taken", () => {
    const decoder = new LineDecoder({ limit: 8 })
    assert.deepStrictEqual(decoder.push(utf8("12345678\n")), ["12345678"])
  })

  it("lets only a fax line grow beyond the limit, out of a common budget that it gives back", () => {
    const budget = new ByteBudget(100)
    const fax = { limit: 200, budget }
    const line = `{"class":"faxsend","data":"${"x".repeat(60)}"}`
    const first = new LineDecoder({ limit: 32, fax })
    for (const chunk of cut(utf8(line), [5, 30, 50, 70])) first.push(chunk)
    assert.isFalse(first.overflowed)
    const second = new LineDecoder({ limit: 32, fax })
    for (const chunk of cut(utf8(line), [40])) second.push(chunk)
    assert.isTrue(second.overflowed, "the budget is used up by the first")
    assert.deepStrictEqual(first.push(utf8("\n")), [line])
    const third = new LineDecoder({ limit: 32, fax })
    third.push(utf8(line))
    assert.isFalse(third.overflowed, "the budget is whole again")
    third.close()
    const other = new LineDecoder({ limit: 32, fax })
    other.push(utf8(`{"class":"history","x":"${"x".repeat(60)}"}`))
    assert.isTrue(other.overflowed)
    assert.isTrue(budget.take(100))
  })
})
