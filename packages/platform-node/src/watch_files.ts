/** Tells when one of some files was saved, replaced, or came into being. */
import { type FSWatcher, watch } from "node:fs"
import { stat } from "node:fs/promises"
import { dirname, resolve } from "node:path"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"

/** Milliseconds in which the files stay as they are before it is told: programs save in several steps. */
const QUIET = 200

/** Of a file that is not there it is a text of its own. */
const signatureOf = async (path: string): Promise<string> => {
  try {
    const { ino, size, mtimeMs } = await stat(path)
    return `${ino} ${size} ${mtimeMs}`
  } catch {
    return "missing"
  }
}

/** Whether a file was written, or moved to its place, later than that. */
const isNewer = async (path: string, since: number): Promise<boolean> => {
  try {
    return (await stat(path)).ctimeMs > since
  } catch {
    return false
  }
}

export interface WatchFilesOptions {
  /** When the files were read, in milliseconds since the epoch: what changed later is told at once. Default: now. */
  readonly since?: number | undefined
}

/**
 * Runs `onChange` after each change until the scope closes; what changes meanwhile is told afterwards. `files` is asked anew each
 * time, so that it may change too. Folders are watched, not files, because most programs replace a file when they save it. A folder
 * that cannot be watched is logged.
 */
export const watchFiles = Effect.fnUntraced(function* (
  files: () => ReadonlyArray<string>,
  onChange: Effect.Effect<void>,
  { since }: WatchFilesOptions = {}
): Effect.fn.Return<void, never, Scope.Scope> {
  const watchers = new Map<string, FSWatcher>()
  const signals = yield* Queue.sliding<void>(1)
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      for (const watcher of watchers.values()) watcher.close()
    })
  )

  const signatures = (): Effect.Effect<string> =>
    Effect.promise(async () => (await Promise.all(files().map(signatureOf))).join("\n"))

  const anyNewer = (than: number): Effect.Effect<boolean> =>
    Effect.promise(async () => (await Promise.all(files().map((path) => isNewer(path, than)))).includes(true))

  const watchFolders = Effect.suspend(() => {
    const wanted = new Set(files().map((file) => dirname(resolve(file))))
    for (const [folder, watcher] of watchers) {
      if (wanted.has(folder)) continue
      watcher.close()
      watchers.delete(folder)
    }
    return Effect.forEach(
      [...wanted].filter((folder) => !watchers.has(folder)),
      (folder) =>
        Effect.try(() => {
          const watcher = watch(folder, { persistent: false }, () => void Queue.offerUnsafe(signals, undefined))
          watcher.on("error", () => {
            watcher.close()
            watchers.delete(folder)
          })
          watchers.set(folder, watcher)
        }).pipe(Effect.catch(() => Effect.logWarning("folder cannot be watched").pipe(Effect.annotateLogs({ folder })))),
      { discard: true }
    )
  })

  yield* watchFolders
  let before = yield* signatures()
  if (since !== undefined && (yield* anyNewer(since))) {
    before = ""
    Queue.offerUnsafe(signals, undefined)
  }
  yield* Effect.gen(function* () {
    yield* Queue.take(signals)
    let now = yield* signatures()
    // their folder need not come to rest: a log or a database may be in it
    for (let seen = ""; seen !== now; ) {
      seen = now
      yield* Effect.sleep(QUIET)
      yield* Queue.clear(signals)
      now = yield* signatures()
    }
    if (now === before) return
    before = now
    // a mistake of whoever is told is no reason to watch no more
    yield* Effect.catchCause(onChange, (cause) =>
      Cause.hasInterruptsOnly(cause) ? Effect.failCause(cause) : Effect.logError("internal error", cause)
    )
    yield* watchFolders
    // changed while it was being read, or others are to be watched now
    if ((yield* signatures()) !== before) Queue.offerUnsafe(signals, undefined)
  }).pipe(Effect.forever, Effect.forkScoped)
})
