import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { MAX_PHONE_MESSAGE, meantAtPhone, PHONE_STATES, phonePresence } from "./phone_presence.ts"
import type { Presence, PresenceGroup } from "./presence_group.ts"

const group = (...presences: ReadonlyArray<Partial<Presence> & { readonly name: string }>): PresenceGroup => ({
  name: "g",
  presences: new Map(
    presences.map((presence) => [
      presence.name,
      { longName: `The ${presence.name}`, color: "#000000", allowed: null, actions: [], ...presence }
    ])
  )
})

const office = group(
  { name: "available", phoneState: "available" },
  { name: "away", phoneState: "away", phoneLamp: true },
  { name: "brb", phoneState: "away" },
  { name: "secret" }
)

describe("what phones show of a presence", () => {
  it("is nothing for a group that says nothing of phones", () => {
    assert.isNull(phonePresence(group({ name: "available" }, { name: "away", phoneLamp: false, phoneState: null }), "away", ""))
  })

  it("is its state, its display name or the note, and the lamps", () => {
    assert.deepStrictEqual(phonePresence(office, "away", ""), {
      state: "away",
      presence: "away",
      message: "The away",
      lamps: new Map([["away", true]])
    })
    assert.deepStrictEqual(phonePresence(office, "secret", "at the dentist"), {
      state: "not_set",
      presence: "secret",
      message: "at the dentist",
      lamps: new Map([["away", false]])
    })
    assert.strictEqual(phonePresence(office, "gone", "")?.state, "not_set")
  })

  it("is one short line without half characters, whatever the note", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (note) => {
        const message = phonePresence(office, "away", note)?.message ?? ""
        assert.isAtMost(message.length, MAX_PHONE_MESSAGE)
        assert.notMatch(message, /[\p{Cc}\p{Cs}\u2028\u2029]/u)
      }),
      { numRuns: 1000 }
    )
  })
})

describe("what is meant by a setting at a phone", () => {
  const meant = (present: string, state: string, presence = "") => meantAtPhone(office, present, { state, presence })

  it("is the presence that it names, whatever the state", () => {
    assert.strictEqual(meant("available", "dnd", "brb"), "brb")
  })

  it("else one with that state: the present one, or the first", () => {
    assert.strictEqual(meant("brb", "away"), "brb")
    assert.strictEqual(meant("available", "away", "lunch"), "away")
  })

  it("else nothing", () => {
    assert.isNull(meant("available", "dnd"))
    assert.isNull(meant("available", "not_set"))
    assert.isNull(meant("available", ""))
  })

  it("brings back every presence that was shown", () => {
    for (const name of office.presences.keys()) {
      const shown = phonePresence(office, name, "")
      assert.strictEqual(meant("available", shown?.state ?? "", shown?.presence), name)
      assert.include(PHONE_STATES, shown?.state)
    }
  })
})
