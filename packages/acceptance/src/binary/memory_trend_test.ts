import { assert, describe, it } from "vitest"
import { Seeded } from "../seeded.ts"
import { trendOf } from "./memory_trend.ts"

const line = (slope: number, noise: number) => {
  const random = new Seeded(5)
  return Array.from({ length: 40 }, (_, at) => ({ at, value: 1000 + slope * at + noise * (random.real() - 0.5) }))
}

describe("the trend of samples", () => {
  it("is the line's slope, and sure of it, where there is no noise", () => {
    const trend = trendOf(line(3, 0))
    assert.closeTo(trend?.slope ?? 0, 3, 1e-9)
    assert.closeTo(trend?.atLeast ?? 0, 3, 1e-9)
  })

  it("finds growth in noise", () => {
    const trend = trendOf(line(3, 30))
    assert.closeTo(trend?.slope ?? 0, 3, 0.5)
    assert.isAbove(trend?.atLeast ?? 0, 2)
  })

  it("is not sure of growth where there is only noise", () => {
    assert.isBelow(trendOf(line(0, 30))?.atLeast ?? 1, 0.01)
  })

  it("says nothing about two samples, or about one moment", () => {
    assert.isNull(trendOf(line(1, 0).slice(0, 2)))
    assert.isNull(trendOf([1, 2, 3].map((value) => ({ at: 7, value }))))
  })
})
