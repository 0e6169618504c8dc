/** A test with an Asterisk of its own, servers on it, and people at their desks. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Asterisk } from "./asterisk.ts"
import { type ConfigChanges, companyConfig } from "./company.ts"
import { eventually } from "./eventually.ts"
import type { Person } from "./person.ts"
import { type RunningServer, startServer } from "./running_server.ts"

/** An Asterisk, and no server yet. */
export interface EmptyOffice {
  readonly asterisk: Asterisk["Service"]
  /** A folder for files, gone after the test. */
  readonly folder: string
  /** Starts a server until the test ends; its configuration may be changed. Its link need not be up yet. */
  readonly serve: (changes?: ConfigChanges) => Effect.Effect<RunningServer, unknown, Scope.Scope>
}

/** With a server whose link to Asterisk is up. */
export interface Office extends EmptyOffice {
  readonly server: RunningServer
  readonly signIn: (login: string) => Effect.Effect<Person, unknown, Scope.Scope>
}

/** Milliseconds for one test, the start of Asterisk included. */
const TIMEOUT = 90_000

/** Instances of one file have names of their own. */
let started = 0

const withAsterisk = (name: string, run: (office: EmptyOffice) => Effect.Effect<void, unknown, Scope.Scope>): void =>
  it.live(
    name,
    () =>
      Effect.gen(function* () {
        const asterisk = yield* Asterisk
        const folder = yield* Effect.acquireRelease(
          Effect.promise(() => mkdtemp(join(tmpdir(), "ctid-office-"))),
          (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
        )
        const serve = (changes: ConfigChanges = {}) => startServer(folder, companyConfig(asterisk.info, changes))
        yield* run({ asterisk, folder, serve })
      }).pipe(Effect.provide(Asterisk.layer(`office-${++started}`))),
    TIMEOUT
  )

/** A sentence, and what happens on an Asterisk without a server. */
export const scenarioWithoutServer = withAsterisk

/** A sentence, and what happens in an office where everything runs. */
export const scenario = (name: string, run: (office: Office) => Effect.Effect<void, unknown, Scope.Scope>): void =>
  withAsterisk(name, (office) =>
    Effect.gen(function* () {
      const server = yield* office.serve()
      yield* eventually("the link to Asterisk is up", server.linkIsUp, (up) => up)
      yield* run({ ...office, server, signIn: server.signIn })
    })
  )
