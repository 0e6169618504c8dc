import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { watchFiles } from "./watch_files.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "ctid-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

const until = (what: string, holds: () => boolean) =>
  Effect.sleep(5).pipe(
    Effect.repeat({ until: holds }),
    Effect.timeoutOrElse({ duration: 10_000, orElse: () => Effect.die(new Error(`not in time: ${what}`)) })
  )

const replace = (path: string, text: string): void => {
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
}

describe("watchFiles", () => {
  it.live("tells once when a file is written, replaced, deleted and made again, and not for its neighbours", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const file = join(path, "a")
      writeFileSync(file, "1")
      let told = 0
      yield* watchFiles(
        () => [file],
        Effect.sync(() => {
          told++
        })
      )
      for (const [change, text] of [
        [() => writeFileSync(file, "22"), "written"],
        [() => replace(file, "333"), "replaced"],
        [() => rmSync(file), "deleted"],
        [() => writeFileSync(file, "4"), "made again"]
      ] as const) {
        const before = told
        change()
        yield* until(text, () => told > before)
        assert.strictEqual(told, before + 1)
      }
      // the neighbour's change is in line before the next one, so it would have been told first
      writeFileSync(join(path, "b"), "1")
      yield* Effect.sleep(300)
      assert.strictEqual(told, 4)
    })
  )

  it.live("tells of what changes while it is being told, and watches the files that are named then", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* folder, yield* folder]
      const files = [join(one, "a")]
      writeFileSync(join(one, "a"), "1")
      let told = 0
      yield* watchFiles(
        () => files,
        Effect.sync(() => {
          told++
          if (told === 1) writeFileSync(join(one, "a"), "changed while it is read")
          if (told === 2) files.push(join(other, "b"))
        })
      )
      writeFileSync(join(one, "a"), "22")
      yield* until("the change meanwhile", () => told >= 2)
      yield* until("the new list", () => told >= 3)
      writeFileSync(join(other, "b"), "1")
      yield* until("the new file", () => told >= 4)
    })
  )

  it.live("tells of what has changed since the files were read, and of nothing that was there before", () =>
    Effect.gen(function* () {
      const path = yield* folder
      writeFileSync(join(path, "old"), "1")
      yield* Effect.sleep(20)
      const read = Date.now()
      yield* Effect.sleep(20)
      writeFileSync(join(path, "new"), "1")
      const told: Array<string> = []
      for (const name of ["old", "new"]) {
        yield* watchFiles(
          () => [join(path, name)],
          Effect.sync(() => void told.push(name)),
          { since: read }
        )
      }
      yield* until("the new one", () => told.length > 0)
      yield* Effect.sleep(300)
      assert.deepStrictEqual(told, ["new"])
    })
  )

  /** A folder with a file in it, which is there at once. */
  const place = (path: string, text: string): void => {
    mkdirSync(path, { recursive: true })
    writeFileSync(join(path, "a"), text)
  }

  /** `conf` in a folder, with one file that is watched; it is told how often that changed. */
  const watchedFolder = Effect.fnUntraced(function* (begin: (path: string) => void, inside = "conf") {
    const path = yield* folder
    begin(path)
    const file = join(path, inside, "a")
    let told = 0
    yield* watchFiles(
      () => [file],
      Effect.sync(() => {
        told++
      })
    )
    const tells = Effect.fnUntraced(function* (what: string, change: () => void) {
      const before = told
      change()
      yield* until(what, () => told > before)
      yield* Effect.sleep(250)
      assert.strictEqual(told, before + 1, what)
    })
    return { path, file, tells }
  })

  it.live("tells what changes in a folder that has taken the place of the watched one", () =>
    Effect.gen(function* () {
      const { path, file, tells } = yield* watchedFolder((path) => place(join(path, "conf"), "1"))
      const conf = join(path, "conf")
      yield* tells("moved away, another one put there", () => {
        place(`${conf}.new`, "22")
        renameSync(conf, `${conf}.old`)
        renameSync(`${conf}.new`, conf)
      })
      yield* tells("written in it", () => writeFileSync(file, "333"))
      yield* tells("removed and made again", () => {
        rmSync(conf, { recursive: true })
        place(conf, "4444")
      })
      yield* tells("written in that", () => writeFileSync(file, "55555"))
      writeFileSync(join(`${conf}.old`, "a"), "nobody looks there any more")
      yield* tells("after the old one", () => writeFileSync(file, "666666"))
    })
  )

  it.live("tells of a folder that is replaced by one with the same missing file, once the file comes", () =>
    Effect.gen(function* () {
      const { path, file, tells } = yield* watchedFolder((path) => mkdirSync(join(path, "conf")))
      const conf = join(path, "conf")
      rmSync(conf, { recursive: true })
      mkdirSync(conf)
      yield* Effect.sleep(300)
      yield* tells("the file", () => writeFileSync(file, "1"))
    })
  )

  it.live("tells of a folder that is gone, and when it comes back, with the folders above it or alone", () =>
    Effect.gen(function* () {
      const { path, file, tells } = yield* watchedFolder((path) => place(join(path, "etc", "conf"), "1"), "etc/conf")
      const conf = join(path, "etc", "conf")
      for (const gone of [conf, join(path, "etc")]) {
        yield* tells("gone", () => rmSync(gone, { recursive: true }))
        mkdirSync(join(path, "etc"), { recursive: true })
        yield* Effect.sleep(300)
        yield* tells("back", () => place(conf, "22"))
        yield* tells("written", () => writeFileSync(file, "333"))
      }
    })
  )

  it.live("tells of a folder that was not there at first", () =>
    Effect.gen(function* () {
      const { path, file, tells } = yield* watchedFolder(() => {})
      yield* tells("it comes", () => place(join(path, "conf"), "1"))
      yield* tells("written", () => writeFileSync(file, "22"))
    })
  )

  it.live("tells of a folder that is a link, when that leads elsewhere", () =>
    Effect.gen(function* () {
      const { path, file, tells } = yield* watchedFolder((path) => {
        place(join(path, "1"), "1")
        place(join(path, "2"), "22")
        symlinkSync("1", join(path, "conf"))
      })
      yield* tells("the other", () => {
        symlinkSync("2", join(path, "conf.new"))
        renameSync(join(path, "conf.new"), join(path, "conf"))
      })
      yield* tells("written", () => writeFileSync(file, "333"))
    })
  )

  it.live("goes on after a mistake of whoever is told, which is logged", () => {
    const log: Array<string> = []
    const logger = Logger.make<unknown, void>(({ message }) => {
      log.push(String(message))
    })
    return Effect.gen(function* () {
      const file = join(yield* folder, "a")
      writeFileSync(file, "1")
      let told = 0
      yield* watchFiles(
        () => [file],
        Effect.sync(() => {
          told++
          if (told === 1) throw new Error("a mistake, made on purpose")
        })
      )
      writeFileSync(file, "22")
      yield* until("the change", () => log.length > 0)
      writeFileSync(file, "333")
      yield* until("the next one", () => told > 1)
      assert.deepStrictEqual(log, ["internal error"])
    }).pipe(Effect.provide(Logger.layer([logger])))
  })

  it.live("tells in a folder that never comes to rest, as one with a log or a database in it", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const file = join(path, "a")
      writeFileSync(file, "1")
      let told = 0
      yield* watchFiles(
        () => [file],
        Effect.sync(() => {
          told++
        })
      )
      yield* Effect.sync(() => writeFileSync(join(path, "log"), "x", { flag: "a" })).pipe(
        Effect.andThen(Effect.sleep(20)),
        Effect.forever,
        Effect.forkChild
      )
      writeFileSync(file, "22")
      yield* until("the change", () => told > 0)
      writeFileSync(file, "333")
      yield* until("the next one", () => told > 1)
    })
  )
})
