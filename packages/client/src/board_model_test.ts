import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { BOARD_LISTS, type Board, type BoardList, blankItem } from "./board.ts"
import { BoardModel, mergeItem } from "./board_model.ts"
import { readMessage, type ServerMessage } from "./server_message.ts"

type Wire = Readonly<Record<string, unknown>>

const message = (wire: Wire): ServerMessage => readMessage(JSON.stringify(wire)).message
const ids = (list: string, fn: "listid" | "addconfig" | "delconfig", items: ReadonlyArray<string>) =>
  message({ class: "getlist", function: fn, listname: list, tipbxid: "xivo", list: items })
const item = (part: "config" | "status", list: string, tid: string, value: Wire | null) =>
  message({ class: "getlist", function: `update${part}`, listname: list, tipbxid: "xivo", tid, [part]: value })

/** The same rules, written as plainly as can be: every message in turn, no sharing, no laziness. */
const replay = (messages: ReadonlyArray<ServerMessage>): Record<BoardList, Record<string, unknown>> => {
  const known = Object.fromEntries(BOARD_LISTS.map((list) => [list, new Map<string, { value: object; shown: boolean }>()]))
  for (const one of messages) {
    if (!("list" in one)) continue
    const items = known[one.list]
    if (items === undefined) continue
    const list = one.list as BoardList // it is a key of `known`
    switch (one._tag) {
      case "ItemIds":
        for (const id of items.keys()) if (!one.ids.includes(id)) items.delete(id)
        for (const id of one.ids) if (!items.has(id)) items.set(id, { value: blankItem[list](id), shown: false })
        break
      case "ItemsAdded":
        for (const id of one.ids) if (!items.has(id)) items.set(id, { value: blankItem[list](id), shown: false })
        break
      case "ItemsRemoved":
        for (const id of one.ids) items.delete(id)
        break
      case "ItemChanged": {
        const entry = items.get(one.id)
        if (entry === undefined) break
        const gone = one.part === "config" && one.wire === null
        if (gone && entry.shown) items.set(one.id, { value: blankItem[list](one.id), shown: false })
        else
          items.set(one.id, {
            value: mergeItem(entry.value, one.change),
            shown: entry.shown || (one.part === "config" && !gone)
          })
        break
      }
    }
  }
  return Object.fromEntries(
    BOARD_LISTS.map((list) => [
      list,
      Object.fromEntries([...(known[list] ?? [])].filter(([, { shown }]) => shown).map(([id, { value }]) => [id, value]))
    ])
  ) as Record<BoardList, Record<string, unknown>> // made of all lists
}

const plain = (board: Board): Record<BoardList, Record<string, unknown>> => ({
  users: Object.fromEntries(board.users),
  phones: Object.fromEntries(board.phones),
  agents: Object.fromEntries(board.agents),
  queues: Object.fromEntries(board.queues),
  voicemails: Object.fromEntries(board.voicemails),
  queuemembers: Object.fromEntries(board.queuemembers)
})

const id = fc.constantFrom("1", "2", "3", "constructor")
const list = fc.constantFrom(...BOARD_LISTS)
const userConfig = fc.record(
  {
    fullname: fc.constantFrom("Blue", "Green"),
    enablednd: fc.constantFrom(0, 1, true),
    enableunc: fc.boolean(),
    destunc: fc.constantFrom("", "1002"),
    linelist: fc.constantFrom([], ["11"], ["11", "12"])
  },
  { requiredKeys: [] }
)
const anyChange = fc.oneof(
  fc
    .tuple(fc.constantFrom("config" as const, "status" as const), id, fc.oneof(userConfig, fc.constant({ availstate: "away" })))
    .map(([part, tid, value]) => item(part, "users", tid, value)),
  fc.tuple(id, fc.constantFrom("0", "8")).map(([tid, hintstatus]) => item("status", "phones", tid, { hintstatus })),
  fc.tuple(id, fc.constantFrom("1001", "1002")).map(([tid, number]) => item("config", "phones", tid, { number })),
  fc
    .tuple(id, fc.constantFrom("available", "logged_out"), fc.constantFrom(null, ["incoming", true]))
    .map(([tid, availability, call]) => item("status", "agents", tid, { availability, nonacd_call_status: call })),
  fc.tuple(list, id).map(([name, tid]) => item("config", name, tid, {}))
)
const anyMessage = fc.oneof(
  { weight: 4, arbitrary: anyChange },
  {
    weight: 2,
    arbitrary: fc
      .tuple(list, fc.constantFrom("listid" as const, "addconfig" as const, "delconfig" as const), fc.uniqueArray(id))
      .map(([name, fn, items]) => ids(name, fn, items))
  }
)

describe("BoardModel", () => {
  it("shows an item once it is listed and its config has come, with what was told before", () => {
    const model = new BoardModel()
    model.apply(item("config", "users", "42", { fullname: "Blue" }))
    assert.strictEqual(model.board().users.size, 0)
    model.apply(ids("users", "listid", ["42"]))
    model.apply(item("status", "users", "42", { availstate: "away" }))
    assert.strictEqual(model.board().users.size, 0)
    assert.isTrue(model.apply(item("config", "users", "42", { fullname: "Blue" })))
    assert.strictEqual(model.board().users.get("42")?.presence, "away")
    assert.strictEqual(model.board().users.get("42")?.fullName, "Blue")
  })

  it("says that nothing changed when a broadcast repeats what is known", () => {
    const model = new BoardModel()
    model.apply(ids("agents", "listid", ["7"]))
    model.apply(item("config", "agents", "7", { number: "2001" }))
    const status = item("status", "agents", "7", {
      availability: "available",
      queues: ["5"],
      nonacd_call_status: ["incoming", true]
    })
    assert.isTrue(model.apply(status))
    const board = model.board()
    assert.isFalse(model.apply(status))
    assert.strictEqual(model.board(), board)
  })

  it("asks once for what is listed, and not for what was taken back meanwhile", () => {
    const model = new BoardModel()
    model.apply(ids("users", "listid", ["1", "2"]))
    model.apply(ids("queuemembers", "addconfig", ["Agent/2001,support"]))
    model.apply(ids("users", "delconfig", ["1"]))
    assert.isTrue(model.wanting)
    assert.deepEqual(model.takeWanted(), [
      ["users", "2"],
      ["queuemembers", "Agent/2001,support"]
    ])
    assert.isFalse(model.wanting)
    model.apply(ids("users", "addconfig", ["2"]))
    assert.deepEqual(model.takeWanted(), [])
  })

  it("equals a replay of its messages, and the snapshots taken on the way stay as they were", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyMessage, fc.boolean()), { maxLength: 60 }), (steps) => {
        const model = new BoardModel()
        const taken: Array<readonly [Board, ReturnType<typeof plain>]> = []
        steps.forEach(([one, snapshot], at) => {
          const before = plain(model.board())
          const changed = model.apply(one)
          const expected = replay(steps.slice(0, at + 1).map(([each]) => each))
          assert.deepEqual(plain(model.board()), expected)
          if (!changed) assert.deepEqual(before, expected)
          if (snapshot) taken.push([model.board(), expected])
        })
        for (const [board, expected] of taken) assert.deepEqual(plain(board), expected)
      }),
      { numRuns: 300 }
    )
  })
})
