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
import { Breach, type Law, makeLaw } from "../laws/law.ts"
import { UNKNOWN_PRESENCE } from "../presence/presence_arbitraries.ts"
import { compareBoards } from "./compare.ts"
import { type MemoryOffice, withMemoryOffice } from "./memory_office.ts"
import { agentNumberOf, userIdOf } from "./office.ts"
import { describeOffice } from "./office_commands.ts"
import { officeLaw } from "./office_law_names.ts"
import { asksOf, OfficeModel } from "./office_model.ts"
import type { PbxMood, Status } from "./office_system.ts"
import { type Race, type RaceStory, races } from "./race_story.ts"
import { isSerial } from "./serial_order.ts"

export const raceLaw = {
  serial: "whatever happens first, it comes to what some order of the events one after another comes to",
  view: officeLaw.view,
  silence: officeLaw.silence,
  services: "do not disturb is shown as it was asked for last, whichever answer comes last"
} as const

/** A client as it plays: who it is, and what it did. */
interface Played {
  readonly session: number
  readonly name: string
  readonly events: Array<PresenceEvent>
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

/** One thing that the PBX is asked, and how it answers, whenever it does. */
interface Asked {
  readonly what: string
  readonly mood: PbxMood
}

/** Everything is put before the scheduler. Answers what the PBX will have been asked, in order. */
const schedule = (
  race: Race,
  model: OfficeModel,
  office: MemoryOffice,
  played: ReadonlyArray<Played>,
  story: RaceStory
): ReadonlyArray<Asked> => {
  const { reloaded, scheduler, waits } = race
  const names = namesIn(race)
  const asked: Array<Asked> = []
  office.answerBy((what) => {
    const mood = at(race.moods, asked.length)
    asked.push({ what, mood })
    return scheduler.schedule(Promise.resolve(mood), what).then((answer) => {
      story.tell(`the PBX: ${what}: ${answer}`)
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
            return office.choose(session, { presence })
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
    Array.from({ length: waits }, () => () => {
      story.tell("2 s pass")
      return office.passTime(2)
    })
  )
  return asked
}

/** Until nothing waits for its turn, for the PBX or for time. */
const finish = async ({ rests, scheduler }: Race, office: MemoryOffice): Promise<void> => {
  let done = 0
  const act = async (task: () => Promise<void>): Promise<void> => {
    await task()
    if (at(rests, done++)) await office.passTime(0)
  }
  office.hurry()
  do {
    await scheduler.waitIdle(act)
    await office.passTime(2)
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

/** What do not disturb was asked for last, on all lines; null: it was not, or it is not sure that the PBX has it. */
const lastDoNotDisturb = ({ office }: Race, name: string, asked: ReadonlyArray<Asked>): boolean | null => {
  const lines = office.people.find((person) => person.name === name)?.lines.filter((line) => line !== null).length ?? 0
  const last = asked.filter(({ what }) => what.startsWith("do not disturb") && isAbout(name, what)).slice(-lines)
  const isSure = lines > 0 && last.length > 0 && last.every(({ mood }) => mood === "answers" || mood === "away")
  return isSure ? last.every(({ what }) => what.startsWith("do not disturb on")) : null
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
    const asks = schedule(race, model, office, played, story)
    await finish(race, office)

    const heard: ReadonlyArray<Status> = office.heard(WATCHER)
    const asked = office.asked() ?? []
    await compareBoards(model, office, office.view.presence)
    for (const name of comparable(race)) {
      const start = before.get(name)
      if (start === undefined) continue
      const noticed = {
        published: heard.flatMap(({ id, list, registered, value }) =>
          list === "users" && id === userIdOf(name) && registered === undefined ? [value] : []
        ),
        asked: asked.filter((one) => isAbout(name, one)),
        presence: office.view.presence(userIdOf(name))
      }
      const [wanted, shown] = [lastDoNotDisturb(race, name, asks), office.view.doNotDisturb(userIdOf(name))]
      if (wanted !== null && wanted !== shown) {
        throw new Breach(
          `do not disturb of ${name} is shown ${shown ? "on" : "off"}, and was asked for otherwise`,
          raceLaw.services
        )
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
