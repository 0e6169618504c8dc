import type { AmiMessage } from "@ctid/ami/ami_message"
import { AmiTransport, type AmiTransportError } from "@ctid/ami/ami_transport"
import { SimulatedAsterisk } from "@ctid/simulator/asterisk/simulated_asterisk"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { until } from "./contracts/contract.ts"
import { MemoryAmiTransport } from "./memory_ami_transport.ts"

const encoder = new TextEncoder()

const open = (asterisk: SimulatedAsterisk, chunkBytes?: number) =>
  Effect.gen(function* () {
    const transport = yield* AmiTransport
    const messages: Array<AmiMessage> = []
    const closes: Array<AmiTransportError | null> = []
    const wire = yield* transport.open({
      onMessages: (some) => messages.push(...some),
      onClose: (error) => closes.push(error)
    })
    const say = (text: string) => wire.write(encoder.encode(`${text.replaceAll("\n", "\r\n")}\r\n\r\n`))
    return { wire, messages, closes, say }
  }).pipe(Effect.provide(MemoryAmiTransport.layer(asterisk, chunkBytes === undefined ? {} : { chunkBytes })))

describe("a wire to the simulated Asterisk", () => {
  it.live("greets, carries actions and answers, never from within a call", () =>
    Effect.scoped(
      Effect.gen(function* () {
        for (const chunkBytes of [undefined, 1, 7]) {
          const asterisk = yield* SimulatedAsterisk.make({ queues: [{ name: "support" }] })
          const { wire, messages, say } = yield* open(asterisk, chunkBytes)
          assert.strictEqual(wire.greeting, "Asterisk Call Manager/11.0.0")
          yield* say("Action: Login\nUsername: cti\nSecret: cti-secret")
          assert.lengthOf(messages, 0)
          yield* until("logged in and booted", () => messages.length === 2)
          assert.deepStrictEqual(
            messages.map((message) => `${message.kind} ${message.name}`),
            ["response Success", "event FullyBooted"]
          )
          yield* say("Action: QueueStatus\nActionID: q")
          yield* until("the list", () => messages.length === 5)
          assert.strictEqual(messages[3]?.get("Queue"), "support")
        }
      })
    )
  )

  it.live("tells once that Asterisk closed, and cannot be opened while it is down", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const asterisk = yield* SimulatedAsterisk.make()
        const { wire, closes, say } = yield* open(asterisk)
        yield* asterisk.kill
        yield* until("told", () => closes.length > 0)
        wire.close()
        assert.deepStrictEqual(
          closes.map((error) => error?.reason),
          ["closed"]
        )
        assert.strictEqual((yield* Effect.flip(say("Action: Ping"))).reason, "closed")
        assert.strictEqual((yield* Effect.flip(open(asterisk))).reason, "connect")
      })
    )
  )

  it.live("the end of the scope closes it, which is no error", () =>
    Effect.gen(function* () {
      const asterisk = yield* SimulatedAsterisk.make()
      const { closes } = yield* Effect.scoped(open(asterisk))
      yield* until("told", () => closes.length > 0)
      assert.deepStrictEqual(closes, [null])
      assert.strictEqual(asterisk.connections(), 0)
    })
  )
})
