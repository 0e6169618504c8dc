import { stripVTControlCharacters } from "node:util"
import { emptyBoard } from "@ctid/client"
import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { boardLines, furthestScroll, type ScreenView, screenLines } from "./board.ts"
import { board, identity } from "./sample_fixture.ts"
import { columnsOf, paintFor } from "./text.ts"

const plain = { board, identity, paint: paintFor("none"), columns: null }
const screen = (columns: number, rows: number): ScreenView => ({
  ...plain,
  columns,
  rows,
  state: { _tag: "Online", identity },
  title: "alice on 127.0.0.1:5003",
  scrolled: 0
})

describe("boardLines", () => {
  it("shows users, phones, agents and queues in order, with words for their states", () => {
    assert.deepEqual(boardLines(plain), [
      "Users (2)",
      "  ● Alice Martin Available 1001",
      "  ● Bob Duval    Away      1002 do not disturb, forwards to 1003",
      "",
      "Phones (2)",
      "  ● 1001 Idle    Alice Martin PJSIP/1001",
      "  ● 1002 Ringing Bob Duval    PJSIP/1002",
      "",
      "Agents (1)",
      "  8001 Alice Martin available at 1001 Support",
      "",
      "Queues (1)",
      "  3001 Support 8001 Alice Martin (paused, idle); PJSIP/1002 (ringing)"
    ])
  })

  it("colours the marks as the server's configuration says", () => {
    const text = boardLines({ ...plain, paint: paintFor("all") }).join("\n")
    assert.include(text, "\u001b[38;2;255;221;0m●\u001b[0m Bob Duval")
    assert.include(text, "\u001b[38;2;27;10;255m●\u001b[0m 1002")
  })

  it("says so when there is nothing to see", () => {
    assert.deepEqual(boardLines({ ...plain, board: emptyBoard }), ["Nothing is visible to this user."])
  })

  it("shows nothing that a terminal would obey, whoever chose the names", () => {
    const evil = "\u001b]0;owned\u0007\u001b[2J\r\n"
    const text = boardLines({
      ...plain,
      identity: {
        ...identity,
        presences: new Map([["away", { name: "away", longName: evil, color: evil, allowed: [], actions: [] }]])
      },
      board: {
        ...board,
        users: new Map([...board.users].map(([id, user]) => [id, { ...user, fullName: evil, presence: "away" }])),
        phones: new Map([...board.phones].map(([id, phone]) => [id, { ...phone, number: evil, identity: evil }])),
        agents: new Map([...board.agents].map(([id, agent]) => [id, { ...agent, availability: evil, extension: evil }])),
        queuemembers: new Map([...board.queuemembers].map(([id, member]) => [id, { ...member, memberName: evil }]))
      }
    }).join("")
    assert.notMatch(text, /\p{Cc}/u)
  })
})

describe("screenLines", () => {
  it("fills a screen exactly, however small", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 30 }), fc.nat(50), (columns, rows, scrolled) => {
        const lines = screenLines({ ...screen(columns, rows), paint: paintFor("all"), scrolled })
        assert.isAtMost(lines.length, rows)
        if (rows >= 4) assert.strictEqual(lines.length, rows)
        for (const line of lines) {
          assert.isAtMost(columnsOf(stripVTControlCharacters(line)), Math.max(2, columns), JSON.stringify(line))
        }
      })
    )
  })

  it("tells who is signed in, and what the connection does", () => {
    assert.match(screenLines(screen(80, 24))[0] ?? "", /^● Alice Martin, Available {2}online {2}alice on 127\.0\.0\.1:5003$/)
    const offline = screenLines({
      ...screen(120, 24),
      state: { _tag: "Ended", reason: { _tag: "ClientEnded", message: "the server told this client to disconnect" } as never } // only its text is read
    })
    assert.match(offline[0] ?? "", /told this client to disconnect/)
  })

  it("scrolls as far as the last line, and says where it is", () => {
    const small = screen(80, 8)
    assert.strictEqual(furthestScroll(small), 13 - 5)
    const end = screenLines({ ...small, scrolled: furthestScroll(small) })
    assert.match(end.at(-2) ?? "", /3001 Support/)
    assert.match(end.at(-1) ?? "", /^lines 9 to 13 of 13, arrows scroll; q ends/)
    assert.match(screenLines(screen(80, 40)).at(-1) ?? "", /^q ends/)
  })
})
