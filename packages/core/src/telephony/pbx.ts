/** The PBX as this server knows it: follows the `Telephony` door, keeps the state, tells the notifier. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Directory } from "../directory/directory.ts"
import { Notifier } from "../notify/notifier.ts"
import { makeServicesOnLines, type ServicesOnLines } from "./services_on_lines.ts"
import type { ServicesChange, StateChange } from "./state_change.ts"
import { type PresenceSet, Telephony, type TelephonyEvent } from "./telephony.ts"
import { TelephonyState } from "./telephony_state.ts"

export class Pbx extends Context.Service<
  Pbx,
  {
    readonly state: TelephonyState
    /** A service that a user set here; everybody who may know is told, even if it was so already. */
    readonly setServices: (userId: number, services: ServicesChange) => void
    /** Services that the PBX keeps: told like that once his main line has them, unless something else was wanted meanwhile. */
    readonly onLines: ServicesOnLines
    /** Who follows the states of phones, from now on. */
    readonly onPhone: (handler: (lineId: number) => Effect.Effect<void>) => void
    /** Who takes presences that are set at phones; what was set before is told at once. The events of a line are begun in their order. */
    readonly onPresenceSet: (handler: (event: PresenceSet) => Effect.Effect<void>) => Effect.Effect<void>
  }
>()("@ctid/core/Pbx") {
  static readonly layer: Layer.Layer<Pbx, never, Telephony | Directory | Notifier> = Layer.effect(
    Pbx,
    Effect.gen(function* () {
      const telephony = yield* Telephony
      const directory = yield* Directory
      const notifier = yield* Notifier
      const clock = yield* Clock.Clock
      const seconds = (): number => clock.currentTimeMillisUnsafe() / 1000
      const state = new TelephonyState(() => directory.current(), seconds())
      const scope = yield* Effect.scope

      let onPhone: ((lineId: number) => Effect.Effect<void>) | null = null
      const publish = Effect.fnUntraced(function* (changes: ReadonlyArray<StateChange>) {
        notifier.changes(state, changes)
        for (const change of changes) {
          if (change._tag === "Phone" && onPhone !== null) {
            yield* Effect.forkIn(onPhone(change.lineId), scope, { startImmediately: true })
          } else if (change._tag === "WrapUp") yield* Effect.forkIn(wrapUp(change), scope)
          else if (change._tag === "Link") {
            yield* change.up ? Effect.logInfo("pbx is back") : Effect.logWarning("pbx is out of reach")
          }
        }
      })

      const wrapUp = (change: Extract<StateChange, { readonly _tag: "WrapUp" }>): Effect.Effect<void> =>
        Effect.sleep(Duration.seconds(change.seconds)).pipe(
          Effect.andThen(Effect.suspend(() => publish(state.agents.wrapUpEnded(change.agentId, change.turn, seconds()))))
        )

      let onPresenceSet: ((event: PresenceSet) => Effect.Effect<void>) | null = null
      /** Before anybody takes them: the last one of each line. */
      const early = new Map<number, PresenceSet>()
      const presenceSet = (event: PresenceSet): Effect.Effect<void> =>
        onPresenceSet === null
          ? Effect.sync(() => early.set(event.lineId, event)).pipe(Effect.asVoid)
          : Effect.asVoid(Effect.forkIn(onPresenceSet(event), scope, { startImmediately: true }))
      const presencesSet = (events: ReadonlyArray<TelephonyEvent>): Effect.Effect<void> =>
        Effect.forEach(
          events.filter((event) => event._tag === "PresenceSet"),
          presenceSet,
          { discard: true }
        )

      yield* telephony.events.pipe(
        Stream.runForEachArray((events) =>
          Effect.suspend(() => publish(events.flatMap((event) => state.apply(event, seconds())))).pipe(
            Effect.andThen(presencesSet(events)),
            // a mistake in one of them must not be the last that is heard of the PBX
            Effect.catchCause((cause) =>
              Cause.hasInterruptsOnly(cause) ? Effect.failCause(cause) : Effect.logError("internal error", cause)
            )
          )
        ),
        Effect.forkScoped
      )

      const setServices = (userId: number, services: ServicesChange): void => {
        // a reload may have removed him while the PBX was asked
        if (directory.current().users.has(userId)) notifier.changes(state, [state.setServices(userId, services)])
      }

      return Pbx.of({
        state,
        setServices,
        onLines: makeServicesOnLines({ directory: directory.current, telephony, tell: setServices }),
        onPhone: (handler) => {
          onPhone = handler
        },
        onPresenceSet: (handler) =>
          Effect.suspend(() => {
            onPresenceSet = handler
            const waiting = [...early.values()]
            early.clear()
            return presencesSet(waiting)
          })
      })
    })
  )
}
