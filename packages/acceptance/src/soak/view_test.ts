import { assert, describe, it } from "vitest"
import type { Message } from "./heard_line.ts"
import { Changes, View } from "./view.ts"

const listed = (fn: string, list: ReadonlyArray<string>): Message => ({
  class: "getlist",
  function: fn,
  listname: "users",
  list
})
const config = (tid: string, fields: object): Message => ({
  class: "getlist",
  function: "updateconfig",
  listname: "users",
  tid,
  config: fields
})
const status = (tid: string, fields: object): Message => ({
  class: "getlist",
  function: "updatestatus",
  listname: "users",
  tid,
  status: fields
})

const changes = new Changes()
const viewOf = (...messages: ReadonlyArray<Message>): View => {
  const view = new View(changes)
  for (const message of messages) view.apply(message)
  return view
}

describe("a client's view", () => {
  it("asks for what it is told to exist", () => {
    const view = new View(changes)
    assert.deepStrictEqual(view.apply(listed("addconfig", ["9"])), [], "of a list that it never asked for")
    assert.deepStrictEqual(view.apply(listed("listid", ["1"])), [{ list: "users", id: "1" }])
    assert.deepStrictEqual(view.apply(listed("addconfig", ["2"])), [{ list: "users", id: "2" }])
  })

  it("is the same however the same was told, in one piece or several, as a number or as true", () => {
    const once = viewOf(
      listed("listid", ["1"]),
      config("1", { enablednd: 1, firstname: "a" }),
      status("1", { availstate: "x" })
    )
    const pieces = viewOf(
      listed("listid", ["1", "2"]),
      config("1", { firstname: "a", enablednd: false }),
      status("1", { availstate: "y", connection: "yes" }),
      config("1", { enablednd: true }),
      config("2", { firstname: "gone" }),
      listed("delconfig", ["2"]),
      status("1", { availstate: "x" })
    )
    assert.deepStrictEqual(pieces.differences(once, 10), [])
  })

  it("says what it was not told", () => {
    const stale = viewOf(listed("listid", ["1", "2"]), config("1", { firstname: "old" }))
    const fresh = viewOf(listed("listid", ["1", "3"]), config("1", { firstname: "new" }))
    assert.deepStrictEqual(stale.differences(fresh, 10), [
      "users that are there no more: 2",
      "users that it was never told of: 3",
      'config users/1 is {"firstname":"old"}, the server says {"firstname":"new"}'
    ])
  })

  it("notes changes of what is in none of its lists, but not an empty answer", () => {
    const view = viewOf(listed("listid", ["1"]), config("7", { firstname: "who?" }), config("8", {}))
    assert.deepStrictEqual(view.unlisted, ["config users/7"])
  })

  it("keeps a registration only while it may see the object", () => {
    const told: Message = { class: "user_status_update", data: { user_id: 2, status: "away" } }
    const before = viewOf(listed("listid", ["1", "2"]), told, listed("delconfig", ["2"]))
    assert.deepStrictEqual(before.differences(viewOf(listed("listid", ["1"])), 10), [])
    assert.lengthOf(viewOf(listed("listid", ["1", "2"]), told).differences(viewOf(listed("listid", ["1", "2"])), 10), 1)
  })
})
