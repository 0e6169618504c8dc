/** Every law there is, those over sockets included. */
import { type Law, lawSuites, officeLawsOn, type WithOffice } from "@ctid/testing"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { socketOffices } from "./socket_office.ts"

/** An office over sockets, now and then with many clients. */
export const socketLaw = (offices: WithOffice): Law =>
  officeLawsOn("a server over sockets", offices, { happenings: 6, crowd: 40, moods: false, stays: false, time: false })

/** With the suites that they are of. The server for the offices over sockets runs until the scope ends. */
export const allLaws: Effect.Effect<ReadonlyArray<readonly [suite: string, law: Law]>, unknown, Scope.Scope> = Effect.gen(
  function* () {
    const offices = yield* socketOffices
    const suites = [...lawSuites(), { name: "sockets", laws: [socketLaw(offices)] }]
    return suites.flatMap(({ laws, name }) => laws.map((law) => [name, law] as const))
  }
)
