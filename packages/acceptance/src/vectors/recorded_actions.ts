/** What the server has sent to the simulated Asterisk, each action with the moment at which it was seen. */
import type { SimulatedAsterisk } from "@ctid/simulator/asterisk/simulated_asterisk"
import type { ActionRecord } from "@ctid/testing/vectors/recording"
import * as Effect from "effect/Effect"
import type { Moment } from "./cti_connection.ts"
import { PROBE } from "./probed_transport.ts"

export class RecordedActions {
  readonly #asterisk: SimulatedAsterisk
  readonly #seen: Array<ActionRecord> = []
  #taken = 0

  constructor(asterisk: SimulatedAsterisk) {
    this.#asterisk = asterisk
  }

  /** Without their ActionIDs, and without the runner's own. Those that are new belong to this moment. */
  at(moment: Moment): ReadonlyArray<ActionRecord> {
    const all = this.#asterisk.actions()
    for (const { headers } of all.slice(this.#taken)) {
      const id = headers.find(([name]) => name.toLowerCase() === "actionid")?.[1] ?? ""
      if (id.startsWith(PROBE)) continue
      this.#seen.push({ headers: headers.filter(([name]) => name.toLowerCase() !== "actionid"), ...moment })
    }
    this.#taken = all.length
    return this.#seen
  }

  forget(): void {
    Effect.runSync(this.#asterisk.forgetActions)
    this.#taken = 0
    this.#seen.length = 0
  }
}
