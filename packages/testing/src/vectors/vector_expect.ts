/** What a vector expects. */
import { isArray, type Json, type JsonObject } from "./json.ts"
import { type PortPattern, portPattern } from "./port_text.ts"
import { arrayAt, Malformed, objectAt, onlyKeys, orNull, textAt, textsAt, wholeAt } from "./reader.ts"
import { isConnection, isPort, type PortName } from "./vector_send.ts"

/** Where to look: `all` sessions, one connection (`cti:42`), the actions sent to Asterisk, or the agents' comings and goings. */
export type Place =
  | { readonly _tag: "Everywhere" }
  | { readonly _tag: "AllSessions" }
  | { readonly _tag: "Connection"; readonly name: string }
  /** `action` null: any. */
  | { readonly _tag: "Ami"; readonly action: string | null }
  | { readonly _tag: "Agents"; readonly change: "agent-login" | "agent-logoff" }
  | { readonly _tag: "Port"; readonly port: PortName }
  | { readonly _tag: "Bus" }

export type ActionPattern =
  /** Exactly these headers, in this order. */
  | { readonly _tag: "Exact"; readonly headers: ReadonlyArray<readonly [name: string, value: string]> }
  /** These among others, and these values of `Variable` headers. */
  | { readonly _tag: "Subset"; readonly headers: JsonObject; readonly variables: ReadonlyArray<string> }

export type Expectation = { readonly text: string } & (
  | {
      readonly _tag: "Messages"
      readonly place: Extract<Place, { readonly _tag: "AllSessions" | "Connection" }>
      readonly patterns: ReadonlyArray<JsonObject>
      readonly unordered: boolean
      readonly count: number | null
      readonly last: boolean
      readonly after: number
      readonly xmlContains: ReadonlyArray<string>
      readonly xmlNotContains: ReadonlyArray<string>
    }
  | {
      readonly _tag: "Action"
      readonly pattern: ActionPattern
      readonly count: number | null
      readonly last: boolean
      readonly after: number
    }
  /** An agent was logged in or off, by whatever means: `agent_id`, `extension`, `context`. */
  | {
      readonly _tag: "AgentChange"
      readonly change: "agent-login" | "agent-logoff"
      readonly pattern: JsonObject
      readonly count: number | null
      readonly after: number
    }
  /** The server closes. Null: the connection that sent last. */
  | { readonly _tag: "Closed"; readonly connection: string | null }
  /** A handshake that a send began has come to a good end. Null: on the connection that sent last. */
  | { readonly _tag: "Encrypted"; readonly connection: string | null }
  /** Nothing came there, of this shape, after this number of sends. */
  | { readonly _tag: "None"; readonly place: Place; readonly shape: JsonObject; readonly after: number }
  /** What a side port says on a connection opened after this number of sends. */
  | { readonly _tag: "PortText"; readonly port: PortName; readonly pattern: PortPattern; readonly after: number }
  /** The server closes its connections there. */
  | { readonly _tag: "PortClosed"; readonly port: PortName }
  /** Told to the program around the server, under this name. */
  | { readonly _tag: "BusEvent"; readonly event: string; readonly data: JsonObject; readonly after: number }
  /** Seen at an output of its own: `function`. */
  | { readonly _tag: "Elsewhere"; readonly to: string }
)

const COMMON = ["to", "note"]
const SHAPE = ["class", "listname", "function", "tid"]

/** The keys that narrow an expectation, as a pattern. */
const narrowed = (object: JsonObject): JsonObject =>
  Object.fromEntries(SHAPE.flatMap((key) => (object[key] === undefined ? [] : [[key, object[key]]])))

const afterAt = (object: JsonObject, place: string): number => orNull(wholeAt, object.after, `${place}.after`) ?? 0
const countAt = (object: JsonObject, place: string): number | null => orNull(wholeAt, object.count, `${place}.count`)

const placeOf = (name: string, place: string): Place | null => {
  if (name === "all") return { _tag: "AllSessions" }
  if (isConnection(name)) return { _tag: "Connection", name }
  if (name === "ami") return { _tag: "Ami", action: null }
  if (name.startsWith("ami:")) return { _tag: "Ami", action: name.slice("ami:".length) }
  if (name === "agent-login" || name === "agent-logoff") return { _tag: "Agents", change: name }
  if (isPort(name)) return { _tag: "Port", port: name }
  if (name === "bus") return { _tag: "Bus" }
  throw new Malformed(`${place}: this runner does not know \`${name}\``)
}

const messages = (object: JsonObject, name: string, place: string, text: string): Expectation => {
  onlyKeys(
    object,
    [...COMMON, ...SHAPE, "msg", "msgs", "unordered", "count", "last", "after", "xml_contains", "xml_not_contains"],
    place
  )
  const shape = narrowed(object)
  const many = orNull(arrayAt, object.msgs, `${place}.msgs`)
  if (many !== null && object.msg !== undefined) throw new Malformed(`${place} has both msg and msgs`)
  if (many === null && object.msg === undefined && Object.keys(shape).length === 0) {
    throw new Malformed(`${place} says no message`)
  }
  const patterns = (many ?? [object.msg ?? {}]).map((item, index) => ({
    ...shape,
    ...objectAt(item, `${place}.msg[${index}]`)
  }))
  const count = countAt(object, place)
  const last = object.last === true
  if ((count !== null || last) && patterns.length !== 1) throw new Malformed(`${place}: count and last go with one message`)
  return {
    _tag: "Messages",
    place: name === "all" ? { _tag: "AllSessions" } : { _tag: "Connection", name },
    patterns,
    unordered: object.unordered === true,
    count,
    last,
    after: afterAt(object, place),
    xmlContains: textsAt(object.xml_contains ?? [], `${place}.xml_contains`),
    xmlNotContains: textsAt(object.xml_not_contains ?? [], `${place}.xml_not_contains`),
    text
  }
}

/** `not_class_with`: no message of that shape, at the place itself. With a `msg` beside it, besides that message. */
const shapeAbsent = (object: JsonObject, name: string, place: string, text: string): Expectation => {
  const where = placeOf(name, place)
  if (where === null) return { _tag: "Elsewhere", to: name, text }
  const shape = objectAt(object.not_class_with, `${place}.not_class_with`)
  return { _tag: "None", place: where, shape: { ...narrowed(object), ...shape }, after: afterAt(object, place), text }
}

const headerPairs = (json: Json, place: string): ReadonlyArray<readonly [string, string]> =>
  (isArray(json) ? json : Object.entries(objectAt(json, place))).map((pair, index) => {
    const items = arrayAt(pair as Json, `${place}[${index}]`) // entries of JSON are JSON
    if (items.length !== 2) throw new Malformed(`${place}[${index}] must be a name and a value`)
    return [textAt(items[0], `${place}[${index}][0]`), String(items[1])] as const
  })

const action = (object: JsonObject, place: string, text: string): Expectation => {
  onlyKeys(object, [...COMMON, "action", "action_subset", "variables", "count", "last", "after"], place)
  if ((object.action === undefined) === (object.action_subset === undefined)) {
    throw new Malformed(`${place} must have one of action and action_subset`)
  }
  const pattern: ActionPattern =
    object.action !== undefined
      ? { _tag: "Exact", headers: headerPairs(object.action, `${place}.action`) }
      : {
          _tag: "Subset",
          headers: objectAt(object.action_subset, `${place}.action_subset`),
          variables: textsAt(object.variables ?? [], `${place}.variables`)
        }
  return {
    _tag: "Action",
    pattern,
    count: countAt(object, place),
    last: object.last === true,
    after: afterAt(object, place),
    text
  }
}

const none = (object: JsonObject, place: string, text: string): Expectation => {
  onlyKeys(object, [...COMMON, ...SHAPE, "conn", "msg", "not_class_with", "after"], place)
  const conn = orNull(textAt, object.conn, `${place}.conn`)
  const where = conn === null ? ({ _tag: "Everywhere" } as const) : placeOf(conn, place)
  if (where === null) return { _tag: "Elsewhere", to: conn ?? "none", text }
  const shape = {
    ...narrowed(object),
    ...objectAt(object.msg ?? {}, `${place}.msg`),
    ...objectAt(object.not_class_with ?? {}, `${place}.not_class_with`)
  }
  return { _tag: "None", place: where, shape, after: afterAt(object, place), text }
}

const agentChange = (object: JsonObject, change: "agent-login" | "agent-logoff", place: string, text: string): Expectation => {
  const { to: _to, note: _note, count: _count, after: _after, ...pattern } = object
  onlyKeys(pattern, ["agent_id", "extension", "context"], place)
  return { _tag: "AgentChange", change, pattern, count: countAt(object, place), after: afterAt(object, place), text }
}

/** Reads one expectation, which may say two things; throws `Malformed`. */
export const expectationsOf = (json: Json, place: string): ReadonlyArray<Expectation> => {
  const object = objectAt(json, place)
  const to = textAt(object.to, `${place}.to`)
  const text = JSON.stringify(json)
  if (to === "all" || isConnection(to)) {
    const { not_class_with: absent, ...positive } = object
    if (absent === undefined) return [messages(object, to, place, text)]
    const absence = shapeAbsent(object, to, place, text)
    return positive.msg === undefined && positive.msgs === undefined
      ? [absence]
      : [messages(positive, to, place, text), absence]
  }
  switch (to) {
    case "ami":
      return [object.not_class_with === undefined ? action(object, place, text) : shapeAbsent(object, to, place, text)]
    case "agent-login":
    case "agent-logoff":
      return [agentChange(object, to, place, text)]
    case "none":
      return [none(object, place, text)]
    case "closed": {
      onlyKeys(object, [...COMMON, "conn"], place)
      const connection = orNull(textAt, object.conn, `${place}.conn`)
      if (connection !== null && isPort(connection)) return [{ _tag: "PortClosed", port: connection, text }]
      if (connection === null || isConnection(connection)) return [{ _tag: "Closed", connection, text }]
      throw new Malformed(`${place}.conn: this runner does not know \`${connection}\``)
    }
    case "webi":
    case "info":
      return [{ _tag: "PortText", port: to, pattern: portPattern(object, place), after: afterAt(object, place), text }]
    case "bus":
      onlyKeys(object, [...COMMON, "event", "data", "after"], place)
      return [
        {
          _tag: "BusEvent",
          event: textAt(object.event, `${place}.event`),
          data: objectAt(object.data ?? {}, `${place}.data`),
          after: afterAt(object, place),
          text
        }
      ]
    case "function":
      return [{ _tag: "Elsewhere", to, text }]
    case "tls-established": {
      onlyKeys(object, [...COMMON, "conn"], place)
      return [{ _tag: "Encrypted", connection: orNull(textAt, object.conn, `${place}.conn`), text }]
    }
    default:
      throw new Malformed(`${place}.to: this runner does not know \`${to}\``)
  }
}
