import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { factoryPresenceGroup } from "../config/factory.ts"
import { describeDefect } from "./defect_text.ts"
import { analysePresenceGroup } from "./presence_analysis.ts"
import type { DraftGroup, DraftPresence, PresenceDefect } from "./presence_defect.ts"
import { initialPresence, type PresenceEvent, type PresenceState } from "./presence_event.ts"
import { AVAILABLE, DISCONNECTED, type PresenceGroup } from "./presence_group.ts"
import { transition } from "./transition.ts"

/** Distinct for all eyes. */
const colours = ["#9BC920", "#FFDD00", "#6CA6FF", "#D13224", "#E4805A", "#9E9E9E", "#202020", "#FFFFFF"]

interface Sketch {
  readonly allowed?: ReadonlyArray<string>
  readonly actions?: DraftPresence["actions"]
  readonly longName?: string | null
  readonly color?: string
  readonly automatic?: DraftPresence["automatic"]
}

/** A group without a defect but those of the sketch; what it leaves out is fine. */
const sketched = (sketch: Readonly<Record<string, Sketch>>): DraftGroup => ({
  name: "g",
  presences: new Map(
    Object.entries({ ...sketch, [DISCONNECTED]: { ...sketch[DISCONNECTED] } }).map(([name, presence], index) => [
      name,
      {
        name,
        longName: presence.longName === undefined ? `The ${name}` : presence.longName,
        color: presence.color ?? colours[index] ?? "#000000",
        allowed: presence.allowed ?? null,
        actions: presence.actions ?? [],
        automatic: presence.automatic ?? null
      }
    ])
  )
})

const home = { available: { allowed: ["away"] }, away: { allowed: ["available"] } }
const on: DraftPresence["actions"] = [["enablednd", "true"]]
const off: DraftPresence["actions"] = [["enablednd", "false"]]
const pause: DraftPresence["actions"] = [["queuepause_all", ""]]
const unpause: DraftPresence["actions"] = [["queueunpause_all", ""]]

const cases: ReadonlyArray<
  readonly [what: string, sketch: Readonly<Record<string, Sketch>>, told: ReadonlyArray<readonly [string, string]>]
> = [
  ["two presences that lead to each other", home, []],
  [
    "no available",
    { away: { allowed: ["lunch"] }, lunch: {} },
    [["missing_presence", "found none, expected a presence available in each group"]]
  ],
  [
    "a name that is misspelt",
    { ...home, available: { allowed: ["away", "awya"] } },
    [["unknown_presence", 'found "awya", expected a presence of this group: "away" (did you mean it?)']]
  ],
  [
    "a name that is listed twice",
    { ...home, available: { allowed: ["away", "disconnected", "away"] } },
    [["listed_twice", "away is there for the second time, and so in the menu"]]
  ],
  [
    "one presence for calls and one for who is idle",
    {
      available: { allowed: ["phone", "away"] },
      phone: { allowed: ["available"], automatic: "on_the_phone" },
      away: { allowed: ["available"], automatic: "idle" }
    },
    []
  ],
  [
    "two presences for calls",
    {
      available: { allowed: ["phone", "away"] },
      phone: { allowed: ["available"], automatic: "on_the_phone" },
      away: { allowed: ["available"], automatic: "on_the_phone" }
    },
    [["automatic_twice", "found another one, expected on_the_phone for one presence of a group (phone has it)"]]
  ],
  [
    "a presence for calls that available does not allow",
    {
      available: { allowed: ["away"] },
      away: { allowed: ["available", "phone"] },
      phone: { allowed: ["available"], automatic: "on_the_phone" }
    },
    [["automatic_in_vain", "on_the_phone in vain: available does not allow phone, so the system does not take it from there"]]
  ],
  [
    "who is idle is disconnected",
    { ...home, disconnected: { automatic: "idle" } },
    [["automatic_disconnected", 'found "idle", expected null: disconnected is who has no session']]
  ],
  ["calls lead back to available", { ...home, available: { allowed: ["away"], automatic: "on_the_phone" } }, []],
  [
    "a presence that nothing leads to, and one that only this leads to",
    { ...home, a: { allowed: ["b"] }, b: { allowed: ["available"] } },
    [["unreachable", "unreachable: no way leads from available to a, and so none to b"]]
  ],
  [
    "two that lead to each other and that nothing leads to",
    { ...home, a: { allowed: ["b", "available"] }, b: { allowed: ["a"] } },
    [["unreachable", "unreachable: no way leads from available to a and b"]]
  ],
  [
    "a street that ends",
    { available: { allowed: ["away", "a"] }, away: home.away, a: { allowed: ["b"] }, b: { allowed: [DISCONNECTED] } },
    [["one_way_street", "a one-way street: no way leads from b back to available, and so none from a"]]
  ],
  [
    "a street that ends in a circle",
    { available: { allowed: ["a"] }, a: { allowed: ["b"] }, b: { allowed: ["a"] } },
    [["one_way_street", "a one-way street: no way leads from a and b back to available"]]
  ],
  [
    "a presence without any way, in or out",
    { ...home, a: {} },
    [
      ["unreachable", "unreachable: no way leads from available to a"],
      ["one_way_street", "a one-way street: no way leads from a back to available"]
    ]
  ],
  [
    "no display text, and a blank one",
    { available: { ...home.available, longName: null }, away: { ...home.away, longName: " " } },
    [
      ["no_display_text", "no display text: people read the name"],
      ["no_display_text", "no display text: people read the name"]
    ]
  ],
  [
    "one text twice",
    { available: { ...home.available, longName: "Here" }, away: { ...home.away, longName: "here " } },
    [["same_display_text", "the display text of available"]]
  ],
  [
    "colours that are nearly the same",
    { available: { ...home.available, color: "#9BC920" }, away: { ...home.away, color: "#9BC822" } },
    [["colours_alike", "its colour cannot be told from that of available in a small dot"]]
  ],
  [
    "green and orange",
    { available: { ...home.available, color: "#9BC920" }, away: { ...home.away, color: "#FFB545" } },
    [["colours_alike", "red-blind and green-blind people cannot tell its colour from that of available in a small dot"]]
  ],
  [
    "an action that nobody knows",
    { ...home, away: { ...home.away, actions: [["enabldnd", "false"]] } },
    [["unknown_action", 'an unknown action, which is skipped; expected "enablednd" (did you mean it?)']]
  ],
  [
    "an action that never did anything",
    { ...home, away: { ...home.away, actions: [["enablevoicemail", "true"]] } },
    [["action_without_effect", "this action has no effect and is skipped"]]
  ],
  [
    "a parameter that is not what it seems",
    { ...home, away: { ...home.away, actions: [["enablednd", "yes"]] } },
    [["action_parameter", '"yes" counts as false: only true switches do not disturb on']]
  ],
  [
    "a pause and its contrary",
    { ...home, away: { ...home.away, actions: [...pause, ...unpause] } },
    [["pause_and_unpause", "pauses and unpauses: the last one counts"]]
  ],
  [
    "do not disturb that nothing switches off",
    { ...home, away: { ...home.away, actions: on } },
    [["left_on", "do not disturb stays on after away: available does not switch it off (away -> available)"]]
  ],
  [
    "do not disturb that only an interlude switches off",
    { available: { allowed: ["b", "a"] }, a: { allowed: ["b"], actions: on }, b: { allowed: ["available"], actions: off } },
    [["left_on", "do not disturb stays on after a: available does not switch it off (a -> link lost -> available)"]]
  ],
  [
    "do not disturb that available switches off",
    { available: { ...home.available, actions: off }, away: { ...home.away, actions: on } },
    []
  ],
  [
    "a pause by two, the first of which has only a long way back",
    {
      available: { allowed: ["a"] },
      a: { allowed: ["b"], actions: pause },
      b: { allowed: ["c"], actions: pause },
      c: { allowed: ["available"] }
    },
    [["left_on", "the agent stays paused after a and b: available does not unpause him (a -> link lost -> available)"]]
  ],
  [
    "a pause that available ends",
    { available: { ...home.available, actions: unpause }, away: { ...home.away, actions: pause } },
    []
  ],
  [
    "an available that is none",
    { available: { ...home.available, actions: [...on, ...pause] }, away: { ...home.away, actions: [...off, ...unpause] } },
    [
      ["left_on", "who is available is not: it switches do not disturb on"],
      ["left_on", "who is available is not: it pauses the agent"]
    ]
  ]
]

describe("the analysis of a presence group", () => {
  for (const [what, sketch, told] of cases) {
    it(`${told.length === 0 ? "finds nothing wrong with" : "tells of"} ${what}`, () => {
      const group = sketched(sketch)
      const found = analysePresenceGroup(group).map((defect) => [defect.rule, describeDefect(group, defect)])
      assert.deepStrictEqual(
        found.map(([, text]) => text),
        told.map(([, text]) => text)
      )
      assert.deepStrictEqual(
        found.map(([rule]) => rule),
        told.map(([rule]) => rule)
      )
    })
  }

  it("finds nothing wrong with the factory's group", () => {
    assert.deepStrictEqual(analysePresenceGroup(factoryPresenceGroup), [])
  })
})

const names = [AVAILABLE, "a", "b", "c", "d"]

/** In any order: the last one counts. */
const actions = fc.shuffledSubarray<readonly [string, string]>([
  ["enablednd", "true"],
  ["enablednd", "false"],
  ["queuepause_all", ""],
  ["queueunpause_all", ""]
])

const groups: fc.Arbitrary<PresenceGroup> = fc
  .record({
    entries: fc.array(fc.tuple(fc.subarray([...names, DISCONNECTED]), actions), {
      minLength: names.length,
      maxLength: names.length
    }),
    leaving: actions
  })
  .map(({ entries, leaving }) => ({
    name: "g",
    presences: new Map(
      [
        ...entries.map(([allowed, own], index) => [names[index] ?? "", allowed, own] as const),
        [DISCONNECTED, null, leaving] as const
      ].map(([name, allowed, own], index) => [
        name,
        { name, longName: `The ${name}`, color: colours[index] ?? "", allowed, actions: own }
      ])
    )
  }))

/** Somebody's presence, and what his actions have left on. */
interface Place {
  readonly presence: string
  readonly pause: boolean
  readonly do_not_disturb: boolean
}

/** Every state that the enforced machine comes to from one on by some events, each with what its actions left on. */
const explored = (group: PresenceGroup, start: PresenceState, events: ReadonlyArray<PresenceEvent>): ReadonlyArray<Place> => {
  const seen = new Map([["", { state: start, pause: false, do_not_disturb: false }]])
  // A map walks over what is added on the way.
  for (const { state, ...left } of seen.values()) {
    for (const event of events) {
      const outcome = transition(group, { reachability: "enforced", disconnectOn: "last" }, state, event)
      if (outcome._tag === "Refused") continue
      const did = outcome._tag === "Changed" ? outcome.actions.map((action) => action.join(" ").trim()) : []
      const last = (on: string, off: string, was: boolean): boolean => {
        const found = did.findLast((action) => action === on || action === off)
        return found === undefined ? was : found === on
      }
      const next = {
        state: outcome.state,
        pause: last("queuepause_all", "queueunpause_all", left.pause),
        do_not_disturb: last("enablednd true", "enablednd false", left.do_not_disturb)
      }
      const key = JSON.stringify([next.state.presence, [...next.state.sessions], next.pause, next.do_not_disturb])
      if (!seen.has(key)) seen.set(key, next)
    }
  }
  return [...seen.values()].map(({ state, ...left }) => ({ presence: state.presence, ...left }))
}

const asked = names.map((presence): PresenceEvent => ({ _tag: "Requested", presence }))

/** Where the menus lead somebody who is signed in. */
const reached = (group: PresenceGroup, from: string): ReadonlySet<string> =>
  new Set(
    explored(group, { ...initialPresence, presence: from, sessions: new Set([1]) }, asked).map(({ presence }) => presence)
  )

const about = (defects: ReadonlyArray<PresenceDefect>, rule: "unreachable" | "one_way_street"): ReadonlySet<string> =>
  new Set(
    defects.flatMap((defect) =>
      defect.rule === rule
        ? [...defect.presences, ...("after" in defect ? defect.after : "before" in defect ? defect.before : [])]
        : []
    )
  )

describe("the analysis and the enforced machine", () => {
  it("agree on what can be reached, and on where one comes back from", () => {
    fc.assert(
      fc.property(groups, (group) => {
        const defects = analysePresenceGroup(group)
        const there = reached(group, AVAILABLE)
        assert.deepStrictEqual(about(defects, "unreachable"), new Set(names.filter((name) => !there.has(name))))
        const caught = names.filter((name) => !reached(group, name).has(AVAILABLE))
        assert.deepStrictEqual(about(defects, "one_way_street"), new Set(caught))
      }),
      { numRuns: 1000 }
    )
  })

  for (const [lasting, what] of [
    ["pause", "paused"],
    ["do_not_disturb", "not to be disturbed"]
  ] as const) {
    it(`agree on whether somebody can be available and ${what}, by menus, logins, logouts and broken links`, () => {
      const events: ReadonlyArray<PresenceEvent> = [
        ...[...names, DISCONNECTED].flatMap(
          (presence): ReadonlyArray<PresenceEvent> => [
            { _tag: "Requested", presence },
            { _tag: "LoggedIn", session: 1, presence }
          ]
        ),
        { _tag: "LoggedOut", session: 1 },
        { _tag: "LinkLost", session: 1 }
      ]
      fc.assert(
        fc.property(groups, (group) => {
          const left = analysePresenceGroup(group).some((defect) => defect.rule === "left_on" && defect.lasting === lasting)
          const places = explored(group, initialPresence, events)
          assert.strictEqual(
            left,
            places.some((place) => place.presence === AVAILABLE && place[lasting])
          )
        }),
        { numRuns: 1000 }
      )
    })
  }
})
