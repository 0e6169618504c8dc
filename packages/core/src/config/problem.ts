/** What is wrong with a configuration, and where. */
import * as Data from "effect/Data"

/** Keys and list indexes from the top of the file: `["users", 3, "lines", 0]`. */
export type ConfigPath = ReadonlyArray<string | number>

/** A place in a text file. Lines and columns count from 1. */
export interface Position {
  readonly file: string
  readonly line: number
  readonly column: number
}

/**
 * Where a path was written. `key` asks for the key instead of its value. A path that was not written (a missing key) answers its
 * nearest ancestor that was.
 */
export type PositionOf = (path: ConfigPath, target?: "key" | "value") => Position

/** One reason to refuse a configuration. */
export interface Problem extends Position {
  /** As `formatPath` writes it; empty: the whole file. */
  readonly path: string
  /** What stands there, or `(hidden)` where a secret does. */
  readonly found: string
  readonly expected: string
}

/** Something that the administrator should know about a configuration that is accepted. */
export interface Notice extends Position {
  readonly path: string
  readonly message: string
}

const plainKey = /^[A-Za-z_][A-Za-z0-9_-]*$/

/** `users[3].lines[0]` */
export const formatPath = (path: ConfigPath): string => {
  let text = ""
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`
    else if (!plainKey.test(step)) text += `[${JSON.stringify(step)}]`
    else text += text === "" ? step : `.${step}`
  }
  return text
}

const at = (position: Position, path: string): string =>
  `${position.file}:${position.line}:${position.column}: ${path === "" ? "" : `${path}: `}`

/** `ctid.yml:12:9: users[3].lines[0]: found "x", expected a whole number of 1 or more` */
export const formatProblem = (problem: Problem): string =>
  `${at(problem, problem.path)}found ${problem.found}, expected ${problem.expected}`

/** `ctid.yml:12:9: listeners.ctis: this version does not open it yet` */
export const formatNotice = (notice: Notice): string => `${at(notice, notice.path)}${notice.message}`

const secretKeys: ReadonlySet<string> = new Set(["password", "plain_password"])

/** True where the value at a path is a secret and must not be shown. */
export const isSecret = (path: ConfigPath): boolean => path.some((step) => typeof step === "string" && secretKeys.has(step))

const LONGEST_FOUND = 60

/** What stands at a path, in words, for `found`. Secrets are hidden, long texts cut. */
export const describeFound = (path: ConfigPath, value: unknown): string => {
  if (value === undefined || value === null) return "nothing"
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list"
  if (typeof value === "object") return "a mapping"
  if (isSecret(path)) return "(hidden)"
  if (typeof value !== "string") return String(value)
  return JSON.stringify(value.length > LONGEST_FOUND ? `${value.slice(0, LONGEST_FOUND)}…` : value)
}

/** In the order of the files' text, each file's together. */
export const byPosition = (a: Position, b: Position): number =>
  a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1

/** A configuration is refused. All its problems together, in the order of the file. */
export class ConfigError extends Data.TaggedError("ConfigError")<{ readonly problems: ReadonlyArray<Problem> }> {
  override get message(): string {
    return this.problems.map(formatProblem).join("\n")
  }
}
