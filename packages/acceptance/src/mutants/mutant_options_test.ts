import { assert, describe, it } from "@effect/vitest"
import { UsageError } from "../binary/command_line.ts"
import { readOptions } from "./mutant_options.ts"
import { mutants } from "./mutants.ts"

const refused = (...args: ReadonlyArray<string>): string => {
  try {
    readOptions(args)
  } catch (error) {
    if (error instanceof UsageError) return error.message
    throw error
  }
  return assert.fail("it is taken")
}

describe("the command line of the mutants", () => {
  it("takes all without a text, and those that have it in their name with one", () => {
    assert.deepStrictEqual(readOptions([]), { chosen: mutants, alsoRight: true })
    const first = mutants.slice(0, 1)
    assert.deepStrictEqual(readOptions(first.map(({ name }) => name)), { chosen: first, alsoRight: false })
  })

  it("refuses a text that takes none, and says what there is", () => {
    const told = refused("foo")
    assert.match(told, /^no defect has "foo" in its name/)
    for (const { name } of mutants) assert.include(told, name)
  })

  it("refuses what it does not understand", () => {
    assert.include(refused("one", "two"), "expected one text")
    assert.include(refused("--only"), "expected one text")
  })
})
