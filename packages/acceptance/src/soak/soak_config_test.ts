import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { snapshotOf } from "@ctid/core"
import { contextOf } from "@ctid/core/parting/parting"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { loadConfig } from "ctid/config/load_config"
import * as Effect from "effect/Effect"
import { companyName, linesCsv, peopleOf, type Stage, usersCsv } from "./population.ts"
import { soakConfig } from "./soak_config.ts"

const COMPANIES = 6
const people = peopleOf(COMPANIES)
const HASH = "$argon2id$v=19$m=19456,t=2,p=1$PBDXpSbtLyrcF8ipjpJt5A$mgfLWrYYt1cqUvVdC7ZYLZBiKDbzj0Fp0Phib2aFVH8"

/** As the server reads it. */
const read = (stage: Stage) =>
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "soak-config-"))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true }))
    )
    const options = { people, companies: COMPANIES, stage, amiPort: 5038, users: "u.csv", lines: "l.csv" }
    writeFileSync(join(folder, "u.csv"), usersCsv(people, stage, { plain: "word", hash: HASH }))
    writeFileSync(join(folder, "l.csv"), linesCsv(people, stage))
    writeFileSync(join(folder, "ctid.yml"), JSON.stringify(soakConfig({ ...options, certificate: "c", key: "k" })))
    return (yield* loadConfig(join(folder, "ctid.yml"))).directory
  }).pipe(Effect.scoped, Effect.provide([NodeServices.layer, NodeCrypto.layer]))

describe("the configurations of a soak", () => {
  it.effect("declare companies of 50, whose objects' ids tell the company", () =>
    Effect.gen(function* () {
      const data = yield* read("before")
      const directory = snapshotOf(data)
      assert.lengthOf(data.users, COMPANIES * 50)
      for (const [list, items] of [
        ["users", data.users],
        ["phones", data.lines],
        ["agents", data.agents],
        ["queues", data.queues],
        ["voicemails", data.voicemails]
      ] as const) {
        assert.isAtLeast(items.length, COMPANIES, list)
        for (const { id } of items)
          assert.strictEqual(contextOf(directory, list, id), companyName(Math.floor(id / 1000)), `${list} ${id}`)
      }
    })
  )

  it.effect("after the reload somebody is gone, somebody new, somebody in another company", () =>
    Effect.gen(function* () {
      const [before, after] = [snapshotOf(yield* read("before")), snapshotOf(yield* read("after"))]
      assert.isTrue(before.users.has(2049) && !after.users.has(2049))
      assert.isTrue(!before.users.has(1051) && after.users.has(1051))
      assert.strictEqual(contextOf(before, "users", 5012), companyName(5))
      assert.strictEqual(contextOf(after, "users", 5012), companyName(6))
      assert.isTrue(before.agents.has(3005) && !after.agents.has(3005))
      assert.notStrictEqual(before.lines.get(1011)?.number, after.lines.get(1011)?.number)
      assert.isFalse(after.presenceGroups.get("soak")?.presences.has("outtolunch"))
    })
  )
})
