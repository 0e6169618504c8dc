import { assert, describe, it } from "@effect/vitest"
import { failureLine, summary, type VectorResult } from "./report.ts"

const results: ReadonlyArray<VectorResult> = [
  { area: "login", name: "ok", outcome: { _tag: "Passed" } },
  {
    area: "login",
    name: "bad",
    outcome: { _tag: "Failed", complaints: [{ expected: '{"to":"none"}', came: "cti:new got\r\n{}" }] }
  },
  { area: "services", name: "DND on", outcome: { _tag: "Waiting", needs: ["lamps"] } },
  { area: "services", name: "DND off", outcome: { _tag: "Waiting", needs: ["lamps"] } }
]

describe("the report of a run", () => {
  it("says each failure on one line", () => {
    assert.deepStrictEqual(results.map(failureLine), [
      null,
      'FAILED login/bad: expected {"to":"none"}; came cti:new got\\n{}',
      null,
      null
    ])
  })

  it("counts by area, names what waits with its reason, and ends with the totals", () => {
    assert.deepStrictEqual(summary(results), [
      "area      passed  failed  waiting",
      "login          1       1        0",
      "services       0       0        2",
      "waiting for lamps (2): services/DND on, services/DND off",
      "1 passed, 1 failed"
    ])
  })
})
