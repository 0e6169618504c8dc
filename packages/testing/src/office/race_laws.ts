/**
 * What holds whatever happens first: several sessions of the same people, a reload, lost links, time, and the PBX's answers, in any
 * order that fast-check's scheduler finds.
 *
 * @example
 * ```ts
 * import { raceLaws } from "@ctid/testing"
 *
 * for (const law of raceLaws()) await law.check({ runs: 10 })
 * ```
 */
import type { PresenceEvent } from "@ctid/core"
import fc from "fast-check"
import { Breach, type Law, makeLaw } from "../laws/law.ts"
import { UNKNOWN_PRESENCE } from "../presence/presence_arbitraries.ts"
import { compareBoards } from "./compare.ts"
import { type MemoryOffice, withMemoryOffice } from "./memory_office.ts"
import { agentNumberOf, type Office, userIdOf } from "./office.ts"
import { offices, persons } from "./office_arbitraries.ts"
import { describeOffice } from "./office_commands.ts"
import { officeLaw } from "./office_law_names.ts"
import { asksOf, OfficeModel } from "./office_model.ts"
import type { PbxMood, Status } from "./office_system.ts"
import { isSerial } from "./serial_order.ts"

export const raceLaw = {
  serial: "whatever happens first, it comes to what some order of the events one after another comes to",
  view: officeLaw.view,
  silence: officeLaw.silence
} as const

type Deed = { readonly does: "chooses"; readonly presence: number } | { readonly does: "logs out" | "loses the link" }

interface Client {
  readonly person: number
  readonly first: number
  readonly deeds: ReadonlyArray<Deed>
}

interface Race {
  readonly office: Office
  /** What a reload, at some moment, makes of the office. */
  readonly reloaded: Office | null
  readonly clients: ReadonlyArray<Client>
  /** How the PBX answers, one after the other and over again. */
  readonly moods: ReadonlyArray<PbxMood>
  /** Seconds that pass meanwhile. */
  readonly seconds: number
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
          fc.oneof({ weight: 4, arbitrary: fc.constant(person) }, { weight: 1, arbitrary: persons(person.name, 2) })
        )
      ),
      stay: fc.tuple(
        ...office.people.map((_, at) => (at === 0 ? fc.constant(true) : fc.boolean().map((leaves) => !leaves || at % 2 === 1)))
      ),
      separation: fc.constantFrom(office.separation, office.separation, true, false)
    })
    .map(({ other, others, separation, stay }) => ({
      people: others.filter((_, at) => stay[at] === true),
      groups: other.groups,
      separation,
      rules: office.rules
    }))

const races: fc.Arbitrary<RaceStory> = offices()
  .chain((office) =>
    fc.record<Race>({
      office: fc.constant(office),
      reloaded: fc.option(reloadsOf(office), { freq: 2 }),
      clients: fc.array(clients, { minLength: 1, maxLength: 4 }),
      moods: fc.array(fc.constantFrom<PbxMood>("answers", "away", "refuses", "hangs"), { minLength: 1, maxLength: 4 }),
      seconds: fc.nat(3),
      scheduler: fc.scheduler()
    })
  )
  .map((race) => new RaceStory(race))

/** A client as it plays: who it is, and what it did. */
interface Played {
  readonly session: number
  readonly name: string
  readonly events: Array<PresenceEvent>
}

class RaceStory {
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

const WATCHER = 1

/** Presences that may be asked for: those of both offices, and one that nobody has. */
const namesIn = ({ office, reloaded }: Race): ReadonlyArray<string> => [
  ...new Set([...office.groups, ...(reloaded?.groups ?? [])].flatMap(({ presences }) => [...presences.keys()])),
  UNKNOWN_PRESENCE
]

const at = <A>(items: ReadonlyArray<A>, index: number): A => {
  const item = items[index % items.length]
  if (item === undefined) throw new Error("nothing to choose from")
  return item
}

/** Everybody is signed in, and has looked at his lists. */
const begin = async (
  race: Race,
  model: OfficeModel,
  office: MemoryOffice,
  story: RaceStory
): Promise<ReadonlyArray<Played>> => {
  const names = namesIn(race)
  const played: Array<Played> = []
  for (const { first, person } of [{ person: 0, first: 0 }, ...race.clients]) {
    const { name } = at(race.office.people, person)
    const [session, presence] = [model.opened + 1, at(names, first)]
    story.tell(`${name}: signs in as ${presence} (session ${session})`)
    model.signIn(session, name, presence)
    await office.signIn(session, name, presence)
    await office.look(session)
    played.push({ session, name, events: [] })
  }
  office.forget()
  return played
}

const schedule = (
  race: Race,
  model: OfficeModel,
  office: MemoryOffice,
  played: ReadonlyArray<Played>,
  story: RaceStory
): void => {
  const { reloaded, scheduler, seconds } = race
  const names = namesIn(race)
  let answers = 0
  office.answerBy((asked) => {
    const mood = at(race.moods, answers++)
    return scheduler.schedule(Promise.resolve(mood), asked).then((answer) => {
      story.tell(`the PBX: ${asked}: ${answer}`)
      return answer
    })
  })
  const sequence = (label: string, steps: ReadonlyArray<() => Promise<void>>): void => {
    scheduler.scheduleSequence(steps.map((step) => ({ label, builder: step })))
  }
  for (const [index, { deeds: todo }] of race.clients.entries()) {
    const client = played[index + 1]
    if (client === undefined) continue
    const { events, name, session } = client
    sequence(
      `${name} (session ${session})`,
      todo.map((deed) => () => {
        if (!model.sessions.has(session)) return Promise.resolve()
        const isIn = model.sessions.get(session)?.in === true
        switch (deed.does) {
          case "chooses": {
            const presence = at(names, deed.presence)
            story.tell(`${name}: -> ${presence} (session ${session})`)
            if (isIn) events.push({ _tag: "Requested", presence })
            return office.choose(session, presence)
          }
          case "logs out":
            story.tell(`${name}: logs out (session ${session})`)
            if (isIn) events.push({ _tag: "LoggedOut", session })
            model.logOut(session)
            return office.logOut(session)
          case "loses the link":
            story.tell(`${name}: link lost (session ${session})`)
            if (isIn) events.push({ _tag: "LinkLost", session })
            model.hangUp(session)
            return office.hangUp(session)
        }
      })
    )
  }
  if (reloaded !== null) {
    sequence("a reload", [
      () => {
        story.tell(`a reload: ${describeOffice(reloaded)}`)
        model.reload(reloaded)
        return office.reload(reloaded)
      }
    ])
  }
  sequence(
    "time",
    Array.from({ length: seconds }, () => () => {
      story.tell("a second passes")
      return office.passTime(1000)
    })
  )
}

/** Until nothing waits for its turn, for the PBX or for time. */
const finish = async ({ scheduler }: Race, office: MemoryOffice): Promise<void> => {
  const act = async (task: () => Promise<void>): Promise<void> => {
    await task()
    await office.passTime(0)
  }
  do {
    await scheduler.waitIdle(act)
    await office.passTime(2000)
  } while (scheduler.count() > 0)
}

/** Users whose lines and agent are the same in both offices, and whom everybody sees. */
const comparable = ({ office, reloaded }: Race): ReadonlyArray<string> => {
  if (office.separation || reloaded?.separation === true) return []
  return office.people.flatMap((person) => {
    const after = reloaded === null ? person : reloaded.people.find(({ name }) => name === person.name)
    const same =
      after !== undefined && JSON.stringify([after.lines, after.agent]) === JSON.stringify([person.lines, person.agent])
    return same ? [person.name] : []
  })
}

const isAbout = (name: string, asked: string): boolean => {
  const line = /line (\d+)$/.exec(asked)?.[1]
  return line === undefined ? asked.endsWith(` ${agentNumberOf(name)}`) : Math.floor(Number(line) / 10) === userIdOf(name)
}

const judge = (story: RaceStory): Promise<void> => {
  const { race } = story
  return withMemoryOffice(race.office, async (office) => {
    const model = new OfficeModel(race.office)
    const played = await begin(race, model, office, story)
    const before = new Map(
      race.office.people.map(({ name }) => [name, { state: model.state(name), group: model.groupOf(name) }])
    )
    schedule(race, model, office, played, story)
    await finish(race, office)

    const heard: ReadonlyArray<Status> = office.heard(WATCHER)
    const asked = office.asked() ?? []
    await compareBoards(model, office, office.view.presence)
    for (const name of comparable(race)) {
      const start = before.get(name)
      if (start === undefined) continue
      const noticed = {
        published: heard.flatMap(({ id, list, value }) => (list === "users" && id === userIdOf(name) ? [value] : [])),
        asked: asked.filter((one) => isAbout(name, one)),
        presence: office.view.presence(userIdOf(name))
      }
      const sequences = played.flatMap((client) => (client.name === name ? [client.events] : []))
      const concurrent = {
        ...start,
        rules: race.office.rules,
        sequences,
        regrouped: race.reloaded === null ? null : model.groupOf(name),
        asks: (actions: Parameters<typeof asksOf>[2], published: string) => asksOf(race.office, name, actions, published)
      }
      if (!isSerial(concurrent, noticed)) {
        throw new Breach(`no order of what ${name}'s sessions did explains ${JSON.stringify(noticed)}`, raceLaw.serial)
      }
    }
  })
}

/** The laws, in one: its breaches name which. */
export const raceLaws = (): ReadonlyArray<Law> => [
  makeLaw("a race: what comes of it is as if there had been none", races, judge, Object.values(raceLaw))
]
