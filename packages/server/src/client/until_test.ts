import { assert, describe, it } from "@effect/vitest"
import { readUntil } from "./until.ts"

/** Noon, local time. */
const now = new Date(2026, 10, 25, 12, 0, 30).getTime()
const at = (...local: readonly [number, number, number, number, number]): number => new Date(...local).getTime() / 1000

describe("--until", () => {
  it("takes a time as the next one, today or tomorrow", () => {
    assert.strictEqual(readUntil("14:00", now), at(2026, 10, 25, 14, 0))
    assert.strictEqual(readUntil("12:01", now), at(2026, 10, 25, 12, 1))
    assert.strictEqual(readUntil("12:00", now), at(2026, 10, 26, 12, 0))
    assert.strictEqual(readUntil("9:05", now), at(2026, 10, 26, 9, 5))
  })

  it("takes a day with a time", () => {
    assert.strictEqual(readUntil("2026-12-01 08:30", now), at(2026, 11, 1, 8, 30))
    assert.strictEqual(readUntil("2026-12-01T08:30", now), at(2026, 11, 1, 8, 30))
  })

  it("takes nothing else", () => {
    for (const text of ["", "soon", "24:00", "12:60", "12", "2026-02-30 08:00", "2026-13-01 08:00", "2026-12-01", "14:00 "]) {
      assert.isNull(readUntil(text, now), text)
    }
  })
})
