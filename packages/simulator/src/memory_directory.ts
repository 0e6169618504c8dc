/** What configuration declares, in memory: set it, and whoever watches is told. */
import { Directory, type DirectoryData, snapshotOf } from "@ctid/core/directory/directory"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"

/** Nothing declared. A base for tests: `{ ...emptyDirectory, users: [...] }`. */
export const emptyDirectory: DirectoryData = {
  serverUuid: "00000000-0000-4000-8000-000000000000",
  users: [],
  lines: [],
  agents: [],
  queues: [],
  voicemails: [],
  profiles: [],
  presenceGroups: [],
  hintGroups: new Map()
}

/** The declaring side of a directory in memory. */
export class MemoryDirectory extends Context.Service<
  MemoryDirectory,
  {
    /** Declares anew; the present snapshot is another before this ends. */
    readonly set: (data: DirectoryData) => Effect.Effect<void>
  }
>()("@ctid/simulator/MemoryDirectory") {
  /** A directory that begins with these objects. */
  static readonly layer = (data: DirectoryData = emptyDirectory): Layer.Layer<Directory | MemoryDirectory> =>
    Layer.effectContext(
      Effect.gen(function* () {
        let snapshot = snapshotOf(data)
        const changes = yield* PubSub.unbounded<typeof snapshot>()
        const directory = Directory.of({ current: () => snapshot, changes: Stream.fromPubSub(changes) })
        const memory = MemoryDirectory.of({
          set: (declared) =>
            Effect.suspend(() => {
              snapshot = snapshotOf(declared)
              return Effect.asVoid(PubSub.publish(changes, snapshot))
            })
        })
        return Context.make(Directory, directory).pipe(Context.add(MemoryDirectory, memory))
      })
    )
}
