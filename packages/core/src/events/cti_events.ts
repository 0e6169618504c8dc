/**
 * What happens on a server, for the program that it is embedded in: presences, agents, phones, chat, forms. The original put the same on
 * its message bus (reference 4.3, 4.4, 5.4). Everything is in it, of all contexts: whoever passes it on separates them.
 *
 * @example
 * ```ts
 * import { CtiEvents } from "@ctid/core"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const log = Effect.gen(function* () {
 *   const { stream } = yield* CtiEvents
 *   yield* Stream.runForEach(stream, (event) => Effect.logInfo(event._tag))
 * })
 * ```
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"

/** A server's uuid and a user's. */
export type UserAddress = readonly [server: string, user: string]

export type CtiEvent =
  /** A user's presence was set, maybe to what it was. */
  | { readonly _tag: "UserStatus"; readonly userId: number; readonly userUuid: string; readonly status: string }
  | { readonly _tag: "AgentStatus"; readonly agentId: number; readonly status: "logged_in" | "logged_out" }
  /** The state of a line's hint (reference 5.5). */
  | { readonly _tag: "EndpointStatus"; readonly lineId: number; readonly status: number }
  | {
      readonly _tag: "Chat"
      readonly from: UserAddress
      readonly to: UserAddress
      readonly alias: string
      readonly text: string
    }
  /** A form of a call pop-up was sent off; names as in the form, without `XIVOFORM_`. */
  | { readonly _tag: "CallFormResult"; readonly userId: number; readonly variables: Readonly<Record<string, unknown>> }

/** A reader was too slow: events are missing from here on. He may begin again. */
export class EventsLost extends Data.TaggedError("EventsLost")<{ readonly message: string }> {}

/** Events that may wait for one reader. */
const CAPACITY = 16_384

export class CtiEvents extends Context.Service<
  CtiEvents,
  {
    /** Each event from the moment on in which it is run, in order. */
    readonly stream: Stream.Stream<CtiEvent, EventsLost>
    /** Whether anybody reads; without a reader nothing needs to be made. */
    readonly hasReaders: () => boolean
    readonly publish: (event: CtiEvent) => void
  }
>()("@ctid/core/CtiEvents") {
  static readonly layer: Layer.Layer<CtiEvents> = Layer.sync(CtiEvents, () => {
    const readers = new Set<Queue.Queue<CtiEvent, EventsLost | Cause.Done>>()
    return CtiEvents.of({
      stream: Stream.callback<CtiEvent, EventsLost>(
        (queue) =>
          Effect.acquireRelease(
            Effect.sync(() => readers.add(queue)),
            () => Effect.sync(() => readers.delete(queue))
          ),
        { bufferSize: CAPACITY, strategy: "dropping" }
      ),
      hasReaders: () => readers.size > 0,
      publish: (event) => {
        for (const reader of [...readers]) {
          if (Queue.offerUnsafe(reader, event)) continue
          readers.delete(reader)
          Queue.failCauseUnsafe(
            reader,
            Cause.fail(new EventsLost({ message: `more than ${CAPACITY} events waited to be read` }))
          )
        }
      }
    })
  })
}
