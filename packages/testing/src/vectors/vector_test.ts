import { assert, describe, it } from "@effect/vitest"
import type { Json } from "./json.ts"
import { readVectors, type Vector } from "./vector.ts"

const one = (change: Record<string, Json>): Vector => {
  const { vectors, malformed } = readVectors("some", [
    { name: "case", area: "some", given: {}, send: [], expect: [{ to: "none" }], ...change }
  ])
  const [vector] = vectors
  if (vector === undefined) throw new Error(malformed[0]?.problem)
  return vector
}

const problem = (change: Record<string, Json>): string => {
  const { malformed } = readVectors("some", [
    { name: "case", area: "some", given: {}, send: [], expect: [{ to: "none" }], ...change }
  ])
  return malformed[0]?.problem ?? "none"
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

describe("reading vectors", () => {
  it("makes bytes of messages, raw text and hexadecimal", () => {
    const { send } = one({
      send: [
        { via: "cti:42", msg: { class: "keepalive" } },
        { via: "cti:new", raw: "{\r\n" },
        { via: "cti:new", raw_hex: "7b 7D0a", split_at_byte: 1 }
      ]
    })
    assert.deepStrictEqual(
      send.map((step) => (step._tag === "Bytes" ? [step.connection, text(step.bytes), step.splitAt] : null)),
      [
        ["cti:42", '{"class":"keepalive"}\n', null],
        ["cti:new", "{\r\n", null],
        ["cti:new", "{}\n", 1]
      ]
    )
  })

  it("repeats a header that has several values", () => {
    const { send } = one({ send: [{ via: "ami", msg: { Event: "X", Variable: ["a", "b"], Paused: 1 } }] })
    assert.deepStrictEqual(send[0], {
      _tag: "AmiEvent",
      headers: [
        ["Event", "X"],
        ["Variable", "a"],
        ["Variable", "b"],
        ["Paused", "1"]
      ]
    })
  })

  it("reads the other steps", () => {
    const { send } = one({
      send: [
        { via: "close", conn: "cti:42" },
        { via: "state", set: { presence: {} } },
        { via: "database", remove: { queues: 5 } },
        { via: "webi", raw: "xivo[queue,edit,5]" },
        { via: "tls-client-hello" },
        { via: "function", name: "substitute", value: "a", default: "" }
      ]
    })
    assert.deepStrictEqual(send, [
      { _tag: "Close", connection: "cti:42" },
      { _tag: "State", set: { presence: {} } },
      { _tag: "Database", change: { patch: {}, add: {}, remove: { queues: 5 } } },
      { _tag: "Port", port: "webi", text: "xivo[queue,edit,5]" },
      { _tag: "TlsHandshake", connection: "cti:new" },
      { _tag: "Function", name: "substitute", input: { value: "a", default: "" } }
    ])
  })

  it("reads class, listname and function as narrowing", () => {
    const { expect } = one({
      expect: [{ to: "none", conn: "cti:43", class: "getlist", listname: "users", function: "updatestatus", after: 2 }]
    })
    assert.deepInclude(expect[0], {
      _tag: "None",
      place: { _tag: "Connection", name: "cti:43" },
      shape: { class: "getlist", listname: "users", function: "updatestatus" },
      after: 2
    })
  })

  it("reads not_class_with at its place, beside a message as a second expectation", () => {
    const shape = { class: "getlist", tid: "43" }
    assert.deepInclude(one({ expect: [{ to: "cti:42", not_class_with: shape }] }).expect[0], { _tag: "None", shape })
    assert.deepInclude(one({ expect: [{ to: "none", conn: "all", not_class_with: shape }] }).expect[0], { _tag: "None", shape })
    assert.deepStrictEqual(
      one({ expect: [{ to: "all", msg: { class: "keepalive" }, not_class_with: shape }] }).expect.map((item) => item._tag),
      ["Messages", "None"]
    )
  })

  it("reads several messages and actions narrowed by name", () => {
    const { expect } = one({
      expect: [
        { to: "all", msgs: [{ class: "a" }, { class: "b" }], unordered: true },
        { to: "none", conn: "ami:QueuePause" },
        { to: "agent-login", agent_id: 7 },
        { to: "closed" }
      ]
    })
    assert.deepInclude(expect[0], { _tag: "Messages", patterns: [{ class: "a" }, { class: "b" }], unordered: true })
    assert.deepInclude(expect[1], { _tag: "None", place: { _tag: "Ami", action: "QueuePause" } })
    assert.deepInclude(expect[2], { _tag: "AgentChange", pattern: { agent_id: 7 } })
    assert.deepInclude(expect[3], { _tag: "Closed", connection: null })
  })

  it("says what is wrong with a case and where, and reads the others", () => {
    assert.strictEqual(problem({ send: [{ via: "pigeon" }] }), "send[0].via: this runner does not know `pigeon`")
    assert.strictEqual(
      problem({ expect: [{ to: "cti:42", mesg: {} }] }),
      "expect[0] has `mesg`, which this runner does not know"
    )
    assert.strictEqual(problem({ expect: [{ to: "cti:42" }] }), "expect[0] says no message")
    assert.strictEqual(problem({ expect: [] }), "expect must not be empty")
    assert.strictEqual(problem({ send: [{ via: "cti:42", raw_hex: "abc" }] }), "send[0].raw_hex must be bytes in hexadecimal")
    assert.strictEqual(
      problem({ send: [{ via: "cti:42", raw: "x", split_at_byte: 2 }] }),
      "send[0].split_at_byte is past the end"
    )
    const { vectors, malformed } = readVectors("file", [7, { name: "good", area: "a", expect: [{ to: "none" }] }])
    assert.deepStrictEqual(
      malformed.map((item) => [item.area, item.name]),
      [["file", "case 1 of file"]]
    )
    assert.deepStrictEqual(
      vectors.map((vector) => [vector.name, vector.version]),
      [["good", "2.3"]]
    )
    assert.strictEqual(readVectors("file", {}).malformed[0]?.problem, "the file is not an array of cases")
  })
})
