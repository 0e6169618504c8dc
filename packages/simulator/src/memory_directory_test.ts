import { Directory, type DirectorySnapshot } from "@ctid/core/directory/directory"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { emptyDirectory, MemoryDirectory } from "./memory_directory.ts"

describe("the directory in memory", () => {
  it.effect("shows what was declared last, and tells each change to those who watch", () =>
    Effect.gen(function* () {
      const directory = yield* Directory
      const memory = yield* MemoryDirectory
      assert.strictEqual(directory.current().serverUuid, "first")
      const watching = yield* directory.changes.pipe(
        Stream.take(2),
        Stream.map((snapshot: DirectorySnapshot) => snapshot.serverUuid),
        Stream.runCollect,
        Effect.forkChild({ startImmediately: true })
      )
      yield* memory.set({ ...emptyDirectory, serverUuid: "second" })
      assert.strictEqual(directory.current().serverUuid, "second")
      yield* memory.set({ ...emptyDirectory, serverUuid: "third" })
      assert.deepStrictEqual(yield* Fiber.join(watching), ["second", "third"])
    }).pipe(Effect.provide(MemoryDirectory.layer({ ...emptyDirectory, serverUuid: "first" })))
  )
})
