/** `Action: Filter`: which events a session gets, in the old form and in that of Asterisk 20 and later. */
import type { Headers } from "./ami_packet.ts"

export interface EventFilter {
  readonly exclude: boolean
  readonly matches: (event: string, packet: string, headers: Headers) => boolean
}

const compile = (expression: string): RegExp | null => {
  try {
    return new RegExp(expression, "m")
  } catch {
    return null
  }
}

/** A function on one text: `none` takes everything. Null: it did not compile. */
const matcher = (method: string, text: string): ((subject: string) => boolean) | null => {
  switch (method) {
    case "none":
      return () => true
    case "exact":
      return (subject) => subject === text
    case "starts_with":
      return (subject) => subject.startsWith(text)
    case "ends_with":
      return (subject) => subject.endsWith(text)
    case "contains":
      return (subject) => subject.includes(text)
    case "regex": {
      const expression = compile(text)
      return expression === null ? null : (subject) => expression.test(subject)
    }
    default:
      return null
  }
}

const criterion = (criteria: string, name: string): string | undefined =>
  new RegExp(`(?:^|,)\\s*${name}\\(([^)]*)\\)`).exec(criteria)?.[1]

/** Null: it did not compile. */
export const parseEventFilter = (filter: string, criteria: string): EventFilter | null => {
  if (criteria === "") {
    const exclude = filter.startsWith("!")
    const expression = compile(exclude ? filter.slice(1) : filter)
    return expression === null ? null : { exclude, matches: (_event, packet) => expression.test(packet) }
  }
  const action = criterion(criteria, "action") ?? "include"
  const name = criterion(criteria, "name")
  const header = criterion(criteria, "header")?.toLowerCase()
  const test = matcher(criterion(criteria, "method") ?? (filter === "" ? "none" : "regex"), filter)
  if (test === null || (action !== "include" && action !== "exclude")) return null
  return {
    exclude: action === "exclude",
    matches: (event, packet, headers) =>
      (name === undefined || name === event) &&
      (header === undefined ? test(packet) : headers.some(([key, value]) => key.toLowerCase() === header && test(value)))
  }
}

/** Without an including filter everything passes that no excluding one names. */
export const passes = (filters: ReadonlyArray<EventFilter>, event: string, packet: string, headers: Headers): boolean => {
  const including = filters.filter((filter) => !filter.exclude)
  if (including.length > 0 && !including.some((filter) => filter.matches(event, packet, headers))) return false
  return !filters.some((filter) => filter.exclude && filter.matches(event, packet, headers))
}
