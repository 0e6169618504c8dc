import { AmiTransport } from "@ctid/ami/ami_transport"
import type { AmiPipe } from "@ctid/simulator/asterisk/manager_port"
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { MemoryAmiTransport } from "../memory_ami_transport.ts"
import { type AmiTransportWorld, amiTransportContract } from "./ami_transport_contract.ts"

const world: AmiTransportWorld = {
  abilities: { ownsConnection: true, repeatedHeaders: true, exactValues: true, boundedPackets: true },
  held: () => 0,
  serve: (script) =>
    Effect.gen(function* () {
      let running = true
      const open = new Set<() => void>()
      const port = {
        isRunning: () => running,
        connect: (handlers: { onBytes: (bytes: Uint8Array) => void; onClose: () => void }): AmiPipe => {
          let ended = false
          const end = (): void => {
            if (ended) return
            ended = true
            open.delete(end)
            handlers.onClose()
            far.onClose()
          }
          const far = script({
            send: (bytes) => {
              if (!ended) handlers.onBytes(bytes)
            },
            end
          })
          open.add(end)
          return {
            write: (bytes) => {
              if (!ended) far.onBytes(bytes)
            },
            close: end
          }
        }
      }
      return {
        transport: yield* AmiTransport.pipe(Effect.provide(MemoryAmiTransport.layer(port))),
        down: Effect.sync(() => {
          running = false
          for (const end of [...open]) end()
        }),
        up: Effect.sync(() => {
          running = true
        })
      }
    })
}

describe("the AMI transport contract in memory", () => {
  for (const { name, run } of amiTransportContract) it.live(name, () => run(world))
})
