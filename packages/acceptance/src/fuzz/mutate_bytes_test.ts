import { assert, describe, it } from "vitest"
import { Seeded } from "../seeded.ts"
import { joinBytes, mutateBytes, splitBytes } from "./mutate_bytes.ts"

const valid = new TextEncoder().encode('{"class":"keepalive","commandid":7}\n')
const other = (): Uint8Array => new TextEncoder().encode("Event: Hangup\r\n\r\n")
const spoil = (seed: number): Uint8Array => mutateBytes(valid, new Seeded(seed), other)

describe("spoilt bytes", () => {
  it("are the same for the same seed", () => {
    for (let seed = 0; seed < 50; seed++) assert.deepStrictEqual(spoil(seed), spoil(seed))
  })

  it("are hardly ever what they were, nor twice the same", () => {
    const texts = Array.from({ length: 300 }, (_, seed) => Buffer.from(spoil(seed)).toString("latin1"))
    assert.isAbove(new Set(texts).size, 250)
    assert.isBelow(texts.filter((text) => text === Buffer.from(valid).toString("latin1")).length, 30)
  })

  it("leave what they were made of as it was", () => {
    const copy = valid.slice()
    for (let seed = 0; seed < 200; seed++) spoil(seed)
    assert.deepStrictEqual(valid, copy)
  })

  it("of nothing are something, or nothing", () => {
    for (let seed = 0; seed < 200; seed++) mutateBytes(new Uint8Array(0), new Seeded(seed), () => new Uint8Array(0))
  })
})

describe("bytes in pieces", () => {
  it("are the same bytes, and not too many pieces", () => {
    const long = new Seeded(1).bytes(50_000)
    for (let seed = 0; seed < 100; seed++) {
      const pieces = splitBytes(long, new Seeded(seed))
      assert.deepStrictEqual(joinBytes(pieces), long)
      assert.isAtMost(pieces.length, 500)
      assert.isTrue(pieces.every(({ length }) => length > 0))
    }
  })
})
