/** The process with all clients of a soak. */

import { pause } from "../binary/deadline.ts"
import { obeyOrders } from "../binary/worker.ts"
import { Seeded } from "../seeded.ts"
import { type Comparison, compareViews } from "./comparison.ts"
import { Person } from "./person.ts"
import { peopleOf } from "./population.ts"
import { type EndedLink, type Places, Town, type TownOptions } from "./town.ts"

export type LoadOrder =
  /** Everybody signs in; answered when all have, and know everything. */
  | ({ readonly _tag: "Start"; readonly seed: string } & Omit<TownOptions, "people">)
  /** People begin to work. */
  | { readonly _tag: "Work" }
  /** The reload comes: who is not declared afterwards may be told to leave, and a port may be closed. */
  | { readonly _tag: "ReloadBegins" }
  /** The reload is over: new people come. */
  | { readonly _tag: "ReloadEnded"; readonly places: Places }
  /** Fingerprints of the certificates that the server may show from now on. */
  | { readonly _tag: "Trust"; readonly fingerprints: ReadonlyArray<string> }
  /** Everybody comes back and stays; answered when nobody has heard anything for so many milliseconds. */
  | { readonly _tag: "Rest"; readonly quiet: number }
  /** The views of so many people, by chance, or of all. */
  | { readonly _tag: "Compare"; readonly states: Readonly<Record<string, number>>; readonly most: number }
  /** Everybody leaves; answered when all connections are over. */
  | { readonly _tag: "Leave" }
  | { readonly _tag: "Count" }

export interface LoadCounts {
  readonly online: number
  readonly logins: number
  readonly acts: number
  readonly lines: number
  readonly characters: number
  readonly lost: number
  readonly foreign: number
  readonly faultCount: number
  readonly faults: ReadonlyArray<string>
  readonly drops: Readonly<Record<"reset" | "end" | "logout", number>>
  readonly gone: number
}

export interface LoadAnswer {
  readonly counts: LoadCounts
  readonly comparison: Comparison | null
  /** Only after `Leave`. */
  readonly ends: ReadonlyArray<EndedLink>
}

let town: Town | null = null
let chance = new Seeded(0)
let persons: ReadonlyArray<Person> = []

const declared = (town: Town): ReadonlyArray<Person> => persons.filter(({ user }) => user.in.includes(town.stage))

const allAreIn = (town: Town): boolean => declared(town).every(({ stand }) => stand === "working")

const countsOf = (town: Town): LoadCounts => ({
  online: persons.filter(({ link }) => link?.signedIn === true).length,
  logins: town.logins,
  acts: town.acts,
  lines: town.lines,
  characters: town.characters,
  lost: town.lost,
  foreign: town.foreign,
  faultCount: town.faultCount,
  faults: town.faults,
  drops: town.drops,
  gone: persons.filter(({ stand }) => stand === "gone").length
})

const start = async (order: Extract<LoadOrder, { readonly _tag: "Start" }>): Promise<void> => {
  const people = peopleOf(order.companies)
  const made = new Town({ ...order, people })
  town = made
  const random = new Seeded(order.seed)
  chance = random.fork("comparisons")
  persons = people.map((user) => new Person(user, made, random.fork(user.login)))
  for (const person of declared(made)) person.come()
  await made.until(() => allAreIn(made))
}

/** By chance, unless these are all. */
const some = (people: ReadonlyArray<Person>, most: number): ReadonlyArray<Person> =>
  people.length <= most ? people : Array.from({ length: most }, () => chance.pick(people))

/** Everybody asks something, and is answered. */
const roundTrip = (town: Town): Promise<unknown> =>
  Promise.all(declared(town).map((person) => new Promise<void>((resolve) => person.barrier(resolve))))

const rest = async (town: Town, quiet: number): Promise<void> => {
  town.resting = true
  for (const person of persons) person.rest()
  await town.until(() => allAreIn(town))
  for (let before = -1, since = performance.now(); performance.now() - since < quiet; ) {
    if (town.lines !== before) {
      await roundTrip(town)
      before = town.lines
      since = performance.now()
    }
    await pause(50)
  }
}

const leave = async (town: Town): Promise<void> => {
  town.resting = true
  for (const person of persons) person.go()
  await town.until(() => persons.every(({ link }) => link === null))
}

const { news } = obeyOrders<LoadOrder, LoadAnswer>(async (order) => {
  if (order._tag === "Start") await start(order)
  if (town === null) throw new Error("not started")
  let comparison: Comparison | null = null
  switch (order._tag) {
    case "Work":
      town.resting = false
      for (const person of persons) person.work()
      break
    case "ReloadBegins":
      town.portsMove = true
      town.stage = "after"
      break
    case "ReloadEnded":
      town.places = order.places
      town.portsMove = false
      for (const person of persons) {
        if (person.user.in.includes("after") && !person.user.in.includes("before")) person.come()
      }
      break
    case "Trust":
      town.trust(order.fingerprints)
      break
    case "Rest":
      await rest(town, order.quiet)
      break
    case "Compare":
      comparison = await compareViews(some(declared(town), order.most), town, order.states, (done) => {
        if (done % 500 === 0) news(`compared ${done}`)
      })
      break
    case "Leave":
      await leave(town)
      break
  }
  return { counts: countsOf(town), comparison, ends: order._tag === "Leave" ? town.ends : [] }
})
