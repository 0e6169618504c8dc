/**
 * Everything that holds for presence: of the machine, whatever the group is, and of the group itself.
 *
 * @example
 * ```ts
 * import { presenceGroup, presenceLaws } from "@ctid/testing"
 *
 * const group = presenceGroup("reception", {
 *   available: { allowed: ["lunch"] },
 *   lunch: { actions: { enablednd: "true" } },
 *   disconnected: {}
 * })
 * for (const law of presenceLaws(group)) {
 *   await law.check({ runs: 100 }).catch((broken) => console.log(broken.message))
 *   // broken: whoever is somewhere finds the way back to available
 *   //   alice: signs in as lunch
 *   //   found: no steps lead from lunch back to available
 * }
 * ```
 */
import type { PresenceGroup } from "@ctid/core"
import type fc from "fast-check"
import type { Law } from "../laws/law.ts"
import { groupLaws } from "./group_laws.ts"
import { machineLaws } from "./machine_laws.ts"

/**
 * The laws for users of this group, or of any that an arbitrary makes. A test runner runs them by `check`, fast-check itself by
 * `property`.
 */
export const presenceLaws = (group: PresenceGroup | fc.Arbitrary<PresenceGroup>): ReadonlyArray<Law> => [
  ...groupLaws(group),
  ...machineLaws(group)
]
