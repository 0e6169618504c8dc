import { assert, describe, it } from "vitest"
import { Seeded } from "./seeded.ts"

const draw = (random: Seeded): ReadonlyArray<number> => Array.from({ length: 20 }, () => random.bits())

describe("seeded choices", () => {
  it("are the same for the same seed, and others for another", () => {
    assert.deepStrictEqual(draw(new Seeded("a 1")), draw(new Seeded("a 1")))
    assert.notDeepEqual(draw(new Seeded("a 1")), draw(new Seeded("a 2")))
  })

  it("of a fork do not depend on what the other forks draw", () => {
    const [first, second] = [new Seeded(7), new Seeded(7)]
    draw(first.fork("x"))
    assert.deepStrictEqual(draw(first.fork("y")), draw(second.fork("y")))
  })

  it("spread over the whole range", () => {
    const random = new Seeded(1)
    const counts = new Map<number, number>()
    for (let n = 0; n < 10_000; n++) {
      const drawn = random.below(10)
      counts.set(drawn, (counts.get(drawn) ?? 0) + 1)
    }
    assert.deepStrictEqual(
      [...counts.keys()].sort((a, b) => a - b),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    )
    for (const count of counts.values()) assert.isTrue(count > 800 && count < 1200, `${count} of 10,000`)
  })

  it("follow their weights, and never take what weighs nothing", () => {
    const random = new Seeded(2)
    const drawn = Array.from({ length: 1000 }, () =>
      random.weighted([
        [9, "often"],
        [1, "seldom"],
        [0, "never"]
      ])
    )
    const often = drawn.filter((one) => one === "often").length
    assert.isTrue(often > 850 && often < 950, `${often} of 1,000`)
    assert.notInclude(drawn, "never")
  })

  it("wait as long on average as they are told", () => {
    const random = new Seeded(3)
    let sum = 0
    for (let n = 0; n < 10_000; n++) sum += random.wait(50)
    assert.closeTo(sum / 10_000, 50, 2)
  })
})
