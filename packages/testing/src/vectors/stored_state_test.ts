import { assert, describe, it } from "@effect/vitest"
import type { JsonObject } from "./json.ts"
import { changed, storedState } from "./stored_state.ts"

const standard: JsonObject = {
  context_separation: false,
  preferences: { itm: { "xlet.identity.logagent": "1" } },
  userstatus: { xivo: { away: { actions: {} } } },
  users: [
    { id: 42, enablednd: 0 },
    { id: 43, enablednd: 0 }
  ],
  queuemembers: [
    { queue: "support", member: "Agent/2001", penalty: 2 },
    { queue: "sales", member: "Agent/2001", penalty: 0 }
  ]
}
const nothing = { patch: {}, add: {}, remove: {} }

describe("the stored objects of a run", () => {
  it("are the standard state, whose values given replaces", () => {
    const state = storedState(standard, { context_separation: true, logged_in: [42], sheets: { events: {} } })
    assert.deepStrictEqual(state, { ...standard, context_separation: true, sheets: { events: {} } })
  })

  it("are patched by dotted path, in lists by id, in objects by key, also where a key has dots", () => {
    const state = storedState(standard, {
      patch: {
        "users.43.enablednd": 1,
        "userstatus.xivo.lunch": { longname: "Lunch" },
        "preferences.itm.xlet.identity.logagent": "0",
        "services.new.list": ["a"]
      }
    })
    assert.deepStrictEqual(state.users, [
      { id: 42, enablednd: 0 },
      { id: 43, enablednd: 1 }
    ])
    assert.deepStrictEqual(state.userstatus, { xivo: { away: { actions: {} }, lunch: { longname: "Lunch" } } })
    assert.deepStrictEqual(state.preferences, { itm: { "xlet.identity.logagent": "0" } })
    assert.deepStrictEqual(state.services, { new: { list: ["a"] } })
    assert.deepStrictEqual(standard.users, [
      { id: 42, enablednd: 0 },
      { id: 43, enablednd: 0 }
    ])
  })

  it("refuse a key that nobody would read", () => {
    assert.throws(() => storedState(standard, { juggling: true }), /given has `juggling`/)
  })

  it("refuse a patch of what is not there", () => {
    assert.throws(() => storedState(standard, { patch: { "users.99.enablednd": 1 } }), /there is no 99/)
    assert.throws(() => storedState(standard, { patch: { "context_separation.x": 1 } }), /has nothing inside/)
  })

  it("get objects added, to lists and to maps", () => {
    assert.deepStrictEqual(changed(standard, { ...nothing, add: { users: { id: 46 } } }).users, [
      { id: 42, enablednd: 0 },
      { id: 43, enablednd: 0 },
      { id: 46 }
    ])
    assert.deepStrictEqual(changed(standard, { ...nothing, add: { userstatus: { other: {} } } }).userstatus, {
      xivo: { away: { actions: {} } },
      other: {}
    })
    assert.deepStrictEqual(changed(standard, { ...nothing, add: { meetmes: [{ id: 1 }, { id: 2 }] } }).meetmes, [
      { id: 1 },
      { id: 2 }
    ])
  })

  it("lose objects by id, by key, by name and by their values", () => {
    const without = (remove: JsonObject): JsonObject => changed(standard, { ...nothing, remove })
    assert.deepStrictEqual(without({ users: 42 }).users, [{ id: 43, enablednd: 0 }])
    assert.deepStrictEqual(without({ users: ["42", 43] }).users, [])
    assert.deepStrictEqual(without({ userstatus: "xivo" }).userstatus, {})
    assert.deepStrictEqual(without({ queuemembers: "Agent/2001,sales" }).queuemembers, [
      { queue: "support", member: "Agent/2001", penalty: 2 }
    ])
    assert.deepStrictEqual(without({ queuemembers: { queue: "support" } }).queuemembers, [
      { queue: "sales", member: "Agent/2001", penalty: 0 }
    ])
    assert.throws(() => without({ spaceships: 1 }), /no such list/)
  })
})
