/** All laws there are, by what they are tried on. What needs sockets is elsewhere. */
import { factoryPresenceGroup } from "@ctid/core/config/factory"
import fc from "fast-check"
import { officeLaws } from "../office/office_laws.ts"
import { raceLaws } from "../office/race_laws.ts"
import { outageLaws } from "../outage/outage_laws.ts"
import { partingLaws } from "../parting/parting_laws.ts"
import { partitions } from "../parting/partition_arbitraries.ts"
import { brokenPresenceGroups } from "../presence/broken_groups.ts"
import { groupLaws } from "../presence/group_laws.ts"
import { machineLaws } from "../presence/machine_laws.ts"
import { presenceGroups } from "../presence/presence_arbitraries.ts"
import { presenceLaws } from "../presence/presence_laws.ts"
import type { Law } from "./law.ts"

export interface LawSuite {
  readonly name: string
  readonly laws: ReadonlyArray<Law>
}

/** Quick ones first. */
export const lawSuites = (): ReadonlyArray<LawSuite> => [
  { name: "the factory's presence group", laws: presenceLaws(factoryPresenceGroup) },
  {
    name: "the machine, with any group",
    laws: machineLaws(
      fc.oneof(
        presenceGroups(),
        brokenPresenceGroups().map(({ group }) => group)
      )
    )
  },
  { name: "any valid group", laws: groupLaws(presenceGroups()) },
  { name: "any partition", laws: partingLaws(partitions()) },
  { name: "offices", laws: officeLaws() },
  { name: "races", laws: raceLaws() },
  { name: "outages", laws: outageLaws() }
]
