import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { ByteBudget, LINE_ALLOWANCE, LineDecoder } from "./line_decoder.ts"

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

const plenty = (): ByteBudget => new ByteBudget(() => 1_000_000)

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
        const decoder = new LineDecoder({ budget: plenty(), limit: 10_000 })
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
    const decoder = new LineDecoder({ budget: plenty(), limit: 100 })
    assert.deepStrictEqual(decoder.push(utf8("a\r\n\n\r\nb\n")), ["a", "b"])
  })

  it("does not keep the chunk it was given", () => {
    const decoder = new LineDecoder({ budget: plenty(), limit: 100 })
    const chunk = utf8("half")
    decoder.push(chunk)
    chunk.fill(0x78)
    assert.deepStrictEqual(decoder.push(utf8("\n")), ["half"])
  })

  it("refuses a line over the limit, finished or not, and keeps the lines before it", () => {
    const finished = new LineDecoder({ budget: plenty(), limit: 8 })
    assert.deepStrictEqual(finished.push(utf8("ok\n123456789\nlost\n")), ["ok"])
    assert.strictEqual(finished.overflow, "line_too_long")
    const unfinished = new LineDecoder({ budget: plenty(), limit: 8 })
    unfinished.push(utf8("12345"))
    assert.isNull(unfinished.overflow)
    unfinished.push(utf8("6789"))
    assert.strictEqual(unfinished.overflow, "line_too_long")
    assert.strictEqual(unfinished.pending, 0)
    assert.deepStrictEqual(unfinished.push(utf8("x\n")), [])
  })

  it("a line of exactly the limit is taken", () => {
    const decoder = new LineDecoder({ budget: plenty(), limit: 8 })
    assert.deepStrictEqual(decoder.push(utf8("12345678\n")), ["12345678"])
  })

  it("lets only a fax line grow beyond the limit, out of a common budget that it gives back", () => {
    const budget = new ByteBudget(() => 100)
    const fax = { limit: 200, budget }
    const line = `{"class":"faxsend","data":"${"x".repeat(60)}"}`
    const first = new LineDecoder({ budget: plenty(), limit: 32, fax })
    for (const chunk of cut(utf8(line), [5, 30, 50, 70])) first.push(chunk)
    assert.isNull(first.overflow)
    const second = new LineDecoder({ budget: plenty(), limit: 32, fax })
    for (const chunk of cut(utf8(line), [40])) second.push(chunk)
    assert.isTrue(second.overflow !== null, "the budget is used up by the first")
    assert.deepStrictEqual(first.push(utf8("\n")), [line])
    const third = new LineDecoder({ budget: plenty(), limit: 32, fax })
    third.push(utf8(line))
    assert.isNull(third.overflow, "the budget is whole again")
    third.close()
    const other = new LineDecoder({ budget: plenty(), limit: 32, fax })
    other.push(utf8(`{"class":"history","x":"${"x".repeat(60)}"}`))
    assert.strictEqual(other.overflow, "line_too_long")
    assert.isTrue(budget.take(100))
  })

  it("takes what an unfinished line needs above the allowance from a budget that many share", () => {
    const budget = new ByteBudget(() => 10_000)
    const options = { limit: 65_536, budget }
    const small = Array.from({ length: 50 }, () => new LineDecoder(options))
    for (const decoder of small) decoder.push(utf8("x".repeat(LINE_ALLOWANCE)))
    assert.strictEqual(budget.used, 0)
    const [first, second] = [new LineDecoder(options), new LineDecoder(options)]
    first.push(utf8("x".repeat(10_000)))
    second.push(utf8("x".repeat(9_000)))
    assert.deepStrictEqual([first.overflow, second.overflow], [null, "no_room_for_lines"])
    assert.deepStrictEqual(
      first.push(utf8("\n")).map((line) => line.length),
      [10_000]
    )
    assert.strictEqual(budget.used, 0)
  })

  it("moves what is unfinished to another budget", () => {
    const [guests, signedIn] = [new ByteBudget(() => 100_000), new ByteBudget(() => 10_000)]
    const decoder = new LineDecoder({ limit: 65_536, budget: guests })
    decoder.push(utf8("x".repeat(12_000)))
    assert.isAbove(guests.used, 7_000)
    decoder.change({ limit: 100_000, budget: signedIn })
    assert.strictEqual(guests.used, 0)
    assert.isAbove(signedIn.used, 7_000)
    const other = new LineDecoder({ limit: 65_536, budget: guests })
    other.push(utf8("x".repeat(30_000)))
    other.change({ limit: 100_000, budget: signedIn })
    assert.strictEqual(other.overflow, "no_room_for_lines")
    decoder.close()
    assert.deepStrictEqual([guests.used, signedIn.used], [0, 0])
  })

  it("holds no more memory than the budgets and the allowances, and gives all of it back", () => {
    const step = fc.record({ by: fc.nat(4), bytes: fc.nat(30_000), end: fc.boolean(), close: fc.nat(9) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const [budget, faxes] = [new ByteBudget(() => 40_000), new ByteBudget(() => 50_000)]
        const fresh = () => new LineDecoder({ limit: 16_384, budget, fax: { limit: 100_000, budget: faxes } })
        const decoders = Array.from({ length: 5 }, fresh)
        for (const { by, bytes, end, close } of steps) {
          const decoder = decoders[by]
          const head = decoder?.pending === 0 && by > 2 ? '{"class":"faxsend","x":"' : ""
          decoder?.push(utf8(`${head}${"x".repeat(bytes)}${end ? "\n" : ""}`))
          if (close === 0 || decoder?.overflow !== null) {
            decoder?.close()
            decoders[by] = fresh()
          }
          assert.isTrue(budget.used >= 0 && budget.used <= 40_000 && faxes.used >= 0 && faxes.used <= 50_000)
          const pending = decoders.reduce((sum, one) => sum + one.pending, 0)
          assert.isAtMost(pending, budget.used + faxes.used + 5 * LINE_ALLOWANCE)
        }
        for (const decoder of decoders) decoder.close()
        assert.deepStrictEqual([budget.used, faxes.used], [0, 0])
      })
    )
  })
})
