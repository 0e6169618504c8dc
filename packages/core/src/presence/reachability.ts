/** Which presence may follow which. */
import type { PresenceRules } from "./presence_event.ts"
import { AVAILABLE, DISCONNECTED, type PresenceGroup } from "./presence_group.ts"

/** True when `to` may be chosen while `from` lasts. */
export const reachable = (group: PresenceGroup, from: string, to: string): boolean =>
  from === to || to === DISCONNECTED || (group.presences.get(from)?.allowed?.includes(to) ?? false)

/**
 * The presence that takes the place of one which the group does not have: `available` where it could be chosen from it while it
 * still was in `before`, else the group's first. Null: nothing has to take its place. Who is disconnected stays so.
 */
export const replacement = (
  before: PresenceGroup,
  group: PresenceGroup,
  rules: Pick<PresenceRules, "reachability">,
  presence: string
): string | null => {
  if (presence === DISCONNECTED || group.presences.has(presence)) return null
  const mayChoose = rules.reachability === "advisory" || reachable(before, presence, AVAILABLE)
  if (mayChoose && group.presences.has(AVAILABLE)) return AVAILABLE
  const names = [...group.presences.keys()]
  return names.find((name) => name !== DISCONNECTED) ?? names[0] ?? null
}
