import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { readMessage } from "./server_message.ts"

const read = (wire: unknown) => readMessage(JSON.stringify(wire)).message
const item = (part: "config" | "status", list: string, tid: unknown, value: unknown) =>
  read({ class: "getlist", function: `update${part}`, listname: list, tipbxid: "xivo", tid, [part]: value, timenow: 1 })

describe("readMessage", () => {
  it("reads a user's config with the flags of either spelling", () => {
    for (const on of [true, 1, "1", "true"]) {
      const message = item("config", "users", "42", { fullname: "Blue Desk", agentid: 7, enablednd: on, linelist: [11, "12"] })
      assert.strictEqual(message._tag, "ItemChanged")
      if (message._tag !== "ItemChanged") return
      assert.deepEqual(message.change, {
        fullName: "Blue Desk",
        agentId: "7",
        doNotDisturb: true,
        phoneIds: ["11", "12"]
      })
    }
  })

  it("tells a broadcast of single keys from a whole config", () => {
    const whole = item("config", "users", "42", { fullname: "Blue Desk", enablednd: 0 })
    const part = item("config", "users", "42", { enablednd: true })
    const nothing = item("config", "users", "42", {})
    assert.deepEqual(
      [whole, part, nothing].map((message) => message._tag === "ItemChanged" && message.answer),
      [true, false, true]
    )
  })

  it("keeps of a forward only what is told", () => {
    const message = item("config", "users", "42", { enableunc: false })
    assert.deepEqual(message._tag === "ItemChanged" && message.change, { unconditional: { enabled: false } })
  })

  it("reads ids that are numbers as text", () => {
    const message = item("status", "agents", 7, { availability: "available", phonenumber: "1001", queues: [5] })
    assert.isTrue(message._tag === "ItemChanged" && message.id === "7")
    assert.deepEqual(message._tag === "ItemChanged" && message.change, {
      availability: "available",
      extension: "1001",
      queueIds: ["5"]
    })
  })

  it("reads hints, message counts and member numbers from text", () => {
    const hint = item("status", "phones", "11", { hintstatus: "-2" })
    const mail = item("status", "voicemails", "3", { new: "2" })
    const member = item("config", "queuemembers", "Agent/2001,support", { paused: "1", penalty: "3", status: "101" })
    assert.deepEqual(hint._tag === "ItemChanged" && hint.change, { hint: -2 })
    assert.deepEqual(mail._tag === "ItemChanged" && mail.change, { newMessages: 2 })
    assert.deepEqual(member._tag === "ItemChanged" && member.change, { paused: true, penalty: 3, status: 101 })
  })

  it("reads a null status as no item", () => {
    const message = item("status", "queuemembers", "x,y", null)
    assert.isTrue(message._tag === "ItemChanged" && message.wire === null && message.answer)
  })

  it("reads the refusals of logins, presences and commands", () => {
    assert.deepEqual(read({ class: "login_pass", error_string: "login_password" }), {
      _tag: "LoginRefused",
      step: "login_pass",
      error: "login_password"
    })
    assert.deepEqual(read({ class: "availstate", error_string: "presence_unreachable:away:lunch" }), {
      _tag: "PresenceRefused",
      from: "away",
      to: "lunch"
    })
    assert.deepEqual(read({ class: "ipbxcommand", error_string: "agent_login_invalid_exten" }), {
      _tag: "CommandRefused",
      class: "ipbxcommand",
      error: "agent_login_invalid_exten"
    })
  })

  it("takes `replyid` as text, whatever it came as", () => {
    assert.strictEqual(readMessage('{"class":"keepalive","replyid":12}').replyId, "12")
    assert.strictEqual(readMessage('{"class":"keepalive","replyid":"12"}').replyId, "12")
    assert.isNull(readMessage('{"class":"keepalive","replyid":null}').replyId)
  })

  it("gives what it does not understand as unknown, with the reason", () => {
    const fault = (line: string) => {
      const { message } = readMessage(line)
      return message._tag === "Unknown" ? message.fault : message._tag
    }
    assert.strictEqual(fault("{"), "not_json")
    assert.strictEqual(fault("[1]"), "not_an_object")
    assert.strictEqual(fault("null"), "not_an_object")
    assert.strictEqual(fault('{"x":1}'), "no_class")
    assert.strictEqual(fault('{"class":"sheet"}'), "unknown_class")
    assert.strictEqual(fault('{"class":"login_id"}'), "bad_fields")
    assert.strictEqual(
      fault('{"class":"getlist","function":"updateconfig","listname":"users","tid":{},"config":{}}'),
      "bad_fields"
    )
    assert.strictEqual(
      fault('{"class":"getlist","function":"updatestatus","listname":"phones","tid":"1","status":[1]}'),
      "bad_fields"
    )
    assert.strictEqual(
      fault('{"class":"getlist","function":"updatestatus","listname":"phones","tid":"1","status":{"hintstatus":"ringing"}}'),
      "bad_fields"
    )
  })

  it("never throws, whatever a line says", () => {
    const classes = fc.constantFrom(
      "getlist",
      "login_id",
      "login_pass",
      "login_capas",
      "availstate",
      "disconnect",
      "user_status_update",
      "ipbxcommand"
    )
    const wire = fc.record(
      {
        class: fc.oneof(classes, fc.anything()),
        function: fc.oneof(fc.constantFrom("listid", "updateconfig", "updatestatus", "addconfig"), fc.jsonValue()),
        listname: fc.oneof(fc.constantFrom("users", "agents", "__proto__", "constructor"), fc.jsonValue()),
        tid: fc.jsonValue(),
        config: fc.jsonValue(),
        status: fc.jsonValue(),
        list: fc.jsonValue(),
        error_string: fc.jsonValue(),
        capas: fc.jsonValue(),
        userid: fc.jsonValue(),
        data: fc.jsonValue()
      },
      { requiredKeys: ["class"] }
    )
    fc.assert(
      fc.property(
        fc.oneof(
          wire.map((value) => JSON.stringify(value)),
          fc.string(),
          fc.json()
        ),
        (line) => {
          assert.isString(readMessage(line).message._tag)
        }
      )
    )
  })
})
