/** What a session tells its handler, in order and bounded. */
import * as Effect from "effect/Effect"
import type { AmiMessage } from "./ami_message.ts"
import { sizeOf } from "./packet.ts"

export type AmiSignal =
  /** Signed in, and Asterisk is ready: ask for everything. The first signal of every link. */
  | { readonly _tag: "Ready" }
  | { readonly _tag: "Event"; readonly event: AmiMessage }
  /** Ask for everything again: events were lost, or somebody wished it. */
  | { readonly _tag: "Resync"; readonly reason: "overflow" | "asked" }
  /** The link is gone, and with it every event that waited. */
  | { readonly _tag: "Lost"; readonly message: string }

/** Most characters of the events that wait, however few they are. */
const MAX_SIZE = 64 * 1024 * 1024

/**
 * Never blocks who offers. When the handler is too slow the waiting events are dropped, all of them, and it is told to ask for
 * everything: half of the events would be worse than none.
 */
export class SignalQueue {
  readonly #maxEvents: number
  #signals: Array<AmiSignal> = []
  #events = 0
  #size = 0
  #taker: (() => void) | null = null

  constructor(maxEvents: number) {
    this.#maxEvents = maxEvents
  }

  /** Events that came together. Answers how many had to be dropped, waiting ones among them: 0 when there was room. */
  events(events: ReadonlyArray<AmiMessage>): number {
    let dropped = 0
    for (const event of events) {
      const size = this.#size + sizeOf(event)
      if (this.#events < this.#maxEvents && size <= MAX_SIZE) {
        this.#events++
        this.#size = size
        this.#signals.push({ _tag: "Event", event })
        continue
      }
      dropped += this.#events + 1
      this.#signals = this.#signals.filter((signal) => signal._tag !== "Event" && signal._tag !== "Resync")
      this.#events = 0
      this.#size = 0
      this.#signals.push({ _tag: "Resync", reason: "overflow" })
    }
    this.#wake()
    return dropped
  }

  ready(): void {
    this.#signals.push({ _tag: "Ready" })
    this.#wake()
  }

  /** Once, however often it is asked before the handler comes to it. */
  resync(): void {
    if (this.#signals.some((signal) => signal._tag === "Resync")) return
    this.#signals.push({ _tag: "Resync", reason: "asked" })
    this.#wake()
  }

  lost(message: string): void {
    this.#signals = [{ _tag: "Lost", message }]
    this.#events = 0
    this.#size = 0
    this.#wake()
  }

  /** All that waits; waits for the first. For one taker. */
  readonly take: Effect.Effect<ReadonlyArray<AmiSignal>> = Effect.suspend(() =>
    this.#signals.length > 0
      ? Effect.succeed(this.#drain())
      : Effect.andThen(
          this.#wait,
          Effect.sync(() => this.#drain())
        )
  )

  readonly #wait: Effect.Effect<void> = Effect.callback<void>((resume) => {
    if (this.#signals.length > 0) {
      resume(Effect.void)
      return
    }
    this.#taker = () => resume(Effect.void)
    return Effect.sync(() => {
      this.#taker = null
    })
  })

  #drain(): ReadonlyArray<AmiSignal> {
    const signals = this.#signals
    this.#signals = []
    this.#events = 0
    this.#size = 0
    return signals
  }

  #wake(): void {
    if (this.#signals.length === 0) return
    const taker = this.#taker
    this.#taker = null
    taker?.()
  }
}
