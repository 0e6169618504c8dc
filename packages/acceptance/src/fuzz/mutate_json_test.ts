import { assert, describe, it } from "vitest"
import { Seeded } from "../seeded.ts"
import { mutateMessage } from "./mutate_json.ts"

const message = { class: "featuresput", function: "fwd", value: { enableunc: true, destunc: "1002" }, commandid: 3 }
const lines = Array.from({ length: 500 }, (_, seed) => mutateMessage(message, new Seeded(seed)))

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

describe("spoilt messages", () => {
  it("are one line each, and the same for the same seed", () => {
    lines.forEach((line, seed) => {
      assert.notInclude(line, "\n")
      assert.strictEqual(line, mutateMessage(message, new Seeded(seed)))
    })
  })

  it("are mostly JSON, so that they get further than the first look", () => {
    const read = lines.filter((line) => parsed(line) !== undefined).length
    assert.isTrue(read > 350 && read < 500, `${read} of 500`)
  })

  it("often keep their class, and lose or change every other field now and then", () => {
    const objects = lines.flatMap((line) => {
      const value = parsed(line)
      return typeof value === "object" && value !== null && !Array.isArray(value)
        ? [value as Readonly<Record<string, unknown>>]
        : []
    })
    assert.isAbove(objects.filter((one) => one.class === "featuresput").length, 150)
    for (const field of ["function", "value", "commandid"] as const) {
      const changed = objects.filter((one) => JSON.stringify(one[field]) !== JSON.stringify(message[field])).length
      assert.isAbove(changed, 30, field)
    }
  })
})
