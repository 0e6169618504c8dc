/** Events for the consumers of a Telephony: what is known first, then what comes. */
import type { TelephonyEvent } from "@ctid/core/telephony/telephony"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"

/** Events that may wait for a consumer; then whoever has more of them waits. */
const CAPACITY = 16_384

export class EventFeed {
  readonly #consumers = new Set<Queue.Queue<TelephonyEvent>>()
  readonly #known: () => ReadonlyArray<TelephonyEvent>

  /** `known`: everything that is known now, as events. */
  constructor(known: () => ReadonlyArray<TelephonyEvent>) {
    this.#known = known
  }

  /** Tells every consumer; ends when all of them have room for it. */
  publish(events: ReadonlyArray<TelephonyEvent>): Effect.Effect<void> {
    if (events.length === 0 || this.#consumers.size === 0) return Effect.void
    return Effect.forEach([...this.#consumers], (queue) => Queue.offerAll(queue, events), { discard: true })
  }

  readonly stream: Stream.Stream<TelephonyEvent> = Stream.unwrap(
    Effect.gen({ self: this }, function* () {
      const queue = yield* Effect.acquireRelease(Queue.bounded<TelephonyEvent>(CAPACITY), (opened) =>
        Effect.suspend(() => {
          this.#consumers.delete(opened)
          return Queue.shutdown(opened)
        })
      )
      // in one step: nothing is told twice, nothing is left out
      const known = this.#known()
      this.#consumers.add(queue)
      return Stream.concat(Stream.fromIterable(known), Stream.fromQueue(queue))
    })
  )
}
