import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { placesOf } from "./mutant_copy.ts"
import { mutants } from "./mutants.ts"

const packages = fileURLToPath(new URL("../../..", import.meta.url))

describe("the deliberate defects", () => {
  it("are twenty, each under a name of its own", () => {
    assert.strictEqual(mutants.length, 20)
    assert.strictEqual(new Set(mutants.map(({ name }) => name)).size, mutants.length)
  })

  for (const mutant of mutants) {
    it(`"${mutant.name}" stands exactly once where it is said to be`, async () => {
      assert.strictEqual(placesOf(await readFile(`${packages}/${mutant.file}`, "utf8"), mutant), 1)
    })
  }
})
