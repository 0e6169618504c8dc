/** A timer that can be set anew. */
import type * as Fiber from "effect/Fiber"

/** Calls back after so many milliseconds; interrupting the fiber prevents it. */
export type Sleep = (milliseconds: number, then: () => void) => Fiber.Fiber<void>

export class Alarm {
  readonly #sleep: Sleep
  #fiber: Fiber.Fiber<void> | null = null

  constructor(sleep: Sleep) {
    this.#sleep = sleep
  }

  /** What it was set for before does not happen. */
  set(milliseconds: number, then: () => void): void {
    this.clear()
    this.#fiber = this.#sleep(milliseconds, () => {
      this.#fiber = null
      then()
    })
  }

  clear(): void {
    this.#fiber?.interruptUnsafe()
    this.#fiber = null
  }
}
