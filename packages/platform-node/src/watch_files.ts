/** Tells when one of some files was saved, replaced, or came into being. */
import { type FSWatcher, watch } from "node:fs"
import { lstat, stat } from "node:fs/promises"
import { basename, dirname, resolve } from "node:path"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
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

/** Which folder it is, whatever its name; null: there is none. */
const identityOf = async (folder: string): Promise<string | null> => {
  try {
    const { dev, ino } = await stat(folder, { bigint: true })
    return `${dev} ${ino}`
  } catch {
    return null
  }
}

const isLink = async (path: string): Promise<boolean> => {
  try {
    return (await lstat(path)).isSymbolicLink()
  } catch {
    return false
  }
}

/** Where changes of the files are told, each with its identity: their folders, and where those come and go that are missing, or links. */
const placesOf = async (files: ReadonlyArray<string>): Promise<ReadonlyMap<string, string>> => {
  const places = new Map<string, string>()
  for (const folder of new Set(files.map((file) => dirname(resolve(file))))) {
    for (let at = folder, last = ""; at !== last; last = at, at = dirname(at)) {
      const identity = await identityOf(at)
      if (identity !== null) places.set(at, identity)
      if (identity !== null && !(await isLink(at))) break
    }
  }
  return places
}

export interface WatchFilesOptions {
  /** When the files were read, in milliseconds since the epoch: what changed later is told at once. Default: now. */
  readonly since?: number | undefined
}

/**
 * Runs `onChange` after each change until the scope closes; what changes meanwhile is told afterwards. `files` is asked anew each
 * time, so that it may change too. Folders are watched, not files, because most programs replace a file when they save it. A folder
 * may be replaced too, or be missing for a while. One that cannot be watched is logged.
 */
export const watchFiles = Effect.fnUntraced(function* (
  files: () => ReadonlyArray<string>,
  onChange: Effect.Effect<void>,
  { since }: WatchFilesOptions = {}
): Effect.fn.Return<void, never, Scope.Scope> {
  const watched = new Map<string, { readonly watcher: FSWatcher; readonly identity: string }>()
  /** Folders of which it is logged that they cannot be watched. */
  const logged = new Set<string>()
  const signals = yield* Queue.sliding<void>(1)
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      for (const { watcher } of watched.values()) watcher.close()
    })
  )

  const signatures = (): Effect.Effect<string> =>
    Effect.promise(async () => (await Promise.all(files().map(signatureOf))).join("\n"))

  const anyNewer = (than: number): Effect.Effect<boolean> =>
    Effect.promise(async () => (await Promise.all(files().map((path) => isNewer(path, than)))).includes(true))

  const unwatch = (folder: string): void => {
    watched.get(folder)?.watcher.close()
    watched.delete(folder)
  }

  const watchFolder = (folder: string, identity: string): void => {
    unwatch(folder)
    const watcher = watch(folder, { persistent: false }, (event, name) => {
      // it is moved or removed itself; the next of its name may even have its number
      if (event === "rename" && name === basename(folder)) unwatch(folder)
      Queue.offerUnsafe(signals, undefined)
    })
    watcher.on("error", () => {
      unwatch(folder)
      Queue.offerUnsafe(signals, undefined)
    })
    watched.set(folder, { watcher, identity })
    logged.delete(folder)
  }

  const watchFolders = Effect.gen(function* () {
    const failed = new Map<string, string>()
    for (;;) {
      const places = yield* Effect.promise(() => placesOf(files()))
      for (const folder of watched.keys()) if (!places.has(folder)) unwatch(folder)
      const others = [...places].filter(
        ([folder, identity]) => watched.get(folder)?.identity !== identity && failed.get(folder) !== identity
      )
      // what was replaced before it was watched is found by looking once more
      if (others.length === 0) return
      for (const [folder, identity] of others) {
        const result = yield* Effect.result(Effect.try(() => watchFolder(folder, identity)))
        if (Result.isSuccess(result)) continue
        failed.set(folder, identity)
        if (logged.has(folder)) continue
        logged.add(folder)
        yield* Effect.logWarning("folder cannot be watched").pipe(Effect.annotateLogs({ folder }))
      }
    }
  })

  /** Watched first: what changes after the look is told. */
  const look = Effect.andThen(watchFolders, Effect.suspend(signatures))

  let before = yield* look
  if (since !== undefined && (yield* anyNewer(since))) {
    before = ""
    Queue.offerUnsafe(signals, undefined)
  }
  yield* Effect.gen(function* () {
    yield* Queue.take(signals)
    let now = yield* look
    // their folder need not come to rest: a log or a database may be in it
    for (let seen = ""; seen !== now; ) {
      seen = now
      yield* Effect.sleep(QUIET)
      yield* Queue.clear(signals)
      now = yield* look
    }
    if (now === before) return
    before = now
    // a mistake of whoever is told is no reason to watch no more
    yield* Effect.catchCause(onChange, (cause) =>
      Cause.hasInterruptsOnly(cause) ? Effect.failCause(cause) : Effect.logError("internal error", cause)
    )
    // changed while it was being read, or others are to be watched now
    if ((yield* look) !== before) Queue.offerUnsafe(signals, undefined)
  }).pipe(Effect.forever, Effect.forkScoped)
})
