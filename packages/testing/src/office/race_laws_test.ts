import { describe, it } from "@effect/vitest"
import { raceLaws } from "./race_laws.ts"

/** The time of a loaded machine. */
const timeout = 600_000

describe("a race", () => {
  for (const law of raceLaws()) {
    it(law.name, { timeout }, () => law.check())
  }
})
