/**
 * What holds after the PBX was away: presences change while Asterisk dies, comes back, or says nothing, at any moment.
 *
 * @example
 * ```ts
 * import { outageLaws } from "@ctid/testing"
 *
 * for (const law of outageLaws()) await law.check({ runs: 10 })
 * ```
 */
import { initialPresence, type PresenceState } from "@ctid/core"
import * as Effect from "effect/Effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { Breach, type Law, makeLaw } from "../laws/law.ts"
import type { Office } from "../office/office.ts"
import { offices } from "../office/office_arbitraries.ts"
import { describeOffice } from "../office/office_commands.ts"
import { specified } from "../presence/specification.ts"
import { type Mood, type OutageWorld, withOutageWorld } from "./outage_world.ts"
import { nothingWanted, type Wanted, wantedAfter } from "./pbx_specification.ts"

export const outageLaw = {
  held: "after any outage of the PBX, do not disturb and pauses are what the last change asked for",
  shown: "after any outage of the PBX, clients are shown what it holds"
} as const

type Moment =
  | { readonly is: "change"; readonly person: number; readonly presence: number }
  | { readonly is: "dies" | "starts" }
  | { readonly is: "mood"; readonly mood: Mood }
  | { readonly is: "time"; readonly milliseconds: number }
  /** So many turns of the scheduler: the middle of whatever goes on. */
  | { readonly is: "turns"; readonly turns: number }

const moments: fc.Arbitrary<Moment> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ is: fc.constant("change" as const), person: fc.nat(3), presence: fc.nat(11) })
  },
  { weight: 3, arbitrary: fc.record({ is: fc.constant("turns" as const), turns: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constantFrom("dies" as const, "starts" as const) }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant("mood" as const), mood: fc.constantFrom<Mood>("is silent", "runs") }) },
  {
    weight: 2,
    arbitrary: fc.record({ is: fc.constant("time" as const), milliseconds: fc.constantFrom(100, 700, 2_000, 6_000, 40_000) })
  }
)

/** Moments, told with the presences that they lead to. */
class OutageStory {
  readonly office: Office
  readonly moments: ReadonlyArray<Moment>
  readonly #states = new Map<string, PresenceState>()
  readonly #wanted = new Map<string, Wanted>()

  constructor(office: Office, all: ReadonlyArray<Moment>) {
    this.office = office
    this.moments = all
  }

  /** Who changes to what. */
  change({ person, presence }: Extract<Moment, { readonly is: "change" }>): readonly [name: string, presence: string] {
    const who = this.office.people[person % this.office.people.length]
    const names = [...(this.office.groups[who?.group ?? 0]?.presences.keys() ?? [])]
    return [who?.name ?? "", names[presence % names.length] ?? ""]
  }

  /** Everybody as the specification has him, once all moments are over. */
  *wanted(): Iterable<readonly [name: string, presence: string, wanted: Wanted]> {
    for (const moment of this.moments) {
      if (moment.is !== "change") continue
      const [name, presence] = this.change(moment)
      const group = this.office.groups[this.office.people.find((person) => person.name === name)?.group ?? 0]
      if (group === undefined) continue
      const state = this.#states.get(name) ?? initialPresence
      const outcome = specified(group, this.office.rules, state, { _tag: "Imposed", presence })
      this.#states.set(name, outcome.state)
      this.#wanted.set(name, wantedAfter(this.#wanted.get(name) ?? nothingWanted, outcome.actions))
    }
    for (const { name } of this.office.people) {
      const { presence } = this.#states.get(name) ?? initialPresence
      yield [name, presence, this.#wanted.get(name) ?? nothingWanted]
    }
  }

  toString(): string {
    const told = this.moments.map((moment) => this.#tell(moment))
    return [`an office: ${describeOffice(this.office)}`, ...told, "Asterisk: is back"].join("\n")
  }

  [fc.toStringMethod](): string {
    return this.toString()
  }

  #tell(moment: Moment): string {
    switch (moment.is) {
      case "change": {
        const [name, presence] = this.change(moment)
        return `${name}: is set to ${presence}`
      }
      case "dies":
      case "starts":
        return `Asterisk: ${moment.is}`
      case "mood":
        return `Asterisk: ${moment.mood === "runs" ? "answers" : moment.mood}`
      case "time":
        return `${moment.milliseconds / 1000} s pass`
      case "turns":
        return `${moment.turns} turns later`
    }
  }
}

const play = (story: OutageStory, world: OutageWorld): Effect.Effect<void> =>
  Effect.forEach(
    story.moments,
    (moment) => {
      switch (moment.is) {
        case "change":
          return world.impose(...story.change(moment))
        case "dies":
          return world.kill
        case "starts":
          return world.start
        case "mood":
          return world.setMood(moment.mood)
        case "time":
          return TestClock.adjust(moment.milliseconds)
        case "turns":
          return Effect.repeat(Effect.yieldNow, { times: moment.turns })
      }
    },
    { discard: true }
  )

const judge = (world: OutageWorld, name: string, presence: string, wanted: Wanted): void => {
  const breach = (law: string, found: string): never => {
    throw new Breach(`${name}, ${presence}: ${found}`, law)
  }
  const onOff = (on: boolean): string => (on ? "on" : "off")
  const { doNotDisturb, paused, shown } = world.held(name)
  if (world.presence(name) !== presence) breach(outageLaw.held, `the server has him as ${world.presence(name)}`)
  for (const { lamp, line, on } of doNotDisturb) {
    if (on !== (wanted.doNotDisturb ?? false)) breach(outageLaw.held, `do not disturb of line ${line} is ${onOff(on)}`)
    const shouldShine = wanted.doNotDisturb === null ? "UNKNOWN" : wanted.doNotDisturb ? "BUSY" : "NOT_INUSE"
    if (lamp !== shouldShine) breach(outageLaw.held, `the lamp of line ${line} is ${lamp}, not ${shouldShine}`)
  }
  if (wanted.loggedOff && paused !== null) breach(outageLaw.held, "the agent is still logged in")
  if (!wanted.loggedOff && paused !== null && paused !== (wanted.paused ?? false)) {
    breach(outageLaw.held, `the agent is ${paused ? "" : "not "}paused`)
  }
  const [main] = doNotDisturb
  if (main !== undefined && shown.doNotDisturb !== main.on) {
    breach(outageLaw.shown, `do not disturb is shown ${onOff(shown.doNotDisturb)}`)
  }
  const availability = paused === null ? "logged_out" : paused ? "unavailable" : "available"
  if (shown.availability !== null && shown.availability !== availability) {
    breach(outageLaw.shown, `the agent is shown ${shown.availability}, and is ${availability}`)
  }
}

const stories: fc.Arbitrary<OutageStory> = fc
  .record({ office: offices({ people: 2 }), all: fc.array(moments, { maxLength: 14, size: "max" }) })
  .map(({ office, all }) => new OutageStory({ ...office, separation: false }, all))

/** The laws, in one: its breaches name which. */
export const outageLaws = (): ReadonlyArray<Law> => [
  makeLaw(
    "an outage: when the PBX is back, it holds what was asked for meanwhile",
    stories,
    (story) =>
      withOutageWorld(story.office, (world) =>
        Effect.gen(function* () {
          yield* play(story, world)
          yield* world.recovered
          for (const [name, presence, wanted] of story.wanted()) judge(world, name, presence, wanted)
        })
      ),
    Object.values(outageLaw)
  )
]
