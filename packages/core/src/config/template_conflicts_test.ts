import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { fillTemplate, type ServiceTemplates, templateConflicts } from "./template_conflicts.ts"

const plain: ServiceTemplates = {
  doNotDisturb: "DND/{exten}",
  forwardUnconditional: "CF/{exten}",
  forwardBusy: "CFB/{exten}",
  forwardNoAnswer: "CFU/{exten}",
  doNotDisturbDevice: "Custom:DND{exten}",
  forwardDevice: "Custom:CF{exten}",
  presence: "CustomPresence:{exten}",
  presenceLamp: "Custom:{presence}.{exten}"
}

const withContext: ServiceTemplates = {
  doNotDisturb: "DND/{exten}/{context}",
  forwardUnconditional: "CF/{exten}/{context}",
  forwardBusy: "CFB/{exten}/{context}",
  forwardNoAnswer: "CFU/{exten}/{context}",
  doNotDisturbDevice: "Custom:DND{exten}/{context}",
  forwardDevice: "Custom:CF{exten}/{context}",
  presence: "CustomPresence:{exten}@{context}",
  presenceLamp: "Custom:{presence}.{exten}@{context}"
}

const a = { number: "1001", context: "a" }
const b = { number: "1001", context: "b" }

describe("fillTemplate", () => {
  it("fills every place, leaves unknown ones, and takes values literally", () => {
    assert.strictEqual(fillTemplate("{exten}@{context}/{exten}{other}", { exten: "$&", context: "c" }), "$&@c/$&{other}")
    assert.strictEqual(fillTemplate("{constructor}", {}), "{constructor}")
  })
})

describe("templateConflicts", () => {
  it("finds an extension that two contexts share, once per line", () => {
    const conflicts = templateConflicts([a, { number: "1002", context: "b" }, b], plain)
    assert.deepStrictEqual(conflicts, [{ line: b, other: a, template: "doNotDisturb", key: "DND/1001" }])
  })

  it("finds the one template that lacks the context", () => {
    const conflicts = templateConflicts([a, b], { ...withContext, forwardBusy: plain.forwardBusy })
    assert.deepStrictEqual(
      conflicts.map(({ template }) => template),
      ["forwardBusy"]
    )
    const devices = templateConflicts([a, b], { ...withContext, doNotDisturbDevice: plain.doNotDisturbDevice })
    assert.deepStrictEqual(
      devices.map(({ key }) => key),
      ["Custom:DND1001"]
    )
  })

  it("finds two services of one line under one key", () => {
    const conflicts = templateConflicts([a], { ...plain, forwardBusy: plain.forwardUnconditional })
    assert.deepStrictEqual(conflicts, [{ line: a, other: a, template: "forwardBusy", key: "CF/1001" }])
  })

  it("leaves the same extension twice in one context to another check", () => {
    assert.deepStrictEqual(templateConflicts([a, { ...a }], plain), [])
  })

  it("never finds one between different extensions, nor where each template has the context", () => {
    const line = fc.record({ number: fc.constantFrom("1", "2", "3"), context: fc.constantFrom("a", "b", "c") })
    fc.assert(
      fc.property(fc.array(line, { maxLength: 9 }), (lines) => {
        assert.deepStrictEqual(templateConflicts(lines, withContext), [])
        for (const { line, other } of templateConflicts(lines, plain)) {
          assert.strictEqual(line.number, other.number)
          assert.notStrictEqual(line.context, other.context)
        }
      })
    )
  })
})
