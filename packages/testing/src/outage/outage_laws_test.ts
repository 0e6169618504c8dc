import { describe, it } from "@effect/vitest"
import { outageLaws } from "./outage_laws.ts"

/** The time of a loaded machine. */
const timeout = 600_000

describe("an outage", () => {
  for (const law of outageLaws()) {
    it(law.name, { timeout }, () => law.check())
  }
})
