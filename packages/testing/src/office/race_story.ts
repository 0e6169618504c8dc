/** Races as fast-check makes them: who is there, what each of their sessions does, and the order in which all that happens. */
import fc from "fast-check"
import type { Office } from "./office.ts"
import { offices, persons } from "./office_arbitraries.ts"
import { describeOffice } from "./office_commands.ts"
import type { PbxMood } from "./office_system.ts"

export type Deed = { readonly does: "chooses"; readonly presence: number } | { readonly does: "logs out" | "loses the link" }

export interface Client {
  readonly person: number
  readonly first: number
  readonly deeds: ReadonlyArray<Deed>
}

export interface Race {
  readonly office: Office
  /** What a reload, at some moment, makes of the office. */
  readonly reloaded: Office | null
  readonly clients: ReadonlyArray<Client>
  /** How the PBX answers, one after the other and over again. */
  readonly moods: ReadonlyArray<PbxMood>
  /** How often meanwhile so much time passes that a change does not wait for the PBX any longer. */
  readonly waits: number
  /** Whether all that came of the last thing is waited for before the next one happens: again and again, in this order. */
  readonly rests: ReadonlyArray<boolean>
  readonly scheduler: fc.Scheduler
}

const deeds: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant("chooses" as const), presence: fc.nat(11) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom("logs out" as const, "loses the link" as const) }) }
)

const clients: fc.Arbitrary<Client> = fc.record({
  // mostly the same one: what different people do does not meet
  person: fc.constantFrom(1, 1, 1, 0, 2, 3),
  first: fc.nat(11),
  deeds: fc.array(deeds, { maxLength: 3 })
})

/** The same names, and the first one stays. */
const reloadsOf = (office: Office): fc.Arbitrary<Office> =>
  fc
    .record({
      other: offices(),
      others: fc.tuple(
        ...office.people.map((person) =>
          fc.oneof({ weight: 6, arbitrary: fc.constant(person) }, { weight: 1, arbitrary: persons(person.name, 2) })
        )
      ),
      stay: fc.tuple(
        ...office.people.map((_, at) => (at === 0 ? fc.constant(true) : fc.boolean().map((leaves) => !leaves || at % 2 === 1)))
      ),
      separation: fc.constantFrom(office.separation, office.separation, office.separation, !office.separation)
    })
    .map(({ other, others, separation, stay }) => ({
      people: others.filter((_, at) => stay[at] === true),
      groups: other.groups,
      separation,
      rules: office.rules
    }))

export class RaceStory {
  readonly race: Race
  readonly #told: Array<string> = []

  constructor(race: Race) {
    this.race = race
  }

  tell(what: string): void {
    this.#told.push(what)
  }

  toString(): string {
    return [`an office: ${describeOffice(this.race.office)}`, ...this.#told].join("\n")
  }

  [fc.toStringMethod](): string {
    return this.toString()
  }
}

/** Of one office. */
export const races: fc.Arbitrary<RaceStory> = fc
  // mostly one company: where everybody is seen, more can be said of what happens
  .tuple(offices(), fc.constantFrom(false, false, false, true))
  .map(([office, separation]) => ({ ...office, separation }))
  .chain((office) =>
    fc.record<Race>({
      office: fc.constant(office),
      reloaded: fc.option(reloadsOf(office), { freq: 4 }),
      clients: fc.array(clients, { minLength: 1, maxLength: 4, size: "max" }),
      moods: fc.array(fc.constantFrom<PbxMood>("answers", "answers", "away", "refuses", "hangs"), {
        minLength: 1,
        maxLength: 4
      }),
      waits: fc.nat(3),
      rests: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
      scheduler: fc.scheduler()
    })
  )
  .map((race) => new RaceStory(race))
