import { officeLawsOn, type WithOffice } from "@ctid/testing"
import { afterAll, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { socketOffices } from "./socket_office.ts"

/** The time of a loaded machine. */
const timeout = 600_000

describe("a running server over sockets", () => {
  const scope = Effect.runSync(Scope.make())
  let offices: WithOffice
  beforeAll(async () => {
    offices = await Effect.runPromise(Scope.provide(socketOffices, scope))
  })
  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))
  const withOffice: WithOffice = (office, use) => offices(office, use)

  it("keeps the laws of an office", { timeout }, () =>
    officeLawsOn("a server over sockets", withOffice, { happenings: 6, moods: false, stays: false }).check()
  )

  it("keeps them with many clients", { timeout }, () =>
    officeLawsOn("many clients over sockets", withOffice, { happenings: 200, sessions: 60, moods: false, stays: false }).check({
      runs: 5
    })
  )
})
