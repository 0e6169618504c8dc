import { test } from "node:test"
import { presenceGroup, presenceLaws } from "@ctid/testing"
import { presences } from "./presences.js"

for (const law of presenceLaws(presenceGroup("practice", presences))) {
  test(law.name, () => law.check())
}
