import { assert, describe, it } from "@effect/vitest"
import type { Json, JsonObject } from "./json.ts"
import { isComplete, judge } from "./judge.ts"
import type { ActionRecord, ConnectionRecord, Received, Recording } from "./recording.ts"
import { expectationsOf } from "./vector_expect.ts"

const got = (message: JsonObject, change: Partial<Received> = {}): Received => ({
  message,
  after: 1,
  setup: false,
  xml: null,
  ...change
})

const connection = (
  name: string,
  received: ReadonlyArray<Received>,
  change: Partial<ConnectionRecord> = {}
): ConnectionRecord => ({ name, session: name !== "cti:new", received, closed: false, encrypted: false, ...change })

const did = (headers: ReadonlyArray<readonly [string, string]>, change: Partial<ActionRecord> = {}): ActionRecord => ({
  headers,
  after: 1,
  setup: false,
  ...change
})

const recording = (change: Partial<Recording>): Recording => ({
  connections: [],
  events: [],
  ports: [],
  actions: [],
  members: [],
  agents: new Map([["2001", 7]]),
  lastSender: null,
  ...change
})

const expectations = (...items: ReadonlyArray<Json>) => items.flatMap((item, index) => expectationsOf(item, `expect[${index}]`))

/** How many expectations are not met. */
const failures = (came: Recording, ...items: ReadonlyArray<Json>): number => judge(expectations(...items), came).length

const a = got({ class: "a", n: 1 })
const a2 = got({ class: "a", n: 2 })
const b = got({ class: "b" })
const on42 = (...received: ReadonlyArray<Received>): Recording => recording({ connections: [connection("cti:42", received)] })

describe("messages to clients", () => {
  it("must come in the order of the expectations, with others in between", () => {
    const came = on42(b, a, b, a2)
    assert.strictEqual(failures(came, { to: "cti:42", msg: { class: "a" } }, { to: "cti:42", msg: { class: "a" } }), 0)
    assert.strictEqual(failures(came, { to: "cti:42", msg: { n: 1 } }, { to: "cti:42", msg: { n: 2 } }), 0)
    assert.strictEqual(failures(came, { to: "cti:42", msg: { n: 2 } }, { to: "cti:42", msg: { n: 1 } }), 1)
    assert.strictEqual(failures(on42(a), { to: "cti:42", msg: { class: "a" } }, { to: "cti:42", msg: { class: "a" } }), 1)
  })

  it("have an order only inside one addressee", () => {
    const came = on42(a, b)
    assert.strictEqual(failures(came, { to: "all", msg: { class: "b" } }, { to: "cti:42", msg: { class: "a" } }), 0)
  })

  it("to all must reach every session, and no other connection is asked", () => {
    const both = recording({ connections: [connection("cti:42", [a]), connection("cti:43", [a]), connection("cti:new", [])] })
    const one = recording({ connections: [connection("cti:42", [a]), connection("cti:43", [b])] })
    assert.strictEqual(failures(both, { to: "all", msg: { class: "a" } }), 0)
    assert.deepStrictEqual(judge(expectations({ to: "all", msg: { class: "a" } }), one), [
      { expected: '{"to":"all","msg":{"class":"a"}}', came: 'only "b" on cti:43' }
    ])
    assert.strictEqual(failures(recording({}), { to: "all", msg: { class: "a" } }), 1)
  })

  it("to a user with several sessions need to reach one of them, but are counted on all", () => {
    const came = recording({ connections: [connection("cti:43", [a]), connection("cti:43", [a]), connection("cti:42", [])] })
    assert.strictEqual(failures(came, { to: "cti:43", msg: { class: "a" } }), 0)
    assert.strictEqual(failures(came, { to: "cti:43", count: 2, msg: { class: "a" } }), 0)
    assert.strictEqual(failures(came, { to: "cti:43", count: 1, msg: { class: "a" } }), 1)
  })

  it("to all are counted on each session or on all together", () => {
    const once = recording({ connections: [connection("cti:42", [a]), connection("cti:43", [a])] })
    const twice = recording({ connections: [connection("cti:42", [a, a]), connection("cti:43", [a])] })
    assert.strictEqual(failures(once, { to: "all", count: 1, msg: { class: "a" } }), 0)
    assert.strictEqual(failures(once, { to: "all", count: 2, msg: { class: "a" } }), 0)
    assert.strictEqual(failures(twice, { to: "all", count: 1, msg: { class: "a" } }), 1)
    assert.strictEqual(failures(once, { to: "all", count: 0, msg: { class: "b" } }), 0)
    assert.strictEqual(failures(once, { to: "all", count: 0, msg: { class: "a" } }), 1)
  })

  it("with last are compared with the last of that class", () => {
    assert.strictEqual(failures(on42(a, a2, b), { to: "cti:42", last: true, msg: { class: "a", n: 2 } }), 0)
    assert.strictEqual(failures(on42(a2, a, b), { to: "cti:42", last: true, msg: { class: "a", n: 2 } }), 1)
    assert.strictEqual(failures(on42(b), { to: "cti:42", last: true, msg: { class: "a" } }), 1)
  })

  it("listed together come one after the other, or in any order when unordered", () => {
    const msgs = [{ n: 2 }, { class: "a" }]
    assert.strictEqual(failures(on42(a, a2), { to: "cti:42", msgs }), 1)
    assert.strictEqual(failures(on42(a, a2), { to: "cti:42", msgs, unordered: true }), 0)
    assert.strictEqual(failures(on42(a2, b), { to: "cti:42", msgs, unordered: true }), 1)
  })

  it("may be asked for after a number of sends", () => {
    assert.strictEqual(failures(on42(a), { to: "cti:42", after: 1, msg: { class: "a" } }), 0)
    assert.strictEqual(failures(on42(a), { to: "cti:42", after: 2, msg: { class: "a" } }), 1)
  })

  it("may be asked for by class, listname and function alone", () => {
    const came = on42(got({ class: "getlist", listname: "users", function: "listid", list: [] }))
    assert.strictEqual(failures(came, { to: "cti:42", class: "getlist", listname: "users", count: 1 }), 0)
    assert.strictEqual(failures(came, { to: "cti:42", class: "getlist", listname: "phones" }), 1)
  })

  it("are looked into where they carry a sheet", () => {
    const came = on42(got({ class: "sheet" }, { xml: '<internal name="where">dial</internal>' }))
    assert.strictEqual(failures(came, { to: "cti:42", msg: { class: "sheet" }, xml_contains: ['name="where"', "dial"] }), 0)
    assert.strictEqual(failures(came, { to: "cti:42", msg: { class: "sheet" }, xml_contains: ["link"] }), 1)
    assert.strictEqual(failures(came, { to: "cti:42", msg: { class: "sheet" }, xml_not_contains: ["dial"] }), 1)
    assert.strictEqual(
      failures(on42(got({ class: "sheet" })), { to: "cti:42", msg: { class: "sheet" }, xml_contains: ["x"] }),
      1
    )
  })

  it("of a connection that is not there are missing", () => {
    assert.deepStrictEqual(
      judge(expectations({ to: "cti:99", msg: { class: "a" } }), on42(a))[0]?.came,
      "there is no such connection"
    )
  })
})

describe("nothing", () => {
  it("means no message to anybody and no action", () => {
    assert.strictEqual(failures(on42(), { to: "none" }), 0)
    assert.strictEqual(failures(on42(a), { to: "none" }), 1)
    assert.strictEqual(failures(recording({ actions: [did([["Action", "Hangup"]])] }), { to: "none" }), 1)
  })

  it("does not count what another expectation asks for", () => {
    assert.strictEqual(failures(on42(a), { to: "cti:42", msg: { class: "a" } }, { to: "none" }), 0)
    assert.strictEqual(failures(on42(a, a2), { to: "none" }, { to: "cti:42", msg: { class: "a" } }), 1)
  })

  it("does not count what set up the state, nor pings, lists and resync actions", () => {
    const quiet = recording({
      connections: [connection("cti:42", [got({ class: "a" }, { setup: true })])],
      actions: [did([["Action", "Ping"]]), did([["Action", "QueueStatus"]]), did([["Action", "Hangup"]], { setup: true })]
    })
    assert.strictEqual(failures(quiet, { to: "none" }), 0)
    assert.strictEqual(failures(quiet, { to: "none", conn: "ami:Ping" }), 0)
    assert.strictEqual(failures(quiet, { to: "none", conn: "ami:QueueStatus" }), 1)
  })

  it("may be asked of one connection, class, list, shape or time", () => {
    const came = recording({
      connections: [
        connection("cti:42", [a]),
        connection("cti:43", [got({ class: "getlist", listname: "users", tid: "42" }, { after: 3 })])
      ]
    })
    assert.strictEqual(failures(came, { to: "none", conn: "cti:43", class: "a" }), 0)
    assert.strictEqual(failures(came, { to: "none", class: "a" }), 1)
    assert.strictEqual(failures(came, { to: "none", conn: "cti:43", class: "getlist", listname: "phones" }), 0)
    assert.strictEqual(failures(came, { to: "none", conn: "cti:43", listname: "users" }), 1)
    assert.strictEqual(failures(came, { to: "none", conn: "cti:43", after: 4 }), 0)
    assert.strictEqual(failures(came, { to: "none", conn: "cti:43", after: 3 }), 1)
    assert.strictEqual(failures(came, { to: "cti:43", not_class_with: { class: "getlist", tid: "43" } }), 0)
    assert.strictEqual(failures(came, { to: "cti:43", not_class_with: { class: "getlist", tid: "42" } }), 1)
    assert.strictEqual(failures(came, { to: "none", conn: "all", not_class_with: { tid: "42" } }), 1)
  })

  it("narrowed to an action asks for that one only", () => {
    const came = recording({ actions: [did([["Action", "QueuePause"]], { after: 1 })] })
    assert.strictEqual(failures(came, { to: "none", conn: "ami:queuepause" }), 1)
    assert.strictEqual(failures(came, { to: "none", conn: "ami:QueueLog" }), 0)
    assert.strictEqual(failures(came, { to: "none", conn: "ami" }), 1)
    assert.strictEqual(failures(came, { to: "none", conn: "ami", after: 2 }), 0)
    assert.strictEqual(failures(came, { to: "none", class: "getlist" }), 0)
  })
})

describe("actions to Asterisk", () => {
  const pause = did([
    ["action", "QueuePause"],
    ["Interface", "SIP/x"],
    ["Paused", "True"]
  ])
  const exact = (...headers: ReadonlyArray<readonly [string, string]>): Json => ({ to: "ami", action: headers })

  it("are compared header by header in order", () => {
    const came = recording({ actions: [pause] })
    assert.strictEqual(failures(came, exact(["Action", "QueuePause"], ["Interface", "SIP/x"], ["Paused", "True"])), 0)
    assert.strictEqual(failures(came, exact(["Action", "QueuePause"], ["Paused", "True"], ["Interface", "SIP/x"])), 1)
    assert.strictEqual(failures(came, exact(["Action", "QueuePause"], ["Interface", "SIP/x"])), 1)
    assert.strictEqual(failures(came, exact(["Action", "QueuePause"], ["Interface", "<ci:sip/X>"], ["Paused", "True"])), 0)
  })

  it("come in the order of the expectations", () => {
    const first = did([["Action", "Setvar"]])
    const second = did([["Action", "Redirect"]])
    const came = recording({ actions: [first, pause, second] })
    assert.strictEqual(failures(came, exact(["Action", "Setvar"]), exact(["Action", "Redirect"])), 0)
    assert.strictEqual(failures(came, exact(["Action", "Redirect"]), exact(["Action", "Setvar"])), 1)
  })

  it("may be given as a subset with variables, counted, or by the last", () => {
    const dial = (channel: string): ActionRecord =>
      did([
        ["Action", "Originate"],
        ["Channel", channel],
        ["Variable", "A=1"],
        ["Variable", "B=2"]
      ])
    const came = recording({ actions: [dial("SIP/a"), dial("SIP/b")] })
    const subset = (more: Record<string, Json>): Json => ({ to: "ami", action_subset: { Action: "Originate" }, ...more })
    assert.strictEqual(failures(came, subset({ variables: ["B=2", "A=1"] })), 0)
    assert.strictEqual(failures(came, subset({ variables: ["A=1", "A=1"] })), 1)
    assert.strictEqual(failures(came, subset({ count: 2 })), 0)
    assert.strictEqual(failures(came, subset({ count: 1 })), 1)
    assert.strictEqual(failures(came, { to: "ami", action_subset: { Action: "Originate", Channel: "SIP/a" }, last: true }), 1)
    assert.strictEqual(failures(came, { to: "ami", action_subset: { Action: "Originate", Channel: "SIP/b" }, last: true }), 0)
    assert.strictEqual(failures(came, { to: "ami", action_subset: { Action: "Originate", Exten: "<absent>" } }), 0)
    assert.strictEqual(failures(came, { to: "ami", action_subset: { Action: "Originate", Exten: "1" } }), 1)
  })
})

describe("agents", () => {
  const queue = (action: string, name: string, more: ReadonlyArray<readonly [string, string]>): ActionRecord =>
    did([["Action", action], ["Queue", name], ...more])
  const login = [
    ["Interface", "Local/1001@ctx-a"],
    ["MemberName", "Agent/2001"]
  ] as const

  it("log in with their first queue, whatever their number of queues", () => {
    const came = recording({ actions: [queue("QueueAdd", "support", login), queue("QueueAdd", "sales", login)] })
    const expected = { to: "agent-login", agent_id: 7, extension: "1001", context: "ctx-a" }
    assert.strictEqual(failures(came, expected), 0)
    assert.strictEqual(failures(came, { ...expected, count: 1 }), 0)
    assert.strictEqual(failures(came, { ...expected, extension: "1002" }), 1)
    assert.strictEqual(failures(came, { to: "none", conn: "agent-login" }), 1)
    assert.strictEqual(failures(came, { to: "none", conn: "agent-logoff" }), 0)
  })

  it("log off with their last queue, known by the interface that they had", () => {
    const members = ["support", "sales"].map((name) => ({
      queue: name,
      interface: "Local/id-7@agentcallback",
      name: "Agent/2001"
    }))
    const leave = (name: string): ActionRecord => queue("QueueRemove", name, [["Interface", "Local/id-7@agentcallback"]])
    const expected = { to: "agent-logoff", agent_id: 7 }
    assert.strictEqual(failures(recording({ members, actions: [leave("support")] }), expected), 1)
    assert.strictEqual(failures(recording({ members, actions: [leave("support"), leave("sales")] }), expected), 0)
  })
})

describe("closing", () => {
  const came = recording({
    connections: [connection("cti:42", [], { closed: true }), connection("cti:43", [])],
    lastSender: "cti:43"
  })

  it("is asked of the named connection, else of the one that sent last", () => {
    assert.strictEqual(failures(came, { to: "closed", conn: "cti:42" }), 0)
    assert.strictEqual(failures(came, { to: "closed" }), 1)
    assert.strictEqual(failures(came, { to: "closed", conn: "cti:44" }), 1)
  })
})

describe("waiting for what must come", () => {
  it("is over when nothing is missing, whatever must not come", () => {
    assert.isFalse(isComplete(expectations({ to: "cti:42", msg: { class: "a" } }, { to: "none", class: "b" }), on42(b)))
    assert.isTrue(isComplete(expectations({ to: "cti:42", msg: { class: "a" } }, { to: "none", class: "b" }), on42(b, a)))
  })
})

describe("side ports", () => {
  const port = (name: "webi" | "info", lines: ReadonlyArray<string>, closed = true, after = 0) => ({
    port: name,
    lines,
    closed,
    after
  })
  const help = recording({ ports: [port("info", ["", "help", "XIVO-INFO:OK"], false)] })

  it("say lines: all, the first, the last, or texts among them", () => {
    for (const expected of [
      { lines: ["", "help", "XIVO-INFO:OK"] },
      { lines: ["", "<starts:he>", "<ci:xivo-info:ok>"] },
      { first_line: "", last_line: "XIVO-INFO:OK" },
      { contains: ["elp", "OK"], not_contains: ["KO"] }
    ]) {
      assert.strictEqual(failures(help, { to: "info", ...expected }), 0, JSON.stringify(expected))
    }
    for (const expected of [
      { lines: ["", "help"] },
      { first_line: "help" },
      { last_line: "XIVO-INFO:KO" },
      { contains: ["elp", "KO"] },
      { not_contains: ["help"] }
    ]) {
      assert.strictEqual(failures(help, { to: "info", ...expected }), 1, JSON.stringify(expected))
    }
    assert.strictEqual(failures(help, { to: "webi", contains: ["help"] }), 1)
    assert.strictEqual(failures(help, { to: "info", contains: ["help"], after: 1 }), 1)
  })

  it("on several connections: one says what is expected, none what is not", () => {
    const came = recording({ ports: [port("info", ["a"]), port("info", ["b"])] })
    assert.strictEqual(failures(came, { to: "info", lines: ["b"] }, { to: "info", lines: ["a"] }), 0)
    assert.strictEqual(failures(came, { to: "info", lines: ["b"], not_contains: ["a"] }), 1)
  })

  it("are closed when all connections to them are, and there was one", () => {
    const both = recording({ ports: [port("webi", []), port("webi", [])], lastSender: "webi" })
    const one = recording({ ports: [port("webi", []), port("webi", [], false)], lastSender: "webi" })
    assert.strictEqual(failures(both, { to: "closed", conn: "webi" }, { to: "closed" }), 0)
    assert.strictEqual(failures(one, { to: "closed", conn: "webi" }), 1)
    assert.strictEqual(failures(one, { to: "closed" }), 1)
    assert.strictEqual(failures(recording({}), { to: "closed", conn: "webi" }), 1)
  })

  it("say nothing where nothing is expected, but for the answers of the info port", () => {
    const came = recording({ ports: [port("webi", ["x"], true, 1), port("info", ["XIVO-INFO:OK"])] })
    assert.deepStrictEqual(judge(expectations({ to: "none", conn: "webi" }), came), [
      { expected: '{"to":"none","conn":"webi"}', came: 'webi said ["x"]' }
    ])
    assert.strictEqual(failures(came, { to: "none" }), 1)
    assert.strictEqual(failures(came, { to: "none", conn: "webi", after: 2 }), 0)
    assert.strictEqual(failures(help, { to: "none" }), 0)
    assert.strictEqual(failures(help, { to: "none", conn: "info" }), 1)
  })
})

describe("an event told to the program around", () => {
  const event = { event: "call_form_result", data: { user_id: "42", variables: { note: "ok" } }, after: 1, setup: false }
  const complaints = (expected: Json): number => failures(recording({ events: [event] }), expected)

  it("is expected by its name and its data", () => {
    assert.strictEqual(complaints({ to: "bus", event: "call_form_result", data: { user_id: "42" } }), 0)
    assert.strictEqual(complaints({ to: "bus", event: "call_form_result", data: { user_id: "43" } }), 1)
    assert.strictEqual(complaints({ to: "bus", event: "chitchat" }), 1)
  })

  it("is one too many where none is expected", () => {
    assert.strictEqual(complaints({ to: "none", conn: "bus" }), 1)
    assert.strictEqual(complaints({ to: "none", conn: "bus", after: 2 }), 0)
  })
})
