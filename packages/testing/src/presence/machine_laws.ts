/** What holds for the presence of one user, whatever his group is. */
import { DISCONNECTED, initialPresence, type PresenceGroup, type PresenceState, transition } from "@ctid/core"
import { beginChange, type ChangeEvent, type ConfiguredAction, changeStep } from "@ctid/core/presence/change"
import fc from "fast-check"
import { holds, type Law, makeLaw, oneOrAny } from "../laws/law.ts"
import { presenceStories } from "./presence_arbitraries.ts"
import type { PresenceMachine, PresenceStory, StoryStep } from "./presence_story.ts"
import { type Actions, mayChoose, specified } from "./specification.ts"

const text = (value: unknown): string =>
  JSON.stringify(value, (_, one) => (one instanceof Set ? [...one] : one instanceof Map ? [...one.keys()] : one))

const same = (a: unknown, b: unknown): boolean => text(a) === text(b)

/** What a step published; null: nothing. */
const published = ({ outcome }: StoryStep): string | null => (outcome._tag === "Changed" ? outcome.to : null)

const actionsOf = ({ outcome }: StoryStep): Actions => (outcome._tag === "Changed" ? outcome.actions : [])

/** A story, with what the PBX makes of each action, and the moment when the time for them is over. */
interface Run {
  readonly story: PresenceStory
  readonly ends: ReadonlyArray<ChangeEvent>
}

class ActionStory {
  readonly story: PresenceStory
  readonly ends: ReadonlyArray<ChangeEvent>

  constructor({ story, ends }: Run) {
    this.story = story
    this.ends = ends
  }

  /** What a change with these actions begins, in order. */
  begun(actions: Actions): ReadonlyArray<ConfiguredAction> {
    const begun: Array<ConfiguredAction> = []
    let state = beginChange(actions)
    for (let at = 0; state._tag === "Acting"; at++) {
      begun.push(state.action)
      state = changeStep(state, this.ends[at] ?? { _tag: "ActionEnded", end: "done" })
    }
    return state._tag === "Published" ? [...begun, ...state.rest] : begun
  }

  toString(): string {
    const ends = this.ends.map((end) => (end._tag === "ActionEnded" ? end.end : "late"))
    return `${this.story}${ends.length === 0 ? "" : `\nactions of each change: ${ends.join(", ")}, then done`}`
  }

  [fc.toStringMethod](): string {
    return this.toString()
  }
}

const ends: fc.Arbitrary<ChangeEvent> = fc.oneof(
  fc.record({
    _tag: fc.constant("ActionEnded" as const),
    end: fc.constantFrom("done" as const, "deferred" as const, "failed" as const, "skipped" as const)
  }),
  fc.constant<ChangeEvent>({ _tag: "DeadlinePassed" })
)

/** Laws of the machine, tried on stories of a user of this group, or of any. `machine`: the one under test, by default ctid's. */
export const machineLaws = (
  group: PresenceGroup | fc.Arbitrary<PresenceGroup>,
  machine: PresenceMachine = transition
): ReadonlyArray<Law> => {
  const stories = oneOrAny(group).chain(presenceStories)
  /** One that holds for every step of every story. */
  const always = (name: string, judge: (step: StoryStep, story: PresenceStory) => void): Law =>
    makeLaw(name, stories, (story) => {
      for (const step of story.played(machine)) judge(step, story)
    })

  return [
    always("a presence is always one of the group's", ({ after, before, event, group: now, outcome }) => {
      const { presence } = after
      if (outcome._tag === "Changed") {
        holds(now.presences.has(outcome.to), () => `${outcome.to}, which the group does not have`)
        holds(presence === outcome.to, () => `${outcome.to} is published, and ${presence} is kept`)
      } else holds(presence === before.presence, () => `${event._tag} says nothing, and leads to ${presence}`)
    }),

    always("an enforced machine never takes an unreachable step", ({ before, event, group: now, outcome }, { rules }) => {
      if (rules.reachability === "advisory" || event._tag !== "Requested" || outcome._tag !== "Changed") return
      holds(
        mayChoose(now, before.presence, event.presence),
        () => `${before.presence} -> ${event.presence} is taken, and not allowed`
      )
    }),

    always("a login always works, whatever the presence before it", ({ after, event, group: now, outcome }) => {
      if (event._tag !== "LoggedIn") return
      holds(after.sessions.has(event.session), () => `session ${event.session} is not his`)
      if (!now.presences.has(event.presence)) return
      holds(outcome._tag === "Changed" && outcome.to === event.presence, () => `${event.presence} is not taken`)
    }),

    always("only an enforced, unreachable request is refused, and it leaves no trace", (step, { rules }) => {
      const { after, before, event, group: now, outcome } = step
      const mayBe =
        event._tag === "Requested" &&
        rules.reachability === "enforced" &&
        now.presences.has(event.presence) &&
        !mayChoose(now, before.presence, event.presence)
      holds((outcome._tag === "Refused") === mayBe, () => `${event._tag} is ${outcome._tag}`)
      if (outcome._tag === "Refused") holds(same(after, before), () => `it left ${text(after)}`)
    }),

    makeLaw(
      "actions run exactly once per change, in order, and never on a lost link",
      fc.record<Run>({ story: stories, ends: fc.array(ends, { maxLength: 4 }) }).map((run) => new ActionStory(run)),
      (told) => {
        for (const step of told.story.played(machine)) {
          const { event, group: now, outcome } = step
          const actions = outcome._tag !== "Changed" || event._tag === "LinkLost" ? [] : now.presences.get(outcome.to)?.actions
          const begun = told.begun(actionsOf(step))
          holds(same(begun, actions ?? []), () => `${event._tag} runs ${text(begun)}, not ${text(actions ?? [])}`)
        }
      }
    ),

    always(
      "a user is disconnected when his last session ends, and not before",
      ({ after, before, event, group: now }, story) => {
        if (event._tag !== "LoggedOut" && event._tag !== "LinkLost") return
        const wasHis = before.sessions.has(event.session)
        holds(!after.sessions.has(event.session), () => `session ${event.session} goes on`)
        holds(after.sessions.size === before.sessions.size - (wasHis ? 1 : 0), () => `his sessions are ${text(after.sessions)}`)
        const ends = wasHis && (after.sessions.size === 0 || story.rules.disconnectOn === "any")
        const expected = ends && now.presences.has(DISCONNECTED) ? DISCONNECTED : before.presence
        holds(after.presence === expected, () => `he is ${after.presence}, not ${expected}`)
      }
    ),

    makeLaw("replaying the published changes gives the state", stories, (story) => {
      const steps = story.played(machine)
      const last = steps.at(-1)?.after ?? initialPresence
      const replayed = steps.reduce((presence, step) => published(step) ?? presence, initialPresence.presence)
      holds(replayed === last.presence, () => `the changes lead to ${replayed}, the state is ${last.presence}`)
      let presence = initialPresence.presence
      for (const { outcome } of steps) {
        if (outcome._tag === "Unchanged") continue
        holds(outcome.from === presence, () => `a change from ${outcome.from}, where ${presence} was published last`)
        if (outcome._tag === "Changed") presence = outcome.to
      }
    }),

    always("a note and an end go with any other presence, and with any other choice", ({ after, before, event, outcome }) => {
      if (outcome._tag !== "Changed")
        holds(same(after.terms, before.terms), () => `${event._tag} changes ${text(before.terms)}`)
      else if (event._tag !== "Requested" && event._tag !== "Held" && after.terms !== undefined) {
        const isHis = event._tag === "LoggedIn" && outcome.from === outcome.to && same(after.terms, before.terms)
        holds(isHis, () => `${event._tag} leaves ${text(after.terms)}`)
      }
    }),

    makeLaw("an end leads back to where he was before, unless he chose anything since", stories, (story) => {
      let before: string | null = null
      for (const { after, before: was, event, group: now, outcome } of story.played(machine)) {
        const isEnd = event._tag === "Expired" || event._tag === "Released"
        if (isEnd && outcome._tag === "Changed") {
          const expected = before ?? ""
          holds(outcome.to === expected || !now.presences.has(expected), () => `back to ${outcome.to}, not ${expected}`)
          holds(after.terms === undefined, () => `it left ${text(after.terms)}`)
        }
        if (outcome._tag !== "Changed") continue
        // an end on top of another one leads to where that one would have led
        if (after.terms?.end == null) before = null
        else before ??= was.presence
      }
    }),

    always("a reload leaves nobody with a presence that his group lacks", ({ after, before, event, group: now }) => {
      if (event._tag !== "Regrouped") return
      if (now.presences.has(before.presence) || before.presence === DISCONNECTED) {
        holds(after.presence === before.presence, () => `${before.presence} was taken from him`)
      } else if (now.presences.size > 0) holds(now.presences.has(after.presence), () => `he is ${after.presence}`)
      holds(same(after.sessions, before.sessions), () => `his sessions are ${text(after.sessions)}`)
    }),

    always("the machine does what the specification says", (step, { rules }) => {
      const { before, event, group: now, outcome } = step
      const should = specified(now, rules, before, event)
      const does: PresenceState = outcome._tag === "Refused" ? before : outcome.state
      const complain = (what: string, is: unknown, expected: unknown): void =>
        holds(same(is, expected), () => `${event._tag}: ${what} ${text(is)}, not ${text(expected)}`)
      complain("refused is", outcome._tag === "Refused", should.refused)
      complain("published is", published(step), should.published)
      complain("the actions are", actionsOf(step), should.actions)
      complain("the state is", does, should.state)
    })
  ]
}
