/** Every law there is, those over sockets included. */
import { type Law, type LawSuite, lawSuites, officeLawsOn } from "@ctid/testing"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { socketOffices } from "./socket_office.ts"

/** A case over sockets with many clients is as long as so many others. */
export const CROWD = 1000

/** A law, with how many runs of others one of its own counts for. */
export interface WeighedLaw {
  readonly suite: string
  readonly law: Law
  readonly weight: number
}

const weigh = ({ laws, name }: LawSuite): ReadonlyArray<WeighedLaw> => laws.map((law) => ({ suite: name, law, weight: 1 }))

/** The server for the offices over sockets runs until the scope ends. */
export const allLaws: Effect.Effect<ReadonlyArray<WeighedLaw>, unknown, Scope.Scope> = Effect.gen(function* () {
  const offices = yield* socketOffices
  const clients = { moods: false, stays: false }
  const few = officeLawsOn("a server over sockets", offices, { ...clients, happenings: 6 })
  const many = officeLawsOn("many clients over sockets", offices, { ...clients, happenings: 200, sessions: 60 })
  return [
    ...lawSuites().flatMap(weigh),
    { suite: "sockets", law: few, weight: 1 },
    { suite: "sockets", law: many, weight: CROWD }
  ]
})
