import { presenceGroup } from "@ctid/testing"
import { assert, describe, it } from "@effect/vitest"
import { type Concurrent, isSerial } from "./serial_order.ts"

const group = presenceGroup("g", { available: { allowed: ["away"] }, away: { allowed: ["available"] }, disconnected: {} })

const concurrent: Concurrent = {
  rules: { reachability: "enforced", disconnectOn: "last" },
  state: { presence: "available", sessions: new Set([1, 2]) },
  group,
  sequences: [
    [
      { _tag: "Requested", presence: "away" },
      { _tag: "LinkLost", session: 1 }
    ],
    [{ _tag: "LoggedOut", session: 2 }]
  ],
  regrouped: null,
  asks: (actions, published) => [...actions.map(([name]) => name), `log ${published}`]
}

describe("a serial order", () => {
  it("is found when there is one, whichever session ended last", () => {
    for (const published of [["away", "disconnected"], ["disconnected"]]) {
      const noticed = { published, asked: published.map((one) => `log ${one}`), presence: "disconnected" }
      assert.strictEqual(isSerial(concurrent, noticed), published.length === 2)
    }
  })

  it("is not found when a change was published twice, out of order, or asked for otherwise", () => {
    const right = { published: ["away", "disconnected"], asked: ["log away", "log disconnected"], presence: "disconnected" }
    assert.isTrue(isSerial(concurrent, right))
    for (const wrong of [
      { ...right, published: ["away", "away", "disconnected"] },
      { ...right, published: ["disconnected", "away"] },
      { ...right, asked: ["log disconnected", "log away"] },
      { ...right, asked: ["log away", "log disconnected", "enablednd"] },
      { ...right, presence: "away" }
    ]) {
      assert.isFalse(isSerial(concurrent, wrong), JSON.stringify(wrong))
    }
  })

  it("holds a reload at any moment", () => {
    const regrouped = presenceGroup("g", { meeting: {}, disconnected: {} })
    const reloaded: Concurrent = { ...concurrent, sequences: [[{ _tag: "Requested", presence: "away" }]], regrouped }
    const noticed = (...published: ReadonlyArray<string>) => ({
      published,
      asked: published.map((one) => `log ${one}`),
      presence: published.at(-1) ?? "available"
    })
    assert.isTrue(isSerial(reloaded, noticed("away", "meeting")))
    assert.isTrue(isSerial(reloaded, noticed("meeting")))
    assert.isFalse(isSerial(reloaded, noticed("away")))
  })
})
