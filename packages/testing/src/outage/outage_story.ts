/** Stories of an office whose PBX goes away and comes back: what leads up to an outage, a change in the midst of it, what follows. */
import { initialPresence, type PresenceEvent, type PresenceGroup, type PresenceState } from "@ctid/core"
import fc from "fast-check"
import type { Office } from "../office/office.ts"
import { offices } from "../office/office_arbitraries.ts"
import { describeOffice } from "../office/office_commands.ts"
import { UNKNOWN_PRESENCE } from "../presence/presence_arbitraries.ts"
import { specified } from "../presence/specification.ts"
import type { Mood } from "./outage_world.ts"
import { nothingWanted, type Wanted, wantedAfter } from "./pbx_specification.ts"

/** What may happen, before it is known to whom. */
type Moment =
  /** A change, whatever his presence allows. */
  | { readonly is: "signs in" | "is set"; readonly person: number; readonly presence: number }
  /** One of the sessions that there are does it; without any, somebody signs in. */
  | { readonly is: "chooses" | "logs out" | "link lost"; readonly session: number; readonly presence: number }
  | { readonly is: "phone"; readonly person: number; readonly presence: number }
  | { readonly is: "dies" | "starts" }
  | { readonly is: "mood"; readonly mood: Mood }
  | { readonly is: "time"; readonly milliseconds: number }
  | { readonly is: "turns"; readonly turns: number }

/** What happens. */
export type Happening =
  | { readonly is: "event"; readonly name: string; readonly event: PresenceEvent }
  /** Set at his phone. */
  | { readonly is: "phone"; readonly name: string; readonly presence: string }
  | { readonly is: "dies" | "starts" }
  | { readonly is: "mood"; readonly mood: Mood }
  | { readonly is: "time"; readonly milliseconds: number }
  /** So many turns of the scheduler: the middle of whatever goes on. */
  | { readonly is: "turns"; readonly turns: number }

/** Somebody as the specification has him, once all is over. */
export interface Expected {
  readonly name: string
  readonly presence: string
  readonly wanted: Wanted
}

interface Life {
  readonly group: PresenceGroup
  state: PresenceState
  wanted: Wanted
}

const noGroup: PresenceGroup = { name: "", presences: new Map() }

const pick = <A>(items: ReadonlyArray<A>, at: number): A | undefined => items[at % Math.max(1, items.length)]

/** Moments as they befall these people, with the presences that they lead to. */
export class OutageStory {
  readonly office: Office
  readonly happenings: ReadonlyArray<Happening>
  /** Of what the server leaves to chance: how long it waits before it connects again. */
  readonly chance: number
  readonly #told: Array<string> = []
  readonly #lives = new Map<string, Life>()
  readonly #sessions = new Map<number, string>()
  #opened = 0
  /** From then on only the server knows who has which presence. */
  #phones = false

  constructor(office: Office, moments: ReadonlyArray<Moment>, chance: number) {
    this.office = office
    this.chance = chance
    for (const { name, group } of office.people) {
      this.#lives.set(name, {
        group: (group === null ? undefined : office.groups[group]) ?? noGroup,
        state: initialPresence,
        wanted: nothingWanted
      })
    }
    this.happenings = moments.map((moment) => this.#happens(moment))
  }

  /** Everybody, if nothing was set at a phone. */
  expected(): ReadonlyArray<Expected> {
    return [...this.#lives].map(([name, { state, wanted }]) => ({ name, presence: state.presence, wanted }))
  }

  toString(): string {
    return [`an office: ${describeOffice(this.office)}`, ...this.#told, "Asterisk: is back"].join("\n")
  }

  [fc.toStringMethod](): string {
    return this.toString()
  }

  #happens(moment: Moment): Happening {
    switch (moment.is) {
      case "signs in":
        return this.#signIn(moment.person, moment.presence)
      case "is set": {
        const [name, presence] = this.#change(moment.person, moment.presence)
        return this.#event(name, `is set to ${presence}`, { _tag: "Imposed", presence })
      }
      case "chooses":
      case "logs out":
      case "link lost": {
        const found = pick([...this.#sessions], moment.session)
        return found === undefined
          ? this.#signIn(moment.session, moment.presence)
          : this.#act(found, moment.is, moment.presence)
      }
      case "phone": {
        const [name, presence] = this.#change(moment.person, moment.presence)
        this.#phones = true
        this.#told.push(`${name}: sets ${presence} at the phone`)
        return { is: "phone", name, presence }
      }
      case "dies":
      case "starts":
        this.#told.push(`Asterisk: ${moment.is}`)
        return moment
      case "mood":
        this.#told.push(`Asterisk: ${moment.mood === "runs" ? "answers" : moment.mood}`)
        return moment
      case "time":
        this.#told.push(`${moment.milliseconds / 1000} s pass`)
        return moment
      case "turns":
        this.#told.push(`${moment.turns} turns later`)
        return moment
    }
  }

  #signIn(person: number, at: number): Happening {
    const [name, presence] = this.#change(person, at)
    this.#sessions.set(++this.#opened, name)
    return this.#event(name, `signs in as ${presence}`, { _tag: "LoggedIn", session: this.#opened, presence })
  }

  /** Something that a session does. */
  #act([session, name]: readonly [number, string], does: "chooses" | "logs out" | "link lost", at: number): Happening {
    const his = [...this.#sessions.values()].filter((other) => other === name)
    const which = his.length === 1 ? "" : ` (session ${session})`
    if (does === "chooses") {
      const presence = pick([...this.#namesOf(name), UNKNOWN_PRESENCE], at) ?? UNKNOWN_PRESENCE
      return this.#event(name, `chooses ${presence}${which}`, { _tag: "Requested", presence })
    }
    this.#sessions.delete(session)
    return this.#event(name, `${does}${which}`, { _tag: does === "logs out" ? "LoggedOut" : "LinkLost", session })
  }

  #event(name: string, what: string, event: PresenceEvent): Happening {
    const life = this.#lives.get(name)
    let isRefused = false
    if (life !== undefined) {
      const { actions, refused, state } = specified(life.group, this.office.rules, life.state, event)
      life.state = state
      life.wanted = wantedAfter(life.wanted, actions)
      isRefused = refused
    }
    this.#told.push(`${name}: ${what}${isRefused && !this.#phones ? " (refused)" : ""}`)
    return { is: "event", name, event }
  }

  /** Who changes to what. */
  #change(person: number, at: number): readonly [name: string, presence: string] {
    const name = pick(this.office.people, person)?.name ?? ""
    return [name, pick(this.#namesOf(name), at) ?? ""]
  }

  #namesOf(name: string): ReadonlyArray<string> {
    return [...(this.#lives.get(name)?.group.presences.keys() ?? [])]
  }
}

const someone = fc.nat(3)
const some = fc.nat(11)

/** Nothing refuses it, whatever was set at phones before. */
const change: fc.Arbitrary<Moment> = fc.record({
  is: fc.constantFrom("signs in", "is set"),
  person: someone,
  presence: some
})

const bySession: fc.Arbitrary<Moment> = fc.record({
  is: fc.constantFrom("chooses", "chooses", "chooses", "logs out", "link lost"),
  session: some,
  presence: some
})

const turns: fc.Arbitrary<Moment> = fc.record({ is: fc.constant("turns"), turns: fc.integer({ min: 1, max: 12 }) })

const times = (...milliseconds: ReadonlyArray<number>): fc.Arbitrary<Moment> =>
  fc.record({ is: fc.constant("time"), milliseconds: fc.constantFrom(...milliseconds) })

const just = (moment: Moment): fc.Arbitrary<Moment> => fc.constant(moment)

/** What happens whether the PBX is there or not. */
const peaceful: fc.Arbitrary<Moment> = fc.oneof(
  { weight: 1, arbitrary: change },
  { weight: 5, arbitrary: bySession },
  { weight: 3, arbitrary: turns },
  { weight: 2, arbitrary: times(100, 700, 2_000, 6_000, 40_000) }
)

const atPhone: fc.Arbitrary<Moment> = fc.record({ is: fc.constant("phone"), person: someone, presence: some })

/** Longer than any answer is waited for. */
const long = times(6_000, 40_000)

/** The moments of a story: in its middle the PBX is away, or silent for longer than it is waited for, and meanwhile something changes. */
const outages = (quiet: fc.Arbitrary<Moment>): fc.Arbitrary<ReadonlyArray<Moment>> => {
  const any = fc.oneof(
    { weight: 9, arbitrary: quiet },
    { weight: 2, arbitrary: fc.constantFrom<Moment>({ is: "dies" }, { is: "starts" }) },
    { weight: 1, arbitrary: fc.constantFrom<Moment>({ is: "mood", mood: "is silent" }, { is: "mood", mood: "runs" }) }
  )
  const some = (moments: fc.Arbitrary<Moment>, maxLength: number): fc.Arbitrary<ReadonlyArray<Moment>> =>
    fc.array(moments, { maxLength, size: "max" })
  const death = fc
    .tuple(just({ is: "dies" }), some(quiet, 2), change, some(any, 3), just({ is: "starts" }))
    .map(([dies, lead, changes, trail, starts]) => [dies, ...lead, changes, ...trail, starts])
  const silence = fc
    .tuple(
      just({ is: "mood", mood: "is silent" }),
      some(quiet, 2),
      change,
      long,
      some(any, 2),
      just({ is: "mood", mood: "runs" })
    )
    .map(([begins, lead, changes, waits, trail, ends]) => [begins, ...lead, changes, waits, ...trail, ends])
  const outage = fc.oneof({ weight: 3, arbitrary: death }, { weight: 1, arbitrary: silence })
  return fc.tuple(some(quiet, 3), outage, some(any, 4)).map((parts) => parts.flat())
}

/** Presences with a lamp, where a group has them. */
const LAMPS: ReadonlyArray<string> = ["available", "away", "lunch"]

/** Phones are told: one state for all, so that only the name tells presences apart. */
const withPhones = (office: Office): Office => ({
  ...office,
  separation: false,
  groups: office.groups.map(({ name, presences }) => ({
    name,
    presences: new Map(
      [...presences].map(([key, presence]) => [key, { ...presence, phoneState: "xa" as const, phoneLamp: LAMPS.includes(key) }])
    )
  }))
})

/** Stories with an outage; `phones`: people also set their presence at their phones. */
export const outageStories = ({ phones }: { readonly phones: boolean }): fc.Arbitrary<OutageStory> => {
  const quiet = phones ? fc.oneof({ weight: 2, arbitrary: peaceful }, { weight: 1, arbitrary: atPhone }) : peaceful
  return fc
    .tuple(offices({ people: 2 }), outages(quiet), fc.noShrink(fc.nat()))
    .map(([office, moments, chance]) => new OutageStory(withPhones(office), moments, chance))
}
