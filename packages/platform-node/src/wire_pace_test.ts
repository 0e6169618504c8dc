import { Worker } from "node:worker_threads"
import { until } from "@ctid/testing/contracts/contract"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { openWire } from "./wire.ts"

const TOTAL = 64 * 1024 * 1024

/** A server in a thread of its own, so that it writes while we are busy; says its port. */
const flood = `
  const { parentPort } = require("node:worker_threads")
  const server = require("node:net").createServer((socket) => {
    socket.on("error", () => {})
    socket.end(Buffer.alloc(${TOTAL}))
  })
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port))
`

const flooding = Effect.acquireRelease(
  Effect.sync(() => new Worker(flood, { eval: true })),
  (worker) => Effect.promise(() => worker.terminate())
).pipe(
  Effect.flatMap((worker) =>
    Effect.callback<number>((resume) => {
      worker.once("message", (port: number) => resume(Effect.succeed(port)))
    })
  )
)

describe("a wire whose other end has much to say", () => {
  it.live("is read in turns, so that the rest of the program has its own; every byte comes", () =>
    Effect.gen(function* () {
      const port = yield* flooding
      let bytes = 0
      let inTurn = 0
      let most = 0
      let closed = false
      yield* openWire(
        { host: "127.0.0.1", port },
        {
          onBytes: (chunk) => {
            if (inTurn === 0) {
              setImmediate(() => {
                inTurn = 0
              })
            }
            bytes += chunk.length
            inTurn += chunk.length
            most = Math.max(most, inTurn)
            // now and then we are busy, and the system's buffers fill
            if (bytes % (4 * 1024 * 1024) < chunk.length) {
              const wait = performance.now() + 20
              while (performance.now() < wait);
            }
          },
          onClose: () => {
            closed = true
          }
        }
      )
      yield* until("the end", () => closed)
      assert.strictEqual(bytes, TOTAL)
      assert.isAtMost(most, 512 * 1024)
    }).pipe(Effect.scoped)
  )
})
