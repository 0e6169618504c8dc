import { describe, it } from "@effect/vitest"
import { officeLaws } from "./office_laws.ts"

/** The time of a loaded machine. */
const timeout = 600_000

describe("an office", () => {
  for (const law of officeLaws()) {
    it(law.name, { timeout }, () => law.check())
  }
})
