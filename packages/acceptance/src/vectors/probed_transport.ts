/** The wire to Asterisk with a probe in it: a Ping of the runner's own, which the server's session does not see. */
import { AmiTransport, type AmiTransportError, type AmiWire } from "@ctid/ami/ami_transport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** How the ActionIDs of the runner's Pings begin. */
export const PROBE = "vector-probe-"

export interface Probe {
  /** Ends when all that Asterisk had said before has been handed to the server; at once while there is no wire. */
  readonly ping: Effect.Effect<void>
  /** Puts the probe into a transport. */
  readonly into: <E, R>(transport: Layer.Layer<AmiTransport, E, R>) => Layer.Layer<AmiTransport, E, R>
}

const encoder = new TextEncoder()

export const makeProbe = (): Probe => {
  let wire: AmiWire | null = null
  let count = 0
  const waiting = new Map<string, () => void>()

  const release = (): void => {
    wire = null
    for (const resolve of waiting.values()) resolve()
    waiting.clear()
  }

  const probed = Layer.effect(
    AmiTransport,
    Effect.map(AmiTransport, (transport) =>
      AmiTransport.of({
        label: transport.label,
        open: (handlers) =>
          Effect.tap(
            transport.open({
              onMessages: (messages) => {
                const answers = messages.flatMap((message) => waiting.get(message.get("ActionID") ?? "") ?? [])
                const rest = messages.filter((message) => !(message.get("ActionID") ?? "").startsWith(PROBE))
                if (rest.length > 0) handlers.onMessages(rest)
                for (const resolve of answers) resolve()
              },
              onClose: (error: AmiTransportError | null) => {
                release()
                handlers.onClose(error)
              }
            }),
            (opened) =>
              Effect.sync(() => {
                wire = opened
              })
          )
      })
    )
  )

  return {
    into: (transport) => Layer.provide(probed, transport),
    ping: Effect.suspend(() => {
      const open = wire
      if (open === null) return Effect.void
      const id = `${PROBE}${++count}`
      const answered = Effect.callback<void>((resume) => {
        waiting.set(id, () => {
          waiting.delete(id)
          resume(Effect.void)
        })
      })
      const bytes = encoder.encode(`Action: Ping\r\nActionID: ${id}\r\n\r\n`)
      return Effect.andThen(Effect.ignore(open.write(bytes)), answered)
    })
  }
}
