import { assert, describe, it } from "@effect/vitest"
import { needsOf } from "./capability.ts"
import type { Json } from "./json.ts"
import { readVectors } from "./vector.ts"

const needs = (change: Record<string, Json>): ReadonlyArray<string> => {
  const { vectors } = readVectors("some", [{ name: "case", area: "some", expect: [{ to: "none" }], ...change }])
  return vectors.flatMap((vector) => [...needsOf(vector)])
}
const sending = (msg: Json): ReadonlyArray<string> => needs({ send: [{ via: "cti:42", msg }] })
const event = (msg: Json): ReadonlyArray<string> => needs({ send: [{ via: "ami", msg }] })

describe("what a vector needs", () => {
  it("is nothing more for sign-in, presence, lists, services and agents", () => {
    assert.deepStrictEqual(sending({ class: "login_id", userlogin: "blue" }), [])
    assert.deepStrictEqual(sending({ class: "getlist", function: "listid", listname: "queuemembers" }), [])
    assert.deepStrictEqual(sending({ class: "ipbxcommand", command: "agentlogin" }), [])
    assert.deepStrictEqual(sending({ class: "dance" }), [])
    assert.deepStrictEqual(sending({ class: "starttls", status: true }), [])
    assert.deepStrictEqual(event({ Event: "ExtensionStatus", Hint: "SIP/a", Status: "1" }), [])
    assert.deepStrictEqual(event({ Event: "UserEvent", UserEvent: "AgentLogin", AgentID: "7" }), [])
    assert.deepStrictEqual(needs({ given: { starttls: false, context_separation: true, agents_logged: {} } }), [])
    assert.deepStrictEqual(
      needs({ expect: [{ to: "ami", action_subset: { Action: "Originate", Application: "ChanSpy" } }] }),
      []
    )
  })

  it("is seen in what is sent, also where nothing is expected", () => {
    assert.deepStrictEqual(sending({ class: "direct_transfer", number: "1" }), ["calls"])
    assert.deepStrictEqual(sending({ class: "ipbxcommand", command: "dial" }), ["calls"])
    assert.deepStrictEqual(sending({ class: "subscribe", message: "queueentryupdate" }), ["queue entries"])
    assert.deepStrictEqual(sending({ class: "people_headers" }), ["directories"])
    assert.deepStrictEqual(sending({ class: "getlist", function: "listid", listname: "meetmes" }), ["conferences"])
    assert.deepStrictEqual(needs({ send: [{ via: "cti:42", raw: '{"class":"faxsend"}\n{"class":"keepalive"}\n' }] }), ["fax"])
    assert.deepStrictEqual(event({ Event: "MeetmeJoin", Meetme: "9999" }), ["conferences"])
    assert.deepStrictEqual(event({ Event: "userevent", UserEvent: "FaxProgress" }), ["fax"])
  })

  it("is seen in ports, in the state and in what is expected", () => {
    assert.deepStrictEqual(
      needs({ send: [{ via: "webi", raw: "xivo[queue,edit,5]" }], expect: [{ to: "closed", conn: "webi" }] }),
      []
    )
    assert.deepStrictEqual(needs({ send: [{ via: "webi", raw: "xivo[meetme,edit,5]" }] }), ["conferences"])
    assert.deepStrictEqual(needs({ send: [{ via: "database", patch: { "users.42.lastname": "x" } }] }), [])
    assert.deepStrictEqual(needs({ send: [{ via: "database", add: { meetmes: {} } }] }), ["conferences"])
    assert.deepStrictEqual(needs({ send: [{ via: "info", raw: "help\n" }], expect: [{ to: "info", lines: [] }] }), [])
    assert.deepStrictEqual(needs({ given: { starttls: true } }), [])
    assert.deepStrictEqual(needs({ given: { queue_stats_subscribers: [43] } }), ["queue statistics"])
    assert.deepStrictEqual(needs({ send: [{ via: "state", set: { current_calls: {} } }] }), ["calls"])
    assert.deepStrictEqual(needs({ send: [{ via: "state", set: { presence: {} } }] }), [])
    assert.deepStrictEqual(needs({ send: [{ via: "state", set: { users: [] } }] }), [])
    assert.deepStrictEqual(needs({ expect: [{ to: "bus", event: "x" }] }), [])
    assert.deepStrictEqual(needs({ expect: [{ to: "all", msg: { class: "getqueuesstats" } }] }), ["queue statistics"])
    assert.deepStrictEqual(needs({ expect: [{ to: "ami", action: [["Action", "Redirect"]] }] }), ["calls"])
    assert.deepStrictEqual(
      needs({ expect: [{ to: "ami", action: [["Action", "Command"], ["Command", "devstate change Custom:*73542***225 INUSE"]] }] }), // biome-ignore format: one line reads better
      ["lamps"]
    )
  })
})
