import { assert, describe, it } from "@effect/vitest"
import { UsageError } from "../binary/command_line.ts"
import { readOptions } from "./law_options.ts"

describe("the command line of the laws", () => {
  it("reads numbers and a text", () => {
    assert.deepStrictEqual(readOptions(["--runs", "100000", "--seed", "0", "--only", "races", "--jobs", "2"]), {
      runs: 100_000,
      seed: 0,
      only: "races",
      jobs: 2
    })
    assert.isNull(readOptions(["--help"]))
  })

  it("refuses what it does not understand", () => {
    for (const args of [["--runs", "0"], ["--runs", "many"], ["--seed", "-1"], ["--jobs", "1.5"], ["--law", "x"], ["races"]]) {
      assert.throws(() => readOptions(args), UsageError, undefined, args.join(" "))
    }
  })
})
