/** Writing to standard output, and the terminal while a board is on it. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** Who reads our output has gone, as `head` does when it has seen enough. */
export interface Output {
  /** Ends when the text was taken. */
  readonly write: (text: string) => Effect.Effect<void>
  /** Waits until nobody reads any more. */
  readonly abandoned: Effect.Effect<void>
}

/** Standard output. A reader who goes away is no failure. */
export const openOutput: Effect.Effect<Output, never, Scope.Scope> = Effect.gen(function* () {
  const { stdout } = process
  const abandoned = Deferred.makeUnsafe<void>()
  const onError = (): void => {
    Deferred.doneUnsafe(abandoned, Effect.void)
  }
  yield* Effect.acquireRelease(
    Effect.sync(() => stdout.on("error", onError)),
    () => Effect.sync(() => stdout.off("error", onError))
  )
  return {
    write: (text) =>
      Effect.callback<void>((resume) => {
        stdout.write(text, () => resume(Effect.void))
      }),
    abandoned: Deferred.await(abandoned)
  }
})

const ENTER = "\u001b[?1049h\u001b[?25l"
const LEAVE = "\u001b[?25h\u001b[?1049l"

/** Takes the whole screen until the scope ends; it is given back even when the process is ended at once. */
export const takeScreen: Effect.Effect<void, never, Scope.Scope> = Effect.asVoid(
  Effect.acquireRelease(
    Effect.sync(() => {
      const restore = (): void => {
        process.stdout.write(LEAVE)
      }
      process.once("exit", restore)
      process.stdout.write(ENTER)
      return restore
    }),
    (restore) =>
      Effect.sync(() => {
        process.off("exit", restore)
        restore()
      })
  )
)

/** One screen's lines, drawn over the last one. Each is cleared before it is written: behind a full line the last character would go too. */
export const drawing = (lines: ReadonlyArray<string>): string =>
  `\u001b[H${lines.map((line) => `\u001b[K${line}`).join("\r\n")}`
