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
  shown: "after any outage of the PBX, clients are shown what it holds",
  phones: "after any outage of the PBX, phones show the presence that the server has, whatever was set at them"
} as const

type Moment =
  | { readonly is: "change"; readonly person: number; readonly presence: number }
  /** Set at his phone. */
  | { readonly is: "phone"; readonly person: number; readonly presence: number }
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
  change({
    person,
    presence
  }: Extract<Moment, { readonly is: "change" | "phone" }>): readonly [name: string, presence: string] {
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
      case "phone": {
        const [name, presence] = this.change(moment)
        return `${name}: sets ${presence} at the phone`
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
        case "phone":
          return world.setAtPhone(...story.change(moment))
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

const judgePhones = (world: OutageWorld, name: string): void => {
  const { atPhones } = world.held(name)
  const presence = world.presence(name)
  const complain = (found: string): never => {
    throw new Breach(`${name}, ${presence}: ${found}`, outageLaw.phones)
  }
  if (atPhones === null) return
  if (atPhones.presence !== `xa,ctid:${presence}`) complain(`phones show ${atPhones.presence}`)
  const lamp = presence === "available" ? "BUSY" : "NOT_INUSE"
  if (atPhones.lamp !== lamp) complain(`the lamp of available is ${atPhones.lamp}`)
}

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

/** The same, where phones are told: one state for all, so that only the name tells presences apart. */
const withPhones = (office: Office): Office => ({
  ...office,
  separation: false,
  groups: office.groups.map(({ name, presences }) => ({
    name,
    presences: new Map(
      [...presences].map(([key, presence]) => [key, { ...presence, phoneState: "xa" as const, phoneLamp: key === "available" }])
    )
  }))
})

const storiesOf = (each: fc.Arbitrary<Moment>): fc.Arbitrary<OutageStory> =>
  fc
    .record({ office: offices({ people: 2 }), all: fc.array(each, { maxLength: 14, size: "max" }) })
    .map(({ office, all }) => new OutageStory(withPhones(office), all))

const atPhones: fc.Arbitrary<Moment> = fc.record({
  is: fc.constant("phone" as const),
  person: fc.nat(3),
  presence: fc.nat(11)
})

/** The laws, in two: the breaches of the first name which. */
export const outageLaws = (): ReadonlyArray<Law> => [
  makeLaw(
    "an outage: when the PBX is back, it holds what was asked for meanwhile",
    storiesOf(moments),
    (story) =>
      withOutageWorld(story.office, (world) =>
        Effect.gen(function* () {
          yield* play(story, world)
          yield* world.recovered
          for (const [name, presence, wanted] of story.wanted()) {
            judge(world, name, presence, wanted)
            judgePhones(world, name)
          }
        })
      ),
    Object.values(outageLaw)
  ),
  makeLaw(
    "an outage with people at their phones: when the PBX is back, it shows the presence that the server has",
    storiesOf(fc.oneof({ weight: 2, arbitrary: moments }, { weight: 1, arbitrary: atPhones })),
    (story) =>
      withOutageWorld(story.office, (world) =>
        Effect.gen(function* () {
          yield* play(story, world)
          yield* world.recovered
          for (const { name } of story.office.people) judgePhones(world, name)
        })
      ),
    [outageLaw.phones]
  )
]
