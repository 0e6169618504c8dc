import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { directories } from "../arbitraries/directory.ts"
import { LawBroken } from "../laws/law.ts"
import { officeDirectory } from "../office/office.ts"
import { partingLaws } from "./parting_laws.ts"
import { partitions } from "./partition_arbitraries.ts"
import type { Partition } from "./specification.ts"

/** alice and bob at acme, carol at bolt, dave without a line. */
const partition: Partition = {
  separation: true,
  directory: officeDirectory({
    separation: true,
    rules: { reachability: "enforced", disconnectOn: "last" },
    groups: [],
    people: [
      { name: "alice", lines: ["acme"], agent: "acme", group: null },
      { name: "bob", lines: [null, "acme", "bolt"], agent: null, group: null },
      { name: "carol", lines: ["bolt"], agent: "bolt", group: null },
      { name: "dave", lines: [], agent: null, group: null }
    ]
  })
}

describe("two companies and somebody without a line", () => {
  for (const law of partingLaws(partition, { companies: { acme: ["alice", "bob"], bolt: ["carol"] } })) {
    it(law.name, () => law.check())
  }
})

describe("any partition", () => {
  for (const law of partingLaws(partitions())) it(law.name, () => law.check())
})

describe("any directory, of few people or none, where some of what is named is not there", () => {
  const directory = fc.record({ directory: directories(), separation: fc.boolean() })
  for (const law of partingLaws(directory)) it(law.name, () => law.check())
})

describe("a company that sees too much", () => {
  it("is told as a look", async () => {
    const laws = partingLaws(partition, { companies: { acme: ["alice"], bolt: ["carol"], crow: ["bob"] } })
    const broken = await laws
      .at(-1)
      ?.check({ seed: 3 })
      .catch((error: unknown) => error)
    if (!(broken instanceof LawBroken)) return assert.fail("it holds")
    assert.strictEqual(broken.story, "alice (of acme): looks at bob (of acme)")
    assert.strictEqual(broken.found, "from acme, and he sees somebody of crow")
  })
})
