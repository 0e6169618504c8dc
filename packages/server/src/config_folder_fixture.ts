/** A folder with a ctid.yml, for tests. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** A new folder with these files, readable by this user only; gone with the scope. */
export const folderOf = (files: Readonly<Record<string, string | Uint8Array>>): Effect.Effect<string, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const folder = mkdtempSync(join(tmpdir(), "ctid-"))
      for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content, { mode: 0o600 })
      return folder
    }),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
  )

/** A new folder with this ctid.yml. */
export const folderWith = (yaml: string): Effect.Effect<string, never, Scope.Scope> => folderOf({ "ctid.yml": yaml })
