/** Reads `ctid.yml` and the CSV files that it names. */
import {
  ConfigError,
  type ConfigPath,
  type CtidConfig,
  decodeConfig,
  decodePasswordsConfig,
  type Notice,
  type PasswordsConfig,
  type PositionOf,
  type Problem
} from "@ctid/core"
import { type DirectoryCsv, readDirectoryCsv } from "@ctid/core/config/directory_csv"
import { checkPresences, type PresenceReport } from "@ctid/core/config/presence_check"
import { isSecretReadableByOthers, readTextFile, type TextFileError } from "@ctid/platform-node"
import type * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import { readYaml } from "./yaml_file.ts"

/** What a file that cannot be read is told as. */
const fileProblems: Readonly<Record<TextFileError["reason"], readonly [found: string, expected: string]>> = {
  missing: ["no such file", "a file"],
  not_a_file: ["no regular file", "a file"],
  unreadable: ["a file that cannot be read", "one that this user may read"],
  not_utf8: ["bytes that are not UTF-8", "a text in UTF-8"],
  too_large: ["too large a file", "a smaller one"]
}

/** A file that cannot be read, as a refused configuration. */
export const fileProblem = ({ path, reason, line }: TextFileError): ConfigError => {
  const [found, expected] = fileProblems[reason]
  return new ConfigError({ problems: [{ file: path, line, column: 1, path: "", found, expected }] })
}

const readText = (file: string): Effect.Effect<string, ConfigError> => Effect.mapError(readTextFile(file), fileProblem)

type Mapping = Record<string, unknown>

const isMapping = (value: unknown): value is Mapping => typeof value === "object" && value !== null && !Array.isArray(value)

/** The parsed data with the CSV files that it names in the place of their lists. */
interface Loaded {
  readonly data: unknown
  readonly position: PositionOf
  readonly problems: ReadonlyArray<Problem>
  /** Of the CSV files. */
  readonly files: ReadonlyArray<string>
  /** Those of them that may hold people's passwords. */
  readonly withPasswords: ReadonlyArray<string>
}

export interface LoadedConfig extends CtidConfig {
  /** Paths of all files that were read. */
  readonly files: ReadonlyArray<string>
}

const kinds = ["users", "lines"] as const

const withCsvFiles = Effect.fnUntraced(function* (
  file: string,
  data: unknown,
  position: PositionOf
): Effect.fn.Return<Loaded, never, Path.Path> {
  if (!isMapping(data)) return { data, position, problems: [], files: [], withPasswords: [] }
  const paths = yield* Path.Path
  const tables = new Map<string | number, DirectoryCsv>()
  const problems: Array<Problem> = []
  const files: Array<string> = []
  const withPasswords: Array<string> = []
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
    files.push(csvFile)
    if (kind === "users") withPasswords.push(csvFile)
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
    files,
    withPasswords,
    position: (path, target) => {
      const table = path.length > 1 ? tables.get(path[0] ?? "") : undefined
      return table === undefined ? position(path, target) : table.position(path.slice(1), target)
    }
  }
})

/** Reads the parameters of password hashing from a file that need not be complete otherwise. */
export const loadPasswordsConfig = Effect.fnUntraced(function* (file: string): Effect.fn.Return<PasswordsConfig, ConfigError> {
  const { data, position, problems } = readYaml(file, yield* readText(file))
  if (problems.length > 0) return yield* new ConfigError({ problems })
  return yield* decodePasswordsConfig(data, position)
})

/** Reads the presence groups of a file, whatever else is in it. Fails where it cannot be read at all. */
export const loadPresences = Effect.fnUntraced(function* (file: string): Effect.fn.Return<PresenceReport, ConfigError> {
  const { data, position, problems } = readYaml(file, yield* readText(file))
  if (problems.length > 0) return yield* new ConfigError({ problems })
  return checkPresences(data, position)
})

/** The AMI password, or people's, are in it. */
const readableByOthers = (file: string): Effect.Effect<ReadonlyArray<Notice>> =>
  isSecretReadableByOthers(file).pipe(
    Effect.orElseSucceed(() => false),
    Effect.map((readable) =>
      readable
        ? [{ file, line: 1, column: 1, path: "", message: `every user of this machine may read its secrets: chmod o= ${file}` }]
        : []
    )
  )

/** Reads and validates a configuration. Fails with everything that is wrong with it, by file, line and path. */
export const loadConfig = Effect.fnUntraced(function* (
  file: string
): Effect.fn.Return<LoadedConfig, ConfigError, Path.Path | Digest.Digest> {
  const yaml = readYaml(file, yield* readText(file))
  if (yaml.problems.length > 0) return yield* new ConfigError({ problems: yaml.problems })
  const { data, position, problems, files, withPasswords } = yield* withCsvFiles(file, yaml.data, yaml.position)
  // What refers to lists that are not complete would only be noise.
  if (problems.length > 0) return yield* new ConfigError({ problems })
  const config = yield* decodeConfig(data, position)
  const readable = yield* Effect.forEach([file, ...withPasswords], readableByOthers)
  return { ...config, notices: [...readable.flat(), ...config.notices], files: [file, ...files] }
})
