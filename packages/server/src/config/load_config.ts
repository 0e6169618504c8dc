/** Reads `ctid.yml` and the CSV files that it names. */
import {
  ConfigError,
  type ConfigPath,
  type CtidConfig,
  decodeConfig,
  decodePasswordsConfig,
  type PasswordsConfig,
  type PositionOf,
  type Problem
} from "@ctid/core"
import { type DirectoryCsv, readDirectoryCsv } from "@ctid/core/config/directory_csv"
import type * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import { readYaml } from "./yaml_file.ts"

/** Larger files are refused unread. Bytes. */
const MAX_FILE = 64 * 1024 * 1024

const problemIn = (file: string, found: string, expected: string, line = 1): ConfigError =>
  new ConfigError({ problems: [{ file, line, column: 1, path: "", found, expected }] })

/** Line of the first byte that is not UTF-8. */
const badLine = (bytes: Uint8Array): number => {
  const decoder = new TextDecoder("utf-8", { fatal: true })
  let line = 1
  for (let from = 0; from < bytes.length; line++) {
    const end = bytes.indexOf(10, from)
    const next = end < 0 ? bytes.length : end + 1
    try {
      decoder.decode(bytes.subarray(from, next))
    } catch {
      return line
    }
    from = next
  }
  return line
}

const readText = Effect.fnUntraced(function* (file: string): Effect.fn.Return<string, ConfigError, FileSystem.FileSystem> {
  const files = yield* FileSystem.FileSystem
  const info = yield* files
    .stat(file)
    .pipe(
      Effect.mapError((error) =>
        error.reason._tag === "NotFound"
          ? problemIn(file, "no such file", "a file")
          : problemIn(file, "a file that cannot be reached", "one that this user may read")
      )
    )
  if (info.type !== "File") return yield* problemIn(file, "no regular file", "a file")
  if (info.size > MAX_FILE) return yield* problemIn(file, `${info.size} bytes`, `a file of at most ${MAX_FILE} bytes`)
  const bytes = yield* files
    .readFile(file)
    .pipe(Effect.mapError(() => problemIn(file, "a file that cannot be read", "one that this user may read")))
  return yield* Effect.try({
    try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    catch: () => problemIn(file, "bytes that are not UTF-8", "a text in UTF-8", badLine(bytes))
  })
})

type Mapping = Record<string, unknown>

const isMapping = (value: unknown): value is Mapping => typeof value === "object" && value !== null && !Array.isArray(value)

/** The parsed data with the CSV files that it names in the place of their lists. */
interface Loaded {
  readonly data: unknown
  readonly position: PositionOf
  readonly problems: ReadonlyArray<Problem>
}

const kinds = ["users", "lines"] as const

const withCsvFiles = Effect.fnUntraced(function* (
  file: string,
  data: unknown,
  position: PositionOf
): Effect.fn.Return<Loaded, never, FileSystem.FileSystem | Path.Path> {
  if (!isMapping(data)) return { data, position, problems: [] }
  const paths = yield* Path.Path
  const tables = new Map<string | number, DirectoryCsv>()
  const problems: Array<Problem> = []
  const merged: Mapping = { ...data }
  for (const kind of kinds) {
    const value = data[kind]
    if (!isMapping(value)) continue
    const { csv, ...others } = value
    const [other] = Object.keys(others)
    if (other !== undefined || typeof csv !== "string" || csv === "") {
      const path: ConfigPath = other === undefined ? [kind] : [kind, other]
      const found = other === undefined ? "a mapping" : `the key ${JSON.stringify(other)}`
      problems.push({
        ...position(path, "key"),
        path: kind,
        found,
        expected: `a list of ${kind}, or {csv: <the path of a CSV file>}`
      })
      merged[kind] = []
      continue
    }
    const csvFile = paths.isAbsolute(csv) ? csv : paths.join(paths.dirname(file), csv)
    const text = yield* Effect.result(readText(csvFile))
    const table = Result.isSuccess(text)
      ? readDirectoryCsv(kind, csvFile, text.success)
      : { items: [], problems: text.failure.problems, position: () => ({ file: csvFile, line: 1, column: 1 }) }
    problems.push(...table.problems)
    tables.set(kind, table)
    merged[kind] = table.items
  }
  return {
    data: merged,
    problems,
    position: (path, target) => {
      const table = path.length > 1 ? tables.get(path[0] ?? "") : undefined
      return table === undefined ? position(path, target) : table.position(path.slice(1), target)
    }
  }
})

/** Reads the parameters of password hashing from a file that need not be complete otherwise. */
export const loadPasswordsConfig = Effect.fnUntraced(function* (
  file: string
): Effect.fn.Return<PasswordsConfig, ConfigError, FileSystem.FileSystem> {
  const { data, position, problems } = readYaml(file, yield* readText(file))
  if (problems.length > 0) return yield* new ConfigError({ problems })
  return yield* decodePasswordsConfig(data, position)
})

/** Reads and validates a configuration. Fails with everything that is wrong with it, by file, line and path. */
export const loadConfig = Effect.fnUntraced(function* (
  file: string
): Effect.fn.Return<CtidConfig, ConfigError, FileSystem.FileSystem | Path.Path | Digest.Digest> {
  const yaml = readYaml(file, yield* readText(file))
  if (yaml.problems.length > 0) return yield* new ConfigError({ problems: yaml.problems })
  const { data, position, problems } = yield* withCsvFiles(file, yaml.data, yaml.position)
  // What refers to lists that are not complete would only be noise.
  if (problems.length > 0) return yield* new ConfigError({ problems })
  return yield* decodeConfig(data, position)
})
