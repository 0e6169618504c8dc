import { assert, describe, it } from "@effect/vitest"
import { type DirectoryData, snapshotOf } from "../directory/directory.ts"
import { sampleData } from "../testdata/sample_directory.ts"
import { type AgiWorld, agiAnswer } from "./agi_answers.ts"
import type { AgiRequest } from "./fast_agi.ts"

const worldOf = (changes: Partial<DirectoryData> = {}, presences: Readonly<Record<number, string>> = {}): AgiWorld => ({
  directory: snapshotOf({ ...sampleData, ...changes }),
  presence: (id) => presences[id] ?? "disconnected",
  connected: (id) => id in presences
})

const request = (
  script: string,
  args: ReadonlyArray<string> = [],
  values: Readonly<Record<string, string>> = {}
): AgiRequest => ({
  script,
  args,
  get: (name) => values[name] ?? ""
})

describe("presence", () => {
  it("counts the connected people in each presence of each group", () => {
    const [group] = sampleData.presenceGroups
    const other = { name: "other", presences: new Map(group === undefined ? [] : [...group.presences].slice(0, 1)) }
    const world = worldOf(
      { presenceGroups: [...sampleData.presenceGroups, other] },
      { 1: "away", 2: "away", 3: "available", 5: "away", 7: "gone from the group" }
    )
    assert.deepStrictEqual(agiAnswer(world, request("presence", ["any"])), [
      {
        name: "XIVO_PRESENCE",
        value: '{"g":{"available":1,"away":2,"donotdisturb":0,"disconnected":0},"other":{"available":0}}'
      }
    ])
  })

  it("needs an argument", () => {
    assert.deepStrictEqual(agiAnswer(worldOf(), request("presence")), [])
  })
})

describe("callerid_extend", () => {
  it("tells the type of number, where Asterisk knows it", () => {
    assert.deepStrictEqual(agiAnswer(worldOf(), request("callerid_extend", [], { agi_callington: "33" })), [
      { name: "XIVO_SRCTON", value: "33" }
    ])
    assert.deepStrictEqual(agiAnswer(worldOf(), request("callerid_extend")), [])
  })
})

describe("callerid_forphones", () => {
  const lines = sampleData.lines.map((line) => (line.id === 20 ? { ...line, callerId: '"Bob B." <0123>' } : line))
  const users = sampleData.users.map((user) => (user.id === 3 ? { ...user, mobilePhoneNumber: "0600" } : user))
  const world = worldOf({ lines, users })
  const caller = (values: Readonly<Record<string, string>>, ...args: ReadonlyArray<string>) => {
    const answer = agiAnswer(world, request("callerid_forphones", args, values))
    return answer.map(({ name, value }) => `${name}=${value}`)
  }
  const named = (name: string, number: string): ReadonlyArray<string> => [
    `CALLERID(all)="${name}" <${number}>`,
    `CALLERID(name)=${name}`,
    `CALLERID(number)=${number}`
  ]

  it("takes the calling phone's own caller id, else the name of its owner", () => {
    const from = (channel: string) => caller({ agi_channel: channel, agi_callerid: "1", agi_calleridname: "unknown" })
    assert.deepStrictEqual(from("PJSIP/1002-0000002a"), named("Bob B.", "0123"))
    assert.deepStrictEqual(from("PJSIP/1001-0000002a"), named("alice", "1001"))
    assert.deepStrictEqual(from("pjsip/1001-0000002a;2"), named("alice", "1001"))
  })

  it("looks a number up in the caller's context, then in that of who is called", () => {
    const outside = { agi_channel: "PJSIP/trunk-00000001", agi_callerid: "1002", agi_calleridname: "1002" }
    assert.deepStrictEqual(caller({ ...outside, agi_context: "a" }), named("Bob B.", "0123"))
    assert.deepStrictEqual(caller({ ...outside, agi_context: "from-outside" }, "1"), named("Bob B.", "0123"))
    const mobile = { ...outside, agi_callerid: "0600", agi_calleridname: "unknown", agi_context: "from-outside" }
    assert.deepStrictEqual(caller(mobile, "3"), named("carol", "0600"))
  })

  it("knows nobody of another company", () => {
    const outside = { agi_channel: "PJSIP/trunk-00000001", agi_callerid: "1002", agi_calleridname: "1002", agi_context: "b" }
    assert.deepStrictEqual(caller(outside, "3"), [])
    assert.deepStrictEqual(caller({ ...outside, agi_callerid: "0600", agi_calleridname: "0600", agi_context: "a" }, "1"), [])
  })

  it("leaves a name alone that Asterisk has, and a caller of whom nothing is known", () => {
    const channel = "PJSIP/1001-0000002a"
    assert.deepStrictEqual(caller({ agi_channel: channel, agi_callerid: "1001", agi_calleridname: "Somebody" }), [])
    assert.deepStrictEqual(caller({ agi_callerid: "unknown", agi_calleridname: "unknown", agi_context: "a" }), [])
    assert.deepStrictEqual(caller({ agi_callerid: "", agi_calleridname: "", agi_context: "a" }), [])
    assert.deepStrictEqual(caller({ agi_callerid: "999", agi_calleridname: "999", agi_context: "a" }, "404"), [])
  })

  it("lets no name end the quotes or begin a number", () => {
    const evil = sampleData.users.map((user) => (user.id === 1 ? { ...user, fullName: 'Eve" <0>\\' } : user))
    const answer = agiAnswer(
      worldOf({ users: evil }),
      request("callerid_forphones", [], { agi_channel: "PJSIP/1001-1", agi_callerid: "1", agi_calleridname: "1" })
    )
    assert.deepStrictEqual(answer[0], { name: "CALLERID(all)", value: "\"Eve' '0''\" <1001>" })
  })
})

describe("a function that nobody knows", () => {
  it.each(["", "toString", "PRESENCE", "presence/x"])("%j sets nothing", (script) => {
    assert.deepStrictEqual(agiAnswer(worldOf(), request(script, ["x"])), [])
  })
})
