/** The binary's log, one entry for each line of standard error. */

export interface LogEntry {
  /** `stray`: no line of the log, but something that the runtime itself says, such as a warning or the trace of a crash. */
  readonly level: "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "stray"
  readonly message: string
  /** The whole line. */
  readonly text: string
  readonly get: (name: string) => string
}

const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const

const textOf = (value: unknown): string => (value === undefined || value === null ? "" : String(value))

export const readLogLine = (line: string): LogEntry => {
  const stray: LogEntry = { level: "stray", message: line, text: line, get: () => "" }
  let entry: unknown
  try {
    entry = JSON.parse(line)
  } catch {
    return stray
  }
  if (typeof entry !== "object" || entry === null) return stray
  const fields = entry as Readonly<Record<string, unknown>> // any object may be read by name
  const level = LEVELS.find((known) => known === fields.level)
  if (level === undefined || typeof fields.message !== "string") return stray
  return { level, message: fields.message, text: line, get: (name) => textOf(fields[name]) }
}

/** For a report: the message and what goes with it. */
export const showEntry = (entry: LogEntry, names: ReadonlyArray<string>): string =>
  [entry.message, ...names.flatMap((name) => (entry.get(name) === "" ? [] : [`${name}=${entry.get(name)}`]))].join(" ")
