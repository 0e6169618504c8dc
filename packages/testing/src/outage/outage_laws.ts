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
import * as Effect from "effect/Effect"
import { TestClock } from "effect/testing"
import { Breach, type Law, makeLaw } from "../laws/law.ts"
import { outageLaw } from "./outage_law_names.ts"
import { type Expected, type OutageStory, outageStories } from "./outage_story.ts"
import { type OutageWorld, withOutageWorld } from "./outage_world.ts"

const play = (story: OutageStory, world: OutageWorld): Effect.Effect<void> =>
  Effect.forEach(
    story.happenings,
    (one) => {
      switch (one.is) {
        case "event":
          return world.happens(one.name, one.event)
        case "phone":
          return world.setAtPhone(one.name, one.presence)
        case "dies":
          return world.kill
        case "starts":
          return world.start
        case "mood":
          return world.setMood(one.mood)
        case "time":
          return TestClock.adjust(one.milliseconds)
        case "turns":
          return Effect.repeat(Effect.yieldNow, { times: one.turns })
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
  for (const [lamp, is] of atPhones.lamps) {
    if (is !== (presence === lamp ? "BUSY" : "NOT_INUSE")) complain(`the lamp of ${lamp} is ${is}`)
  }
}

const judge = (world: OutageWorld, { name, presence, wanted }: Expected): void => {
  const breach = (law: string, found: string): never => {
    throw new Breach(`${name}, ${presence}: ${found}`, law)
  }
  const onOff = (on: boolean): string => (on ? "on" : "off")
  const { doNotDisturb, isAgent, paused, shown } = world.held(name)
  if (world.presence(name) !== presence) breach(outageLaw.held, `the server has him as ${world.presence(name)}`)
  for (const { lamp, line, on } of doNotDisturb) {
    if (on !== (wanted.doNotDisturb ?? false)) breach(outageLaw.held, `do not disturb of line ${line} is ${onOff(on)}`)
    const shouldShine = wanted.doNotDisturb === null ? "UNKNOWN" : wanted.doNotDisturb ? "BUSY" : "NOT_INUSE"
    if (lamp !== shouldShine) breach(outageLaw.held, `the lamp of line ${line} is ${lamp}, not ${shouldShine}`)
  }
  if (wanted.loggedOff && paused !== null) breach(outageLaw.held, "the agent is still logged in")
  if (!wanted.loggedOff && isAgent && paused === null) breach(outageLaw.held, "the agent has fallen out of his queue")
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

const judgeQuiet = (written: ReadonlyArray<string>): void => {
  if (written.length > 0) throw new Breach(`Asterisk is still told: ${written.join("; ")}`, outageLaw.quiet)
}

/** The laws, in two: the breaches name which. */
export const outageLaws = (): ReadonlyArray<Law> => [
  makeLaw(
    "an outage: when the PBX is back, it holds what was asked for meanwhile",
    outageStories({ phones: false }),
    (story) =>
      withOutageWorld(story, (world) =>
        Effect.gen(function* () {
          yield* play(story, world)
          yield* world.recovered
          for (const expected of story.expected()) {
            judge(world, expected)
            judgePhones(world, expected.name)
          }
        })
      ),
    Object.values(outageLaw)
  ),
  makeLaw(
    "an outage with people at their phones: when the PBX is back, it shows the presence that the server has",
    outageStories({ phones: true }),
    (story) =>
      withOutageWorld(story, (world) =>
        Effect.gen(function* () {
          yield* play(story, world)
          yield* world.recovered
          for (const { name } of story.office.people) judgePhones(world, name)
          judgeQuiet(yield* world.writtenLater)
        })
      ),
    [outageLaw.phones, outageLaw.quiet]
  )
]
