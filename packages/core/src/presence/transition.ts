/** One step of a user's presence (reference 2.6, 2.9, 5.2 to 5.4): a pure function over `presenceRules`. */
import type { PresenceEvent, PresenceOutcome, PresenceRules, PresenceState } from "./presence_event.ts"
import type { PresenceGroup } from "./presence_group.ts"
import { type PresenceSituation, presenceRules, type RulesOf, type UsualRule } from "./presence_rules.ts"

const applicable = <Event extends PresenceEvent>(
  { special, usual }: RulesOf<Event>,
  at: PresenceSituation,
  event: Event
): UsualRule<Event> => {
  for (const rule of special) if (rule.holds(at, event)) return rule
  return usual
}

/** What came of an event, and the name of the rule that said so. */
export interface PresenceStep {
  readonly rule: string
  readonly outcome: PresenceOutcome
}

const taken = <Event extends PresenceEvent>(rules: RulesOf<Event>, at: PresenceSituation, event: Event): PresenceStep => {
  const rule = applicable(rules, at, event)
  return { rule: rule.name, outcome: rule.take(at, event) }
}

/** A step that names its rule. */
export const presenceStep = (at: PresenceSituation, event: PresenceEvent): PresenceStep => {
  switch (event._tag) {
    case "LoggedIn":
      return taken(presenceRules.LoggedIn, at, event)
    case "Requested":
      return taken(presenceRules.Requested, at, event)
    case "LoggedOut":
      return taken(presenceRules.LoggedOut, at, event)
    case "LinkLost":
      return taken(presenceRules.LinkLost, at, event)
    case "Imposed":
      return taken(presenceRules.Imposed, at, event)
    case "Expired":
      return taken(presenceRules.Expired, at, event)
    case "Held":
      return taken(presenceRules.Held, at, event)
    case "Released":
      return taken(presenceRules.Released, at, event)
    case "Regrouped":
      return taken(presenceRules.Regrouped, at, event)
  }
}

/**
 * One step. A refused or unknown presence leaves no trace; a presence equal to the present one is a change like any other
 * (reference 5.2).
 */
export const transition = (
  group: PresenceGroup,
  rules: PresenceRules,
  state: PresenceState,
  event: PresenceEvent
): PresenceOutcome => presenceStep({ group, rules, state }, event).outcome
