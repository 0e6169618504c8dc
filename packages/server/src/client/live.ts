/** The board while it lives: drawn on a terminal, or a line for each change. */
import type { Board, ClientState, CtiClientShape } from "@ctid/client"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Terminal from "effect/Terminal"
import { furthestScroll, type ScreenView, screenLines, stateText } from "./board.ts"
import { changeLines } from "./changes.ts"
import { drawing, type Output } from "./output.ts"
import { harmless, type Paint } from "./text.ts"

/** Milliseconds between two drawings at least. */
const FRAME = 50

/** Keys, and how many lines they scroll; `page` is the height of the board. */
const scrolls: Readonly<Record<string, (page: number) => number>> = {
  up: () => -1,
  down: () => 1,
  k: () => -1,
  j: () => 1,
  pageup: (page) => -page,
  pagedown: (page) => page,
  home: () => Number.NEGATIVE_INFINITY,
  end: () => Number.POSITIVE_INFINITY
}

/** What of a client is shown. */
export type Shown = Pick<CtiClientShape, "board" | "boards" | "state" | "states" | "identity">

/** Draws the board at every change and resize, until `q`, Escape or Ctrl-C. */
export const drawBoard = (
  client: Shown,
  options: {
    /** `alice on 127.0.0.1:5003` */
    readonly title: string
    readonly paint: Paint
    readonly write: Output["write"]
    /** False: there are no keys, only a signal ends it. */
    readonly keyboard: boolean
  }
): Effect.Effect<void, never, Terminal.Terminal | Scope.Scope> =>
  Effect.gen(function* () {
    const { title, paint, write, keyboard } = options
    const terminal = yield* Terminal.Terminal
    const redraw = yield* Queue.sliding<void>(1)
    const wake = Effect.sync(() => Queue.offerUnsafe(redraw, undefined))
    let scrolled = 0
    const sizes = yield* terminal.size

    const view = Effect.gen(function* () {
      const columns = yield* terminal.columns
      const rows = yield* terminal.rows
      const screen: ScreenView = {
        board: client.board(),
        identity: client.identity(),
        state: client.state(),
        title,
        paint,
        columns: columns > 0 ? columns : 80,
        rows: rows > 0 ? rows : 24,
        scrolled
      }
      return screen
    })
    const draw = Effect.gen(function* () {
      yield* Queue.take(redraw)
      yield* write(drawing(screenLines(yield* view)))
      yield* Effect.sleep(FRAME)
    }).pipe(Effect.forever)
    const resized = Effect.andThen(Queue.take(sizes), wake).pipe(Effect.forever, Effect.ignore)
    yield* Effect.forkScoped(Stream.runForEach(client.boards, () => wake))
    yield* Effect.forkScoped(Stream.runForEach(client.states, () => wake))
    yield* Effect.forkScoped(resized)
    yield* Effect.forkScoped(draw)

    if (!keyboard) return yield* Effect.never
    const keys = yield* terminal.readInput
    yield* Effect.gen(function* () {
      while (true) {
        const { key } = yield* Queue.take(keys)
        if (key.name === "q") return
        const by = scrolls[key.name]
        if (by === undefined) continue
        const screen = yield* view
        scrolled = Math.max(0, Math.min(furthestScroll(screen), scrolled + by(Math.max(1, screen.rows - 3))))
        yield* wake
      }
    }).pipe(Effect.ignore)
  })

const clock = (): string => new Date().toTimeString().slice(0, 8)

/** Prints a line for each change of the board, for ever. */
export const printChanges = (client: Shown, output: Output): Effect.Effect<void> =>
  Effect.suspend(() => {
    let before: Board = client.board()
    return Stream.runForEach(client.boards, (board) => {
      const lines = changeLines(before, board, client.identity())
      before = board
      return lines.length === 0 ? Effect.void : output.write(lines.map((line) => `${clock()} ${line}\n`).join(""))
    })
  })

/** Says on standard error that there is a connection, and when it is lost. */
export const reportConnection = (states: Stream.Stream<ClientState>): Effect.Effect<void> =>
  Stream.runForEach(states, (state) =>
    Effect.sync(() => {
      if (state._tag === "Offline" || state._tag === "Online")
        process.stderr.write(`${clock()} ${harmless(stateText(state))}\n`)
    })
  )
