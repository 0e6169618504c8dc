/** Calls that come and go on their own in the demonstration. */
import type { SimulatedAsterisk } from "@ctid/simulator"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import { COMPANIES, type Company, deviceOf, PEOPLE, QUEUES } from "./people.ts"

/** A random one; undefined of none. */
const pick = <A>(items: ReadonlyArray<A>): Effect.Effect<A | undefined> =>
  items.length === 0
    ? Effect.succeed(undefined)
    : Effect.map(Random.nextIntBetween(0, items.length, { halfOpen: true }), (index) => items[index])

/** Sleeps between so many seconds. */
const between = (least: number, most: number): Effect.Effect<void> =>
  Effect.flatMap(Random.nextBetween(least, most), (seconds) => Effect.sleep(Duration.seconds(seconds)))

const idle = (asterisk: SimulatedAsterisk, company: Company): ReadonlyArray<(typeof PEOPLE)[number]> =>
  PEOPLE.filter(
    (person) =>
      person.company === company &&
      asterisk.deviceState(deviceOf(person)) === "NOT_INUSE" &&
      asterisk.deviceState(`Custom:DND${person.extension}`) !== "BUSY"
  )

/** Somebody calls a colleague, who answers, or does not. */
const colleagues = (asterisk: SimulatedAsterisk, company: Company): Effect.Effect<void> =>
  Effect.gen(function* () {
    const caller = yield* pick(idle(asterisk, company))
    const callee = yield* pick(idle(asterisk, company).filter((person) => person !== caller))
    if (caller === undefined || callee === undefined) return
    const call = yield* asterisk.ring(deviceOf(caller), deviceOf(callee))
    yield* between(1, 3)
    if ((yield* Random.next) < 0.2) return yield* call.hangup(19)
    yield* call.answer
    yield* between(4, 12)
    yield* call.hangup()
  })

/** Somebody from outside calls a queue; an agent who rings takes him, or he gives up. */
const customer = (asterisk: SimulatedAsterisk, company: Company): Effect.Effect<void> =>
  Effect.gen(function* () {
    const queue = yield* pick(QUEUES.filter((one) => one.company === company))
    const number = yield* Random.nextIntBetween(100_000, 1_000_000)
    const call = queue === undefined ? null : yield* asterisk.queueCall(queue.name, `PJSIP/trunk-${number}`)
    if (call === null) return
    yield* between(2, 4)
    const agent = yield* pick(call.ringing())
    if (agent === undefined || !(yield* call.connect(agent))) return yield* call.abandon
    yield* between(5, 15)
    yield* call.complete("agent")
  })

/** Runs until interrupted: a call every few seconds, several at a time, the companies in turn, so that none waits long for its first. */
export const callsComeAndGo = (asterisk: SimulatedAsterisk): Effect.Effect<void> => {
  let calls = 0
  return Effect.gen(function* () {
    const company = COMPANIES[calls++ % COMPANIES.length]
    if (company === undefined) return
    const next = (yield* Random.next) < 0.6 ? colleagues(asterisk, company) : customer(asterisk, company)
    yield* Effect.forkChild(next)
  }).pipe(Effect.repeat(Schedule.spaced("3 seconds").pipe(Schedule.jittered)), Effect.asVoid)
}
