/** Events of Asterisk in the log, while somebody wants to see them (reference 8.2, `dumpami`). */
import { Pace } from "@ctid/core/console/port_limits"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { AmiMessage } from "./ami_message.ts"
import { AmiTransport } from "./ami_transport.ts"

/** Events in a second; more of them are counted, so that a busy Asterisk does not bury the log. */
const RATE = 100
/** Characters of one event; what is longer is cut. */
const LONGEST = 2_000

export interface AmiEventDump {
  /** `events`: names, whatever their case; none: all. */
  readonly set: (on: boolean, events: ReadonlyArray<string>) => void
  readonly on: () => boolean
  readonly events: () => ReadonlyArray<string>
  /** A transport whose events are dumped. What the server sends is not: it signs in there. */
  readonly into: <E, R>(transport: Layer.Layer<AmiTransport, E, R>) => Layer.Layer<AmiTransport, E, R>
}

const textOf = ({ headers }: AmiMessage): string => {
  const text = headers.map(([name, value]) => `${name}: ${value}`).join(", ")
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text
}

/** Off until it is set. */
export const makeAmiEventDump = (): AmiEventDump => {
  let on = false
  let names: ReadonlyArray<string> = []
  let wanted: ReadonlySet<string> = new Set()

  const dumped = Effect.gen(function* () {
    const transport = yield* AmiTransport
    const clock = yield* Clock.Clock
    const fork = Effect.runForkWith(yield* Effect.context<never>())
    const pace = new Pace(RATE)
    let left = 0

    const dump = (message: AmiMessage): void => {
      if (message.kind !== "event" || (wanted.size > 0 && !wanted.has(message.name.toLowerCase()))) return
      if (pace.take(clock.currentTimeMillisUnsafe()) > 0) {
        left++
        return
      }
      const annotations = { asterisk: transport.label, event: textOf(message), ...(left > 0 ? { left_out: left } : {}) }
      left = 0
      fork(Effect.logInfo("ami event").pipe(Effect.annotateLogs(annotations)))
    }

    return AmiTransport.of({
      label: transport.label,
      open: (handlers) =>
        transport.open({
          ...handlers,
          onMessages: (messages) => {
            if (on) for (const message of messages) dump(message)
            handlers.onMessages(messages)
          }
        })
    })
  })

  return {
    set: (is, events) => {
      on = is
      names = is ? events : []
      wanted = new Set(names.map((name) => name.toLowerCase()))
    },
    on: () => on,
    events: () => names,
    into: (transport) => Layer.provide(Layer.effect(AmiTransport, dumped), transport)
  }
}
