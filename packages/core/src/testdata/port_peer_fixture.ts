/** A peer of a side port, in memory: what it says, and what it hears. */
import { MemoryNetwork } from "@ctid/simulator/memory_listener"
import * as Effect from "effect/Effect"
import type { Endpoint } from "../connection/connection.ts"

/** Until nothing moves any more, and what was waiting for a turn of the scheduler has had it. */
export const settle: Effect.Effect<void, never, MemoryNetwork> = Effect.flatMap(MemoryNetwork, (network) =>
  Effect.repeat(Effect.andThen(Effect.yieldNow, network.settled), { times: 20 })
).pipe(Effect.asVoid)

export const dialPort = Effect.fnUntraced(function* (endpoint: Endpoint) {
  const network = yield* MemoryNetwork
  const peer: { text: string; end: "ended" | "reset" | null } = { text: "", end: null }
  const decoder = new TextDecoder()
  const wire = yield* network.dial(endpoint, {
    onBytes: (chunk) => {
      peer.text += decoder.decode(chunk, { stream: true })
    },
    onClose: (how) => {
      peer.end = how
    }
  })
  yield* settle
  const write = (bytes: string | Uint8Array): void =>
    wire.write(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes)
  return {
    wire,
    write,
    say: (...pieces: ReadonlyArray<string | Uint8Array>) =>
      Effect.andThen(
        Effect.sync(() => {
          for (const piece of pieces) write(piece)
        }),
        settle
      ),
    /** What was heard since the last time. */
    take: (): string => {
      const { text } = peer
      peer.text = ""
      return text
    },
    /** How the connection ended; null: it has not. */
    end: () => peer.end
  }
})
export type PortPeer = Effect.Success<ReturnType<typeof dialPort>>
