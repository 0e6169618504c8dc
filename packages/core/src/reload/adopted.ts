/**
 * What the model goes by: the directory and the settings of the doors, as they were taken over last. The doors may be ahead of it
 * for a moment; the model changes from the one to the other in one step, with everything that follows from it.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type ServerSettings, Settings } from "../config/settings.ts"
import { Directory, type DirectorySnapshot } from "../directory/directory.ts"

export interface Configured {
  readonly directory: DirectorySnapshot
  readonly settings: ServerSettings
}

export class Adopted extends Context.Service<
  Adopted,
  {
    readonly current: () => Configured
    /** What the doors say now. */
    readonly offered: () => Configured
    readonly set: (configured: Configured) => void
  }
>()("@ctid/core/Adopted") {
  /** Takes the places of the doors for everything that is built on it. */
  static readonly layer: Layer.Layer<Adopted | Directory | Settings, never, Directory | Settings> = Layer.effectContext(
    Effect.gen(function* () {
      const directory = yield* Directory
      const settings = yield* Settings
      const offered = (): Configured => ({ directory: directory.current(), settings: settings.current() })
      let current = offered()
      const adopted = Adopted.of({
        current: () => current,
        offered,
        set: (configured) => {
          current = configured
        }
      })
      return Context.make(Adopted, adopted).pipe(
        Context.add(Directory, Directory.of({ current: () => current.directory, changes: directory.changes })),
        Context.add(Settings, Settings.of({ current: () => current.settings, changes: settings.changes }))
      )
    })
  )
}
