/** How the log looks: one line per entry, for people or for programs, on standard error. */
import type { LogConfig } from "@ctid/core"
import { UNPRINTABLE } from "@ctid/core/log_text"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"

type Format = "pretty" | "json"

type Level = LogConfig["level"]

/** How much is logged; may change while the program runs. */
export class LogVolume extends Context.Service<
  LogVolume,
  { readonly current: () => Level; readonly set: (level: Level) => void }
>()("ctid/LogVolume") {}

const levels: Readonly<Record<Level, LogLevel.LogLevel>> = {
  trace: "Trace",
  debug: "Debug",
  info: "Info",
  warn: "Warn",
  error: "Error"
}

/** Most characters of a message or a value; of a cause, which has a trace, more. */
const LONGEST = 2_048
const LONGEST_CAUSE = 16_384

const bounded = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most)}... (${text.length} characters)` : text

/** What may be shown of a value: secrets never, errors by their sentence. */
const shown = (value: unknown): string | number | boolean | null => {
  if (value === null || typeof value === "number" || typeof value === "boolean" || typeof value === "string") return value
  if (value === undefined) return null
  if (Redacted.isRedacted(value)) return "(hidden)"
  if (value instanceof Error) return value.message
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}

const withinBounds = (value: string | number | boolean | null) => (typeof value === "string" ? bounded(value, LONGEST) : value)

const colors: Readonly<Record<string, string>> = { FATAL: "31", ERROR: "31", WARN: "33", INFO: "32", DEBUG: "36", TRACE: "90" }

const paint = (colored: boolean, code: string | undefined, text: string): string =>
  colored && code !== undefined ? `\u001b[${code}m${text}\u001b[0m` : text

/** As JSON, with nothing left that a terminal would obey. */
const escaped = (value: unknown): string =>
  JSON.stringify(value).replaceAll(UNPRINTABLE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** Plain where it can be, else quoted: what a peer sent cannot begin a new line or move the cursor. */
const quoted = (value: string | number | boolean | null): string => {
  const text = String(value)
  return text === "" || /[\s"=]/.test(text) || text.search(UNPRINTABLE) >= 0 ? escaped(text) : text
}

const plain = (text: string): string => (text.search(UNPRINTABLE) >= 0 ? escaped(text) : text)

interface Entry {
  readonly time: Date
  readonly level: string
  readonly message: string
  readonly annotations: ReadonlyArray<readonly [name: string, value: string | number | boolean | null]>
}

const toEntry = ({ date, logLevel, message, cause, fiber }: Logger.Options<unknown>): Entry => {
  const parts = Array.isArray(message) ? message : [message]
  const annotations = Object.entries(fiber.getRef(References.CurrentLogAnnotations)).map(
    ([name, value]) => [name, withinBounds(shown(value))] as const
  )
  const causes = cause.reasons.length > 0 ? [["cause", bounded(Cause.pretty(cause), LONGEST_CAUSE)] as const] : []
  return {
    time: date,
    level: logLevel.toUpperCase(),
    message: bounded(parts.map((part) => String(shown(part))).join(" "), LONGEST),
    annotations: [...annotations, ...causes]
  }
}

const toPretty = ({ time, level, message, annotations }: Entry, colored: boolean): string => {
  const head = `${time.toISOString()} ${paint(colored, colors[level], level.padEnd(5))} ${plain(message)}`
  return annotations.reduce((line, [name, value]) => `${line} ${paint(colored, "90", `${name}=`)}${quoted(value)}`, head)
}

const toJson = ({ time, level, message, annotations }: Entry): string => {
  const head = { time: time.toISOString(), level: level.toLowerCase(), message }
  // First in the line, and no annotation takes their place.
  return escaped({ ...head, ...Object.fromEntries(annotations), ...head })
}

/** Writes entries as lines to `write`; `admits` says which, all where it is absent. */
export const makeLogger = (
  format: Format,
  options: {
    readonly colored: boolean
    readonly write: (line: string) => void
    readonly admits?: (level: LogLevel.LogLevel) => boolean
  }
): Logger.Logger<unknown, void> =>
  Logger.make((entry) => {
    if (options.admits?.(entry.logLevel) === false) return
    const values = toEntry(entry)
    options.write(`${format === "json" ? toJson(values) : toPretty(values, options.colored)}\n`)
  })

/** The log of a command, on standard error; `auto` is pretty on a terminal. */
export const layerLog = (config: LogConfig): Layer.Layer<LogVolume> => {
  const { stderr, env } = process
  const pretty = config.format === "auto" ? stderr.isTTY === true : config.format === "pretty"
  let level = config.level
  const logger = makeLogger(pretty ? "pretty" : "json", {
    colored: stderr.isTTY === true && (env.NO_COLOR ?? "") === "",
    write: (line) => stderr.write(line),
    admits: (one) => LogLevel.isGreaterThanOrEqualTo(one, levels[level])
  })
  const volume = LogVolume.of({
    current: () => level,
    set: (next) => {
      level = next
    }
  })
  return Layer.mergeAll(
    Logger.layer([logger]),
    Layer.succeed(References.MinimumLogLevel, "Trace"),
    Layer.succeed(LogVolume, volume)
  )
}
