/**
 * The machines of this folder as pictures and tables, found by running them: docs/presence.md holds what these functions answer.
 *
 * @example
 * ```ts
 * import { presenceChart } from "@ctid/core"
 *
 * console.log(presenceChart()) // Mermaid text: stateDiagram-v2 ...
 * ```
 */
import { beginChange, type ChangeEvent, type ChangeState, type ConfiguredAction, changeStep } from "./change.ts"
import { initialPresence, type PresenceEvent, type PresenceRules, type PresenceState } from "./presence_event.ts"
import { AVAILABLE, DISCONNECTED, type Presence, type PresenceGroup } from "./presence_group.ts"
import { presenceRules, type SpecialRule, type UsualRule } from "./presence_rules.ts"
import { presenceStep } from "./transition.ts"

interface Arrow {
  readonly from: string
  readonly to: string
  readonly label: string
}

/** One arrow for each pair of places, with all that leads there. */
const mermaid = (places: ReadonlyArray<readonly [id: string, text: string]>, arrows: Iterable<Arrow>): string => {
  const labels = new Map<string, Set<string>>()
  for (const { from, to, label } of arrows) {
    const key = `${from} --> ${to}`
    labels.set(key, (labels.get(key) ?? new Set()).add(label))
  }
  return [
    "stateDiagram-v2",
    ...places.map(([id, text]) => `  state "${text}" as ${id}`),
    ...[...labels].map(([arrow, texts]) => `  ${arrow}${texts.has("") ? "" : `: ${[...texts].join("<br/>")}`}`),
    ""
  ].join("\n")
}

const group = (...presences: ReadonlyArray<readonly [name: string, allowed: Presence["allowed"]]>): PresenceGroup => ({
  name: "sample",
  presences: new Map(
    presences.map(([name, allowed]) => [name, { name, longName: name, color: "#000000", allowed, actions: [] }])
  )
})

/** One that has everything, one without `disconnected`, and one that lacks what the others have. */
const groups: readonly [PresenceGroup, ...ReadonlyArray<PresenceGroup>] = [
  group([AVAILABLE, ["away"]], ["away", [AVAILABLE]], ["lunch", []], [DISCONNECTED, null]),
  group([AVAILABLE, ["away"]], ["away", []]),
  group(["lunch", []], [DISCONNECTED, null])
]

const names = [AVAILABLE, "away", "lunch", DISCONNECTED, "unknown"]
const sessions = [1, 2]
const ruleBooks: ReadonlyArray<PresenceRules> = [
  { reachability: "enforced", disconnectOn: "last" },
  { reachability: "enforced", disconnectOn: "any" },
  { reachability: "advisory", disconnectOn: "last" }
]

const events: ReadonlyArray<PresenceEvent> = [
  ...sessions.flatMap((session) => names.map((presence): PresenceEvent => ({ _tag: "LoggedIn", session, presence }))),
  ...names.map((presence): PresenceEvent => ({ _tag: "Requested", presence })),
  ...sessions.map((session): PresenceEvent => ({ _tag: "LoggedOut", session })),
  ...sessions.map((session): PresenceEvent => ({ _tag: "LinkLost", session })),
  ...names.map((presence): PresenceEvent => ({ _tag: "Imposed", presence })),
  ...names.map((presence): PresenceEvent => ({ _tag: "Requested", presence, until: 1 })),
  { _tag: "Expired", until: 1 },
  { _tag: "Held", cause: "phone", presence: "away" },
  { _tag: "Released", cause: "phone" },
  ...groups.map((before): PresenceEvent => ({ _tag: "Regrouped", before }))
]

const places = [
  ["Gone", "no session, disconnected"],
  ["Here", "sessions, a presence"],
  ["Hidden", "sessions, disconnected"],
  ["Left", "no session, a presence"]
] as const

const placeOf = ({ presence, sessions }: PresenceState): string => {
  if (sessions.size > 0) return presence === DISCONNECTED ? "Hidden" : "Here"
  return presence === DISCONNECTED ? "Gone" : "Left"
}

const isSame = (a: PresenceState, b: PresenceState): boolean =>
  a.presence === b.presence &&
  JSON.stringify(a.terms) === JSON.stringify(b.terms) &&
  a.sessions.size === b.sessions.size &&
  [...a.sessions].every((session) => b.sessions.has(session))

/** Every step that changes a user or is published, from nobody's first login on, in sample groups and under all rules. */
const steps = (): ReadonlyArray<Arrow> => {
  const found: Array<Arrow> = []
  const reached: Array<{ readonly group: PresenceGroup; readonly state: PresenceState }> = [
    { group: groups[0], state: initialPresence }
  ]
  for (const { group, state } of reached) {
    for (const [rules, event] of ruleBooks.flatMap((rules) => events.map((event) => [rules, event] as const))) {
      // a regrouping goes to each of the groups; all others stay where they are
      for (const after of event._tag === "Regrouped" ? groups : [group]) {
        const { rule, outcome } = presenceStep(
          { group: after, rules, state },
          event._tag === "Regrouped" ? { ...event, before: group } : event
        )
        const next = outcome._tag === "Refused" ? state : outcome.state
        if (outcome._tag === "Changed" || !isSame(next, state)) {
          found.push({ from: placeOf(state), to: placeOf(next), label: rule })
        }
        if (!reached.some((one) => one.group === after && isSame(one.state, next))) reached.push({ group: after, state: next })
      }
    }
  }
  return found
}

/** The presence of one user, as a Mermaid state diagram. Steps that change nothing and are not published are left out. */
export const presenceChart = (): string =>
  mermaid(places, [{ from: "[*]", to: placeOf(initialPresence), label: "" }, ...steps()])

const changePlaces = [
  ["Acting", "an action runs"],
  ["Published", "published"],
  ["Dropped", "dropped"]
] as const

/** What may happen while an action runs, as the chart calls it. */
const changeEvents: ReadonlyArray<readonly [label: string, event: ChangeEvent]> = [
  ["it is done", { _tag: "ActionEnded", end: "done" }],
  ["it waits for the PBX", { _tag: "ActionEnded", end: "deferred" }],
  ["it failed", { _tag: "ActionEnded", end: "failed" }],
  ["it is skipped", { _tag: "ActionEnded", end: "skipped" }],
  ["time is over, the rest is begun and not waited for", { _tag: "DeadlinePassed" }],
  ["the user is gone", { _tag: "UserGone" }]
]

/** The life of one change, as a Mermaid state diagram. */
export const changeChart = (): string => {
  const action: ConfiguredAction = ["enablednd", "true"]
  const arrows: Array<Arrow> = []
  const from = (state: ChangeState, more: string): void => {
    for (const [label, event] of changeEvents) {
      const next = changeStep(state, event)
      if (next !== state)
        arrows.push({ from: state._tag, to: next._tag, label: event._tag === "ActionEnded" ? `${label}${more}` : label })
    }
  }
  for (const [actions, label] of [
    [[action], "stored, with actions"],
    [[], "stored, without"]
  ] as const) {
    arrows.push({ from: "[*]", to: beginChange(actions)._tag, label })
  }
  from(beginChange([action, action]), ", the next one runs")
  from(beginChange([action]), ", and was the last")
  for (const [place] of changePlaces) if (place !== "Acting") arrows.push({ from: place, to: "[*]", label: "" })
  return mermaid(changePlaces, arrows)
}

/** The rules of a user's presence, as a Markdown table. */
export const presenceRuleTable = (): string => {
  const row = (
    event: string,
    when: string,
    { name, does, source }: Pick<UsualRule<PresenceEvent>, "name" | "does" | "source">
  ) => `| ${event} | ${name} | ${when} | ${does} | ${source} |`
  return [
    "| Event | Rule | When | What happens | Reference |",
    "| --- | --- | --- | --- | --- |",
    ...Object.entries(presenceRules).flatMap(([event, { special, usual }]) => [
      ...special.map((rule: Pick<SpecialRule<PresenceEvent>, "name" | "when" | "does" | "source">) =>
        row(event, rule.when, rule)
      ),
      row(event, special.length === 0 ? "always" : "otherwise", usual)
    ]),
    ""
  ].join("\n")
}
