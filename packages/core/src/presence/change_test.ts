import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { type ActionEnd, beginChange, type ChangeEvent, type ConfiguredAction, changeStep } from "./change.ts"

const actions: fc.Arbitrary<ReadonlyArray<ConfiguredAction>> = fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 6 })
const end: fc.Arbitrary<ActionEnd> = fc.constantFrom("done", "deferred", "failed", "skipped")

/** What has been begun once this is over, and where it is over. */
const run = (configured: ReadonlyArray<ConfiguredAction>, events: ReadonlyArray<ChangeEvent>) => {
  const begun: Array<ConfiguredAction> = []
  let state = beginChange(configured)
  for (const event of events) {
    if (state._tag !== "Acting") break
    begun.push(state.action)
    state = changeStep(state, event)
  }
  if (state._tag === "Published") begun.push(...state.rest)
  return { begun, state }
}

describe("the life of a change", () => {
  it("begins every action once, in the configured order, however they end and whenever the time is over", () => {
    fc.assert(
      fc.property(
        actions,
        fc.array(end, { minLength: 6, maxLength: 6 }),
        fc.option(fc.nat(5)),
        (configured, ends, deadline) => {
          const events = ends.map(
            (one, at): ChangeEvent => (at === deadline ? { _tag: "DeadlinePassed" } : { _tag: "ActionEnded", end: one })
          )
          const { begun, state } = run(configured, events)
          assert.strictEqual(state._tag, "Published")
          assert.deepStrictEqual(begun, configured)
        }
      ),
      { numRuns: 1000 }
    )
  })

  it("begins nothing more, and is not published, once its user is gone", () => {
    const { begun, state } = run(
      [
        ["enablednd", "true"],
        ["queuepause_all", ""]
      ],
      [{ _tag: "UserGone" }]
    )
    assert.deepStrictEqual([begun, state], [[["enablednd", "true"]], { _tag: "Dropped" }])
  })

  it("stays over", () => {
    for (const over of [beginChange([]), changeStep(beginChange([["agentlogoff", ""]]), { _tag: "UserGone" })]) {
      assert.strictEqual(changeStep(over, { _tag: "ActionEnded", end: "done" }), over)
    }
  })
})
