import type { WithOffice } from "@ctid/testing"
import { afterAll, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { socketLaw } from "./all_suites.ts"
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

  it("keeps the laws of an office", { timeout }, () => socketLaw(withOffice).check())
})
