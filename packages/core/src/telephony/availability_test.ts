import { assert, describe, it } from "@effect/vitest"
import { type AgentFacts, availability } from "./availability.ts"

const idle: AgentFacts = { logged: true, onAcdCall: false, nonAcdCall: null, queues: 2, pausedQueues: 0, onWrapUp: false }
const cases: ReadonlyArray<readonly [string, Partial<AgentFacts>, string]> = [
  ["not logged in, whatever else holds", { logged: false, onAcdCall: true, onWrapUp: true }, "logged_out"],
  ["on a queue call", { onAcdCall: true, nonAcdCall: { direction: "incoming", internal: true } }, "unavailable"],
  [
    "called from inside",
    { nonAcdCall: { direction: "incoming", internal: true }, onWrapUp: true },
    "on_call_nonacd_incoming_internal"
  ],
  ["calling outside", { nonAcdCall: { direction: "outgoing", internal: false } }, "on_call_nonacd_outgoing_external"],
  ["paused in all queues", { pausedQueues: 2 }, "unavailable"],
  ["paused in one of two", { pausedQueues: 1 }, "available"],
  ["in no queue: not paused", { queues: 0, pausedQueues: 0 }, "available"],
  ["in wrap-up", { onWrapUp: true }, "unavailable"],
  ["otherwise", {}, "available"]
]

describe("availability", () => {
  for (const [name, facts, expected] of cases) {
    it(name, () => assert.strictEqual(availability({ ...idle, ...facts }), expected))
  }
})
