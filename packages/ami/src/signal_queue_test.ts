import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import fc from "fast-check"
import { SignalQueue } from "./signal_queue.ts"
import { event } from "./testdata/directory.ts"

const tags = (queue: SignalQueue) => Effect.map(queue.take, (signals) => signals.map((signal) => signal._tag))

describe("SignalQueue", () => {
  it.effect("counts characters too: a few huge events are as much as many small ones", () =>
    Effect.gen(function* () {
      const queue = new SignalQueue(1000)
      const huge = event("UserEvent", { Text: "x".repeat(30 * 1024 * 1024) })
      assert.strictEqual(queue.events([huge, huge]), 0)
      assert.strictEqual(queue.events([huge]), 3)
      assert.deepStrictEqual(yield* tags(queue), ["Resync"])
      assert.strictEqual(queue.events([huge, huge]), 0)
      assert.deepStrictEqual(yield* tags(queue), ["Event", "Event"])
    })
  )

  it("loses nothing silently: whoever misses an event is told to ask anew, or that the link is lost", () => {
    const step = fc.constantFrom("event", "event", "event", "resync", "lost", "take")
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 60 }), (room, steps) => {
        const queue = new SignalQueue(room)
        let offered = 0
        let dropped = 0
        let seen = 0
        let waiting = 0
        let missed = false
        const take = () => {
          // something to take, whatever went before
          queue.ready()
          const taken = Effect.runSync(tags(queue))
          const events = taken.filter((tag) => tag === "Event").length
          assert.isTrue(events <= room)
          assert.strictEqual(events, waiting)
          if (missed) assert.isTrue(taken.includes("Resync") || taken.includes("Lost"))
          seen += events
          waiting = 0
          missed = false
        }
        for (const name of steps) {
          if (name === "take") take()
          else if (name === "resync") queue.resync()
          else if (name === "lost") {
            queue.lost("gone")
            missed ||= waiting > 0
            dropped += waiting
            waiting = 0
          } else {
            const lost = queue.events([event("Hangup")])
            offered++
            dropped += lost
            waiting = lost > 0 ? 0 : waiting + 1
            missed ||= lost > 0
          }
        }
        take()
        assert.strictEqual(seen + dropped, offered)
      })
    )
  })
})
