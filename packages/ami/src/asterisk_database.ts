/** Reads AstDB: one key, or many of one family. */
import * as Effect from "effect/Effect"
import type { AmiActionError, AmiList } from "./ami_action.ts"
import type { AmiMessage } from "./ami_message.ts"
import type { AmiSession } from "./ami_session.ts"

/** What is asked of a session. */
export type AmiActions = Pick<AmiSession, "action" | "list">

/** A value as AstDB has it: null is no such key. */
export type DatabaseValue = string | null

/** Keys read one by one at the same time, where whole families cannot be read. */
const READS = 16

/** What a DBGet, or a DBGetTree, of nothing answers. */
const isMissing = (error: AmiActionError): boolean => error.reason === "refused" && /not found/i.test(error.message)

/** `/DND/1001` -> `DND/1001`. */
const treePath = (item: AmiMessage): string => (item.get("Key") ?? "").replace(/^\//, "")

export const readKey = (ami: AmiActions, family: string, key: string): Effect.Effect<DatabaseValue, AmiActionError> =>
  ami
    .list("DBGet", [
      ["Family", family],
      ["Key", key]
    ])
    .pipe(
      Effect.map(({ items }) => items[0]?.get("Val") ?? ""),
      Effect.catch((error) => (isMissing(error) ? Effect.succeed(null) : Effect.fail(error)))
    )

const readSingly = (
  ami: AmiActions,
  family: string,
  paths: ReadonlyArray<string>
): Effect.Effect<ReadonlyMap<string, DatabaseValue>, AmiActionError> =>
  Effect.map(
    Effect.forEach(
      paths,
      (path) =>
        Effect.map(readKey(ami, family, path.slice(family.length + 1)), (value): readonly [string, DatabaseValue] => [
          path,
          value
        ]),
      { concurrency: READS }
    ),
    (values) => new Map(values)
  )

/** Values of these paths (`family/key`), all of one family. */
export const readFamily = (
  ami: AmiActions,
  family: string,
  paths: ReadonlyArray<string>
): Effect.Effect<ReadonlyMap<string, DatabaseValue>, AmiActionError> => {
  const tree: Effect.Effect<AmiList | null, AmiActionError> = ami
    .list("DBGetTree", [["Family", family]])
    .pipe(Effect.catch((error) => (isMissing(error) ? Effect.succeed(null) : Effect.fail(error))))
  return tree.pipe(
    Effect.map((list) => {
      const found = new Map((list?.items ?? []).map((item) => [treePath(item), item.get("Val") ?? ""]))
      return new Map(paths.map((path): readonly [string, DatabaseValue] => [path, found.get(path) ?? null]))
    }),
    Effect.catch((error) => (error.reason === "unknown_action" ? readSingly(ami, family, paths) : Effect.fail(error)))
  )
}
