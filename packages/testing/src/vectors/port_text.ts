/** What a side port says, as lines of text, and whether that is what a vector expects (reference 14). */
import type { Json, JsonObject } from "./json.ts"
import { matches } from "./matching.ts"
import { Malformed, onlyKeys, orNull, textAt, textsAt } from "./reader.ts"
import type { PortRecord } from "./recording.ts"
import type { PortName } from "./vector_send.ts"

/** Each null: not asked. Lines may be texts in angle brackets, as everywhere. */
export interface PortPattern {
  readonly lines: ReadonlyArray<string> | null
  readonly firstLine: string | null
  readonly lastLine: string | null
  /** Texts that are somewhere in what was said. */
  readonly contains: ReadonlyArray<string>
  readonly notContains: ReadonlyArray<string>
}

const KEYS = ["lines", "first_line", "last_line", "contains", "not_contains"]

/** Throws `Malformed`. */
export const portPattern = (object: JsonObject, place: string): PortPattern => {
  onlyKeys(object, ["to", "note", "after", ...KEYS], place)
  if (KEYS.every((key) => object[key] === undefined)) throw new Malformed(`${place} says no text`)
  const texts = (key: string): ReadonlyArray<string> | null => orNull(textsAt, object[key], `${place}.${key}`)
  const text = (key: string): string | null => orNull(textAt, object[key], `${place}.${key}`)
  return {
    lines: texts("lines"),
    firstLine: text("first_line"),
    lastLine: text("last_line"),
    contains: texts("contains") ?? [],
    notContains: texts("not_contains") ?? []
  }
}

const said = (lines: ReadonlyArray<string>): string => (lines.length === 0 ? "nothing" : JSON.stringify(lines))

/** Null: one connection said what is expected, and none what is not. */
export const portTextDiffers = (
  pattern: PortPattern,
  port: PortName,
  ports: ReadonlyArray<PortRecord>,
  after: number
): string | null => {
  const connections = ports.filter((one) => one.port === port && one.after >= after)
  if (connections.length === 0) return `there is no connection to ${port}`
  const is = (wanted: Json | null, came: Json | undefined): boolean => wanted === null || matches(wanted, came)
  const fits = ({ lines }: PortRecord): boolean => {
    const text = lines.join("\n")
    return (
      is(pattern.lines === null ? null : [...pattern.lines], [...lines]) &&
      is(pattern.firstLine, lines[0]) &&
      is(pattern.lastLine, lines.at(-1)) &&
      pattern.contains.every((part) => text.includes(part))
    )
  }
  const forbidden = (one: PortRecord): boolean => pattern.notContains.some((part) => one.lines.join("\n").includes(part))
  if (connections.some(fits) && !connections.some(forbidden)) return null
  return connections.map(({ lines }) => said(lines)).join("; ")
}

/** Null: all connections to the port, and there were some, were closed by the server. */
export const portStaysOpen = (port: PortName, ports: ReadonlyArray<PortRecord>): string | null => {
  const connections = ports.filter((one) => one.port === port)
  if (connections.length === 0) return `there is no connection to ${port}`
  return connections.every(({ closed }) => closed) ? null : `${port} stayed open`
}

/** What a port said after so many sends, as complaints. */
export const portTexts = (port: PortName, ports: ReadonlyArray<PortRecord>, after: number): ReadonlyArray<string> =>
  ports
    .filter((one) => one.port === port && one.after >= after && one.lines.length > 0)
    .map(({ lines }) => `${port} said ${said(lines)}`)
