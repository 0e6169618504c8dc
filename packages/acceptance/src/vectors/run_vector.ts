/** Runs one vector: what the server does not serve waits, the others get a fresh Asterisk and a fresh server. */
import type { Listener } from "@ctid/core/connection/connection"
import { serveBytes } from "@ctid/platform-node/serve_bytes"
import { SimulatedAsterisk } from "@ctid/simulator/asterisk/simulated_asterisk"
import { asteriskOptions, prepareAsterisk } from "@ctid/testing/vectors/asterisk_setup"
import { needsOf } from "@ctid/testing/vectors/capability"
import { directoryData } from "@ctid/testing/vectors/directory_data"
import { Malformed } from "@ctid/testing/vectors/reader"
import type { Outcome } from "@ctid/testing/vectors/report"
import { runState } from "@ctid/testing/vectors/run_state"
import { type StoredState, storedState } from "@ctid/testing/vectors/stored_state"
import type { Vector } from "@ctid/testing/vectors/vector"
import * as Effect from "effect/Effect"
import type { Over } from "./cti_connection.ts"
import { RunFault } from "./run_fault.ts"
import { served } from "./served.ts"
import type { ServerProcess } from "./server_process.ts"
import { VectorRun } from "./vector_run.ts"

export interface VectorReport {
  readonly outcome: Outcome
  /** What the server logged. */
  readonly log: ReadonlyArray<string>
}

const failed = (came: string): Outcome => ({ _tag: "Failed", complaints: [{ expected: "the vector to run", came }] })

const asFault = (error: unknown): Malformed | RunFault =>
  error instanceof Malformed || error instanceof RunFault ? error : new RunFault(String(error))

const attempt = <A>(step: () => A | Promise<A>): Effect.Effect<A, Malformed | RunFault> =>
  Effect.tryPromise({ try: async () => step(), catch: asFault })

const play = (
  server: ServerProcess,
  standard: StoredState,
  vector: Vector,
  over: Over,
  log: Array<string>
): Effect.Effect<Outcome, Malformed | RunFault, Listener> =>
  Effect.gen(function* () {
    const { stored, data, state } = yield* attempt(() => {
      const stored = storedState(standard, vector.given)
      return { stored, data: directoryData(stored), state: runState(vector.given) }
    })
    const asterisk = yield* SimulatedAsterisk.make(asteriskOptions(data, stored))
    yield* prepareAsterisk(asterisk, data, state)
    const ami = yield* Effect.orDie(serveBytes(asterisk.connect))
    const started = yield* Effect.acquireRelease(
      attempt(() => server.order({ _tag: "Start", stored, version: vector.version, amiPort: ami.port, over })),
      () => Effect.promise(() => stop(server, log))
    )
    const { ports } = started
    if (ports === null) return yield* Effect.fail(new RunFault("the server has no port"))
    const run = yield* Effect.acquireRelease(
      Effect.sync(() => new VectorRun({ vector, stored, state, asterisk, server, ports })),
      (one) => Effect.sync(() => one.end())
    )
    const complaints = yield* attempt(() => run.play())
    const outcome: Outcome = complaints.length === 0 ? { _tag: "Passed" } : { _tag: "Failed", complaints }
    return outcome
  }).pipe(Effect.scoped)

/** Ends the server; the process too, when it does not obey. */
const stop = async (server: ServerProcess, log: Array<string>): Promise<void> => {
  try {
    log.push(...(await server.order({ _tag: "Stop" })).log)
  } catch {
    await server.kill()
  }
}

/** `server` must be alive. */
export const runVector = (
  server: ServerProcess,
  standard: StoredState,
  vector: Vector,
  over: Over
): Effect.Effect<VectorReport, never, Listener> => {
  const needs = [...needsOf(vector)].filter((need) => !served.has(need))
  if (needs.length > 0) return Effect.succeed({ outcome: { _tag: "Waiting", needs }, log: [] })
  const log: Array<string> = []
  return play(server, standard, vector, over, log).pipe(
    Effect.catch((error) => Effect.succeed(failed(error.message))),
    Effect.map((outcome) => ({ outcome, log }))
  )
}
