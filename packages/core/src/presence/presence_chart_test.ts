import { assert, describe, it } from "@effect/vitest"
import { changeChart, presenceChart, presenceRuleTable } from "./presence_chart.ts"
import { presenceRules } from "./presence_rules.ts"

const names = Object.values(presenceRules).flatMap(({ special, usual }) => [...special.map(({ name }) => name), usual.name])

/** Rules that neither change a user nor publish anything. */
const silent = [
  "request of unknown",
  "request refused",
  "logout of nobody",
  "link lost of nobody",
  "imposed unknown",
  "expired in vain",
  "held in vain",
  "released in vain",
  "regrouped as he was"
]

describe("the chart of a user's presence", () => {
  it("shows every rule that does something", () => {
    const labels = new Set(
      presenceChart()
        .split("\n")
        .flatMap((line) => (line.includes("-->") ? (line.split(": ")[1]?.split("<br/>") ?? []) : []))
    )
    assert.sameMembers(
      [...labels],
      names.filter((name) => !silent.includes(name))
    )
  })

  it("begins where nobody has signed in, and ends a lost link there", () => {
    assert.include(presenceChart(), "[*] --> Gone\n")
    assert.match(presenceChart(), /Here --> Gone: logout<br\/>link lost\n/)
  })
})

describe("the chart of a change", () => {
  it("drops a change for one reason only", () => {
    assert.include(changeChart(), "Acting --> Dropped: the user is gone\n")
    assert.strictEqual(changeChart().match(/--> Dropped/g)?.length, 1)
  })
})

describe("the table of rules", () => {
  it("has each rule once, under a name of its own, with its source", () => {
    const rows = presenceRuleTable().trim().split("\n").slice(2)
    assert.deepStrictEqual(
      rows.map((row) => row.split(" | ")[1]),
      names
    )
    assert.strictEqual(new Set(names).size, names.length)
    for (const row of rows) assert.match(row, /\| [\d., ]*(ours)? \|$/)
  })
})
