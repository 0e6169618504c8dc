import { assert, describe, it } from "vitest"
import { memoryFaults, memoryFigures } from "./soak_memory.ts"

const MIB = 1024 * 1024
const probe = (heap: number) => ({ heap: heap * MIB, external: 0, resident: 200 * MIB, longestTurn: 0, resources: {} })
/** A sample a second, the heap as told. */
const faults = (seconds: number, heap: (at: number) => number, after = 30) =>
  memoryFaults(
    memoryFigures(
      probe(30),
      Array.from({ length: seconds }, (_, at) => ({ at, ...probe(heap(at)) })),
      probe(after),
      seconds / 4
    ),
    500
  )

describe("the memory of a soak", () => {
  it("may go up and down", () => {
    assert.deepStrictEqual(
      faults(60, (at) => 60 + 5 * Math.sin(at)),
      []
    )
  })

  it("may grow while everything is done for the first time", () => {
    assert.deepStrictEqual(
      faults(60, (at) => 40 + Math.min(at, 12) * 5),
      []
    )
  })

  it("may not grow all the time", () => {
    assert.match(faults(60, (at) => 40 + at)[0] ?? "", /^the heap grows by 1024\.0 KiB\/s, surely by 1024\.0 KiB\/s/)
  })

  it("of a long run may not grow slowly either", () => {
    assert.lengthOf(
      faults(60, (at) => 40 + at / 20),
      0
    )
    assert.lengthOf(
      faults(600, (at) => 40 + at / 20),
      1
    )
  })

  it("is given back when everybody has left", () => {
    assert.match(faults(60, () => 60, 60)[0] ?? "", /^31457280 bytes of heap are kept after everybody left/)
  })
})
