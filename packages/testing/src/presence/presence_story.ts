/** What happens to one user, told: `alice: signs in as available; available -> away; link lost`. */
import {
  initialPresence,
  type PresenceEvent,
  type PresenceGroup,
  type PresenceOutcome,
  type PresenceRules,
  type PresenceState,
  transition
} from "@ctid/core"
import fc from "fast-check"
import { specified } from "./specification.ts"

/** A pure machine as `transition` is one. */
export type PresenceMachine = typeof transition

/** One event, and what a machine made of it. */
export interface StoryStep {
  readonly group: PresenceGroup
  readonly before: PresenceState
  readonly event: PresenceEvent
  readonly outcome: PresenceOutcome
  readonly after: PresenceState
}

/** What happens next. A regrouping says what the group becomes; the machine is told what it was. */
export type StoryEvent =
  | Exclude<PresenceEvent, { readonly _tag: "Regrouped" }>
  | { readonly _tag: "Regrouped"; readonly group: PresenceGroup }

const tell = (
  event: PresenceEvent,
  group: PresenceGroup,
  from: string,
  refused: boolean,
  of: (session: number) => string
): string => {
  switch (event._tag) {
    case "LoggedIn":
      return `signs in as ${event.presence}${of(event.session)}`
    case "Requested":
      return [
        `${from} -> ${event.presence}`,
        ...(event.until === undefined ? [] : [`until ${event.until}`]),
        ...(event.note === undefined || event.note === "" ? [] : [JSON.stringify(event.note)]),
        ...(refused ? ["(refused)"] : [])
      ].join(" ")
    case "LoggedOut":
      return `logs out${of(event.session)}`
    case "LinkLost":
      return `link lost${of(event.session)}`
    case "Imposed":
      return `is set to ${event.presence}`
    case "Expired":
      return `it is ${event.until}`
    case "Held":
      return `is held in ${event.presence} (${event.cause})`
    case "Released":
      return `is released (${event.cause})`
    case "Regrouped":
      return `a reload leaves ${[...group.presences.keys()].join(", ") || "nothing"}`
  }
}

export interface PresenceTale {
  readonly group: PresenceGroup
  readonly rules: PresenceRules
  readonly events: ReadonlyArray<StoryEvent>
}

export class PresenceStory {
  readonly group: PresenceGroup
  readonly rules: PresenceRules
  readonly events: ReadonlyArray<StoryEvent>

  constructor({ group, rules, events }: PresenceTale) {
    this.group = group
    this.rules = rules
    this.events = events
  }

  /** As a machine plays it. */
  played(machine: PresenceMachine = transition): ReadonlyArray<StoryStep> {
    const steps: Array<StoryStep> = []
    let [group, state] = [this.group, initialPresence]
    for (const { event, next } of this.#events()) {
      group = next
      const outcome = machine(group, this.rules, state, event)
      const after = outcome._tag === "Refused" ? state : outcome.state
      steps.push({ group, before: state, event, outcome, after })
      state = after
    }
    return steps
  }

  /** As the specification has it. */
  toString(): string {
    let state = initialPresence
    const told: Array<string> = []
    const sessions: Array<number> = []
    // by their place in the story; the first one needs no number
    const of = (session: number): string => {
      if (!sessions.includes(session)) sessions.push(session)
      const place = sessions.indexOf(session)
      return place === 0 ? "" : ` (session ${place + 1})`
    }
    for (const { event, next } of this.#events()) {
      const { state: after, refused } = specified(next, this.rules, state, event)
      told.push(tell(event, next, state.presence, refused, of))
      state = after
    }
    const rules = [
      ...(this.rules.reachability === "advisory" ? ["reachability is advisory"] : []),
      ...(this.rules.disconnectOn === "any" ? ["any session's end disconnects"] : [])
    ]
    return `alice${rules.length === 0 ? "" : ` (${rules.join(", ")})`}: ${told.join("; ") || "does nothing"}`
  }

  [fc.toStringMethod](): string {
    return this.toString()
  }

  /** The events as a machine is told them, each with the group in force from then on. */
  *#events(): Iterable<{ readonly event: PresenceEvent; readonly next: PresenceGroup }> {
    let group = this.group
    for (const event of this.events) {
      if (event._tag === "Regrouped") {
        const before = group
        group = event.group
        yield { event: { _tag: "Regrouped", before }, next: group }
      } else yield { event, next: group }
    }
  }
}
