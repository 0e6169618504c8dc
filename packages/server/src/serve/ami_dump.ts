/** Events of Asterisk in the log, for as long as an administrator wants them there (`dumpami` of the info server). */
import { type AmiMessage, AmiTransport } from "@ctid/ami"
import type { AmiDump } from "@ctid/core"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** Longest event that is logged whole, in characters. */
const LONGEST = 2_000
/** Events in one second; the others are counted. A busy Asterisk says 25,000. */
const PER_SECOND = 200

export interface AmiTap {
  readonly dump: AmiDump
  /** Puts the tap into a wire. */
  readonly into: (transport: Layer.Layer<AmiTransport>) => Layer.Layer<AmiTransport>
}

const textOf = (message: AmiMessage): string => {
  const text = message.headers.map(([name, value]) => `${name}: ${value}`).join("; ")
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text
}

export const makeAmiTap = (): AmiTap => {
  let on = false
  let names: ReadonlyArray<string> = []
  let wanted: ReadonlySet<string> = new Set()
  let second = 0
  let logged = 0
  let left = 0

  const isWanted = (message: AmiMessage): boolean =>
    message.kind === "event" && (wanted.size === 0 || wanted.has(message.name.toLowerCase()))

  const log = (messages: ReadonlyArray<AmiMessage>): Effect.Effect<void> =>
    Effect.clockWith((clock) =>
      Effect.gen(function* () {
        const now = Math.floor(clock.currentTimeMillisUnsafe() / 1000)
        if (now !== second) {
          if (left > 0) yield* Effect.logInfo("ami events not logged").pipe(Effect.annotateLogs({ times: left }))
          second = now
          logged = 0
          left = 0
        }
        for (const message of messages.filter(isWanted)) {
          if (logged === PER_SECOND) {
            left++
            continue
          }
          logged++
          yield* Effect.logInfo("ami event").pipe(Effect.annotateLogs({ packet: textOf(message) }))
        }
      })
    )

  const tapped = Layer.effect(
    AmiTransport,
    Effect.gen(function* () {
      const transport = yield* AmiTransport
      const run = Effect.runForkWith(yield* Effect.context<never>())
      return AmiTransport.of({
        label: transport.label,
        open: (handlers) =>
          transport.open({
            onMessages: (messages) => {
              if (on) run(log(messages))
              handlers.onMessages(messages)
            },
            onClose: handlers.onClose
          })
      })
    })
  )

  return {
    dump: {
      set: (next, events) => {
        on = next
        names = events
        wanted = new Set(events.map((name) => name.toLowerCase()))
      },
      on: () => on,
      events: () => names
    },
    into: (transport) => Layer.provide(tapped, transport)
  }
}
