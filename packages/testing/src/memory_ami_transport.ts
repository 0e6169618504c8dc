/** `AmiTransport` to a simulated Asterisk, in memory: the same decoder as on a socket, and no socket. */
import { AmiDecoder } from "@ctid/ami/ami_decoder"
import type { AmiMessage } from "@ctid/ami/ami_message"
import { AmiTransport, AmiTransportError, type AmiTransportHandlers, type AmiWire } from "@ctid/ami/ami_transport"
import type { SimulatedAsterisk } from "@ctid/simulator/asterisk/simulated_asterisk"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Scheduler } from "effect/Scheduler"
import type * as Scope from "effect/Scope"

/** What the wire needs of an Asterisk in memory. */
export type MemoryAmiPort = Pick<SimulatedAsterisk, "connect" | "isRunning">

export interface MemoryAmiTransportOptions {
  /** Cuts what Asterisk says into chunks of this many bytes. Default: as it says it. */
  readonly chunkBytes?: number
}

const LABEL = "ami://simulated"

const refused = new AmiTransportError({ reason: "connect", message: `${LABEL} refuses connections: Asterisk is down` })
const gone = new AmiTransportError({ reason: "closed", message: `${LABEL} closed the connection` })

const cut = (bytes: Uint8Array, size: number): ReadonlyArray<Uint8Array> => {
  const chunks: Array<Uint8Array> = []
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.slice(at, at + size))
  return chunks
}

const open = (
  asterisk: MemoryAmiPort,
  schedule: (task: () => void) => void,
  chunkBytes: number,
  handlers: AmiTransportHandlers
): Effect.Effect<AmiWire, AmiTransportError> =>
  Effect.suspend(() => {
    if (!asterisk.isRunning()) return Effect.fail(refused)
    const decoder = new AmiDecoder()
    let ours = false
    let ended = false
    const early: Array<AmiMessage> = []
    const end = (error: AmiTransportError | null): void => {
      if (ended) return
      ended = true
      schedule(() => handlers.onClose(error))
    }
    const take = (bytes: Uint8Array): void => {
      if (ended) return
      const messages = decoder.push(bytes)
      if (messages.length > 0) handlers.onMessages(messages)
      const { error } = decoder
      if (error === null) return
      const reason = error.reason === "not_ami" ? "not_ami" : "packet_too_large"
      end(new AmiTransportError({ reason, message: error.message }))
      pipe.close()
    }
    // the greeting comes within `connect`; everything after it in later turns, as from a socket
    let greeting = ""
    const pipe = asterisk.connect({
      onBytes: (bytes) => {
        if (greeting === "") {
          early.push(...decoder.push(bytes))
          greeting = decoder.greeting ?? ""
          return
        }
        for (const chunk of cut(bytes, chunkBytes)) schedule(() => take(chunk))
      },
      onClose: () => schedule(() => end(ours ? null : gone))
    })
    if (early.length > 0) schedule(() => handlers.onMessages(early))
    return Effect.succeed<AmiWire>({
      greeting,
      encrypted: false,
      write: (bytes) =>
        Effect.suspend(() => {
          if (ended) return Effect.fail(gone)
          pipe.write(bytes)
          return Effect.void
        }),
      close: () => {
        ours = true
        end(null)
        pipe.close()
      }
    })
  })

export const MemoryAmiTransport: {
  readonly layer: (asterisk: MemoryAmiPort, options?: MemoryAmiTransportOptions) => Layer.Layer<AmiTransport>
} = {
  layer: (asterisk, { chunkBytes = Number.MAX_SAFE_INTEGER } = {}) =>
    Layer.effect(
      AmiTransport,
      Effect.gen(function* () {
        const dispatcher = (yield* Scheduler).makeDispatcher()
        const context = yield* Effect.context<never>()
        const report = (thrown: unknown): void => {
          Effect.runForkWith(context)(Effect.logError("wire handler failed", Cause.die(thrown)))
        }
        const schedule = (task: () => void): void =>
          dispatcher.scheduleTask(() => {
            try {
              task()
            } catch (thrown) {
              report(thrown)
            }
          }, 0)
        return AmiTransport.of({
          open: (handlers): Effect.Effect<AmiWire, AmiTransportError, Scope.Scope> =>
            Effect.acquireRelease(open(asterisk, schedule, chunkBytes, handlers), (wire) => Effect.sync(wire.close)),
          label: LABEL
        })
      })
    )
}
