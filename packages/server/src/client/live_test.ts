import { stripVTControlCharacters } from "node:util"
import type { Board, ClientState } from "@ctid/client"
import { assert, describe, it } from "@effect/vitest"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as Terminal from "effect/Terminal"
import * as TestClock from "effect/testing/TestClock"
import { drawBoard, printChanges } from "./live.ts"
import { board, identity } from "./sample_fixture.ts"
import { paintFor } from "./text.ts"

const online: ClientState = { _tag: "Online", identity }

/** A client whose board a test changes. */
const watched = Effect.gen(function* () {
  const boards = yield* SubscriptionRef.make<Board>(board)
  return {
    boards,
    client: {
      board: () => SubscriptionRef.getUnsafe(boards),
      boards: SubscriptionRef.changes(boards),
      state: () => online,
      states: Stream.make(online),
      identity: () => identity
    }
  }
})

const ringing = (hint: number): Board => ({
  ...board,
  phones: new Map(board.phones).set("10", { id: "10", number: "1001", userId: "1", identity: "PJSIP/1001", hint })
})

/** A terminal of a size, with keys, in memory. */
const terminalOf = Effect.gen(function* () {
  const keys = yield* Queue.make<Terminal.UserInput, Cause.Done>()
  const sizes = yield* Queue.make<Terminal.Size, Cause.Done>()
  let size = { columns: 60, rows: 8 }
  return {
    terminal: Terminal.make({
      columns: Effect.sync(() => size.columns),
      rows: Effect.sync(() => size.rows),
      size: Effect.succeed(sizes),
      readInput: Effect.succeed(keys),
      readLine: Effect.never,
      display: () => Effect.void
    }),
    press: (name: string) =>
      Queue.offerUnsafe(keys, { input: Option.none(), key: { name, ctrl: false, meta: false, shift: false } }),
    resize: (columns: number, rows: number) => {
      size = { columns, rows }
      Queue.offerUnsafe(sizes, size)
    }
  }
})

describe("drawBoard", () => {
  it.effect("draws at every change, key and resize, and ends with q", () =>
    Effect.gen(function* () {
      const { boards, client } = yield* watched
      const { terminal, press, resize } = yield* terminalOf
      const frames: Array<ReadonlyArray<string>> = []
      const drawn = yield* drawBoard(client, {
        title: "alice on host",
        paint: paintFor("all"),
        keyboard: true,
        write: (text) => Effect.sync(() => frames.push(stripVTControlCharacters(text).split("\r\n")))
      }).pipe(Effect.scoped, Effect.provideService(Terminal.Terminal, terminal), Effect.forkChild)
      const next = TestClock.adjust("50 millis")
      yield* next
      assert.match(frames.at(-1)?.[0] ?? "", /Alice Martin, Available {2}online/)
      assert.strictEqual(frames.at(-1)?.length, 8)
      for (let line = 0; line < 5; line++) press("down")
      yield* next
      assert.match(frames.at(-1)?.[2] ?? "", /1001 Idle/)
      yield* SubscriptionRef.set(boards, ringing(8))
      yield* next
      assert.match(frames.at(-1)?.[2] ?? "", /1001 Ringing/)
      press("pagedown")
      press("end")
      yield* next
      assert.match(frames.at(-1)?.at(-1) ?? "", /^lines 9 to 13 of 13/)
      press("home")
      yield* next
      assert.match(frames.at(-1)?.[2] ?? "", /^Users/)
      resize(30, 20)
      yield* next
      assert.strictEqual(frames.at(-1)?.length, 20)
      press("x")
      yield* next
      assert.isUndefined(drawn.pollUnsafe())
      press("q")
      yield* Fiber.join(drawn)
    })
  )

  it.effect("draws no more often than 20 times a second", () =>
    Effect.gen(function* () {
      const { boards, client } = yield* watched
      const { terminal } = yield* terminalOf
      let frames = 0
      yield* drawBoard(client, {
        title: "",
        paint: paintFor("none"),
        keyboard: false,
        write: () => Effect.sync(() => frames++)
      }).pipe(Effect.scoped, Effect.provideService(Terminal.Terminal, terminal), Effect.forkChild)
      yield* TestClock.adjust("1 seconds")
      const before = frames
      for (let at = 0; at < 500; at++) {
        yield* SubscriptionRef.set(boards, ringing(at % 2 === 0 ? 8 : 0))
        yield* TestClock.adjust("2 millis")
      }
      assert.isAbove(frames - before, 10)
      assert.isAtMost(frames - before, 21)
    })
  )
})

describe("printChanges", () => {
  it.effect("prints a line with the time for each change, and nothing for the board that was there", () =>
    Effect.gen(function* () {
      const { boards, client } = yield* watched
      const lines: Array<string> = []
      yield* Effect.forkChild(
        printChanges(client, { write: (text) => Effect.sync(() => lines.push(text)), abandoned: Effect.never })
      )
      yield* TestClock.adjust("1 millis")
      assert.deepEqual(lines, [])
      yield* SubscriptionRef.set(boards, ringing(8))
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(lines.length, 1)
      assert.match(lines[0] ?? "", /^\d\d:\d\d:\d\d phone 1001 \(Alice Martin\): Idle -> Ringing\n$/)
    })
  )
})
