import { assert, describe, it } from "@effect/vitest"
import { changeLines } from "./changes.ts"
import { boardJson } from "./json.ts"
import { board, identity } from "./sample_fixture.ts"

const change = <Id, Item>(items: ReadonlyMap<Id, Item>, id: Id, changes: Partial<Item>): ReadonlyMap<Id, Item> => {
  const item = items.get(id)
  assert.isDefined(item)
  return item === undefined ? items : new Map(items).set(id, { ...item, ...changes })
}

describe("changeLines", () => {
  it("says nothing of a board that reads the same", () => {
    assert.deepEqual(changeLines(board, board, identity), [])
    assert.deepEqual(
      changeLines(board, { ...board, phones: change(board.phones, "10", { identity: "PJSIP/other" }) }, identity),
      []
    )
  })

  it("says what was and what is, a line each", () => {
    const after = {
      ...board,
      users: change(change(board.users, "1", { presence: "away" }), "2", { doNotDisturb: false }),
      phones: change(board.phones, "11", { hint: 0 }),
      agents: change(board.agents, "7", { availability: "logged_out", extension: null }),
      queuemembers: change(board.queuemembers, "Agent/8001,support", { paused: false, status: 2 }),
      voicemails: change(board.voicemails, "3", { newMessages: 2 })
    }
    assert.deepEqual(changeLines(board, after, identity), [
      "Bob Duval: Away (do not disturb, forwards to 1003) -> Away (forwards to 1003)",
      "Alice Martin: Available -> Away",
      "phone 1002 (Bob Duval): Ringing -> Idle",
      "agent 8001 Alice Martin: available at 1001 -> logged out",
      "queue Support, 8001 Alice Martin: paused, idle -> in use",
      "voicemail 1001: 1 new message -> 2 new messages"
    ])
  })

  it("tells what came and what went", () => {
    const users = new Map([...board.users].filter(([id]) => id !== "2"))
    assert.deepEqual(changeLines(board, { ...board, users }, identity), ["Bob Duval: gone"])
    assert.deepEqual(changeLines({ ...board, users }, board, identity), ["Bob Duval: Away (do not disturb, forwards to 1003)"])
  })
})

describe("boardJson", () => {
  it("lists what is on the board, with ids as text and words for the states", () => {
    const json = JSON.parse(JSON.stringify(boardJson(board, identity)))
    assert.deepEqual(Object.keys(json), ["userId", "users", "phones", "agents", "queues", "queueMembers", "voicemails"])
    assert.deepInclude(json.users[1], { id: "1", fullName: "Alice Martin", presence: "available", presenceText: "Available" })
    assert.deepInclude(json.phones[0], { id: "11", number: "1002", hint: 8, hintText: "Ringing" })
    assert.deepInclude(json.agents[0], { number: "8001", availability: "available", queueIds: ["5"] })
    assert.deepInclude(json.queueMembers[0], { queueName: "support", paused: true, statusText: "paused, idle" })
  })
})
