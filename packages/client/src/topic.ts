/** A bounded broadcast from synchronous code to streams: each listener has a buffer of its own, and loses its oldest values when slow. */
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"

export class Topic<A> {
  readonly #queues = new Set<Queue.Queue<A, Cause.Done>>()
  #ended = false
  /** Every value from the moment the stream starts; it ends with the topic. */
  readonly stream: Stream.Stream<A>

  /** `first`: what a listener is told at its start; undefined: nothing. */
  constructor(options: { readonly buffer: number; readonly first?: () => A | undefined }) {
    this.stream = Stream.callback<A>(
      (queue) =>
        Effect.acquireRelease(
          Effect.sync(() => {
            const value = options.first?.()
            if (value !== undefined) Queue.offerUnsafe(queue, value)
            if (this.#ended) Queue.endUnsafe(queue)
            else this.#queues.add(queue)
          }),
          () => Effect.sync(() => this.#queues.delete(queue))
        ),
      { bufferSize: options.buffer, strategy: "sliding" }
    )
  }

  publish(value: A): void {
    for (const queue of this.#queues) Queue.offerUnsafe(queue, value)
  }

  /** Listeners still get what waits for them. */
  end(): void {
    this.#ended = true
    for (const queue of this.#queues) Queue.endUnsafe(queue)
    this.#queues.clear()
  }
}
