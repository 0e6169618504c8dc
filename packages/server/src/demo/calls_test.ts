import { SimulatedAsterisk } from "@ctid/simulator"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { TestClock } from "effect/testing"
import { callsComeAndGo } from "./calls.ts"
import { COMPANIES, demoAsterisk, deviceOf, loggedAgents, PEOPLE } from "./people.ts"

describe("the demonstration's calls", () => {
  it.effect("ring in each company with its first turn, whatever chance says", () =>
    Effect.gen(function* () {
      for (let seed = 0; seed < 200; seed++) {
        const rang = yield* Effect.gen(function* () {
          const asterisk = yield* SimulatedAsterisk.make({ ...demoAsterisk, users: [] })
          for (const { queue, member } of loggedAgents) yield* asterisk.addMember(queue, member)
          yield* Effect.forkScoped(callsComeAndGo(asterisk))
          const companies = new Set<string>()
          // the first call at once, the second within 3.6 s; each rings for a second at least
          for (let tenths = 0; tenths < 45; tenths++) {
            yield* TestClock.adjust("100 millis")
            for (const person of PEOPLE) if (asterisk.deviceState(deviceOf(person)) === "RINGING") companies.add(person.company)
          }
          return companies
        }).pipe(Effect.scoped, Random.withSeed(`seed ${seed}`))
        assert.sameMembers([...rang], [...COMPANIES], `seed ${seed}`)
      }
    })
  )
})
