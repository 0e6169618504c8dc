/** What a defect looks like: the shortest story that shows it. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { presenceGroup, presenceLaws } from "@ctid/testing"
import { presences } from "./presences.js"

const forgetful = { ...presences, available: { ...presences.available, actions: { queueunpause_all: "" } } }

test("do not disturb that nothing switches off is found, and told", async () => {
  const laws = presenceLaws(presenceGroup("practice", forgetful))
  const reports = await Promise.all(laws.map((law) => law.search({ seed: 1 })))
  const broken = reports.flatMap((report) => report.broken ?? [])
  assert.deepEqual(
    broken.map(({ law, story, found }) => ({ law, story, found })),
    [
      {
        law: "who is available again can be called: do not disturb and pauses are off",
        story: "alice: signs in as available; available -> treating; treating -> available",
        found: "available, and do not disturb is still on"
      }
    ]
  )
})
