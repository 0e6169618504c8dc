/** Whether what came is what a vector expects (reference 14). */
import { actionFits, actionText, cameActions, isRoutine } from "./action_match.ts"
import { type AgentChangeRecord, agentChanges, header } from "./agent_change.ts"
import { type Json, type JsonObject, shown } from "./json.ts"
import { difference, matches } from "./matching.ts"
import { portStaysOpen, portTextDiffers, portTexts } from "./port_text.ts"
import type { ActionRecord, BusRecord, ConnectionRecord, Received, Recording } from "./recording.ts"
import { Trail } from "./trail.ts"
import type { Expectation, Place } from "./vector_expect.ts"
import { isPort } from "./vector_send.ts"

/** An expectation that was not met. */
export interface Complaint {
  readonly expected: string
  readonly came: string
}

type Of<Tag extends Expectation["_tag"]> = Extract<Expectation, { readonly _tag: Tag }>

/** Everything that one expectation takes away from the others. */
type Came = Received | ActionRecord | AgentChangeRecord | BusRecord

interface World {
  readonly recording: Recording
  readonly changes: ReadonlyArray<AgentChangeRecord>
  readonly used: Set<Came>
  /** Order matters inside one `to`: a trail for each, and for `all` one on each connection. */
  readonly trails: Map<string, unknown>
}

const trail = <A extends Received | ActionRecord | AgentChangeRecord>(
  world: World,
  key: string,
  items: ReadonlyArray<A>
): Trail<A> => {
  const found = world.trails.get(key) ?? new Trail<A>(items, world.used as Set<A>)
  world.trails.set(key, found)
  return found as Trail<A> // each key is only ever used with one kind of item
}

const classOf = (message: JsonObject): Json => message.class ?? null

const withoutTime = ({ timenow: _, ...rest }: JsonObject): JsonObject => rest

/** What to show when a message was missed: the first difference to the one that comes nearest, and that one; else the classes that came. */
const cameInstead = (received: ReadonlyArray<Received>, pattern: JsonObject): string => {
  const alike = (keys: ReadonlyArray<string>): ReadonlyArray<Received> =>
    received.filter(({ message }) => keys.every((key) => pattern[key] === undefined || pattern[key] === message[key]))
  for (const keys of [["class", "function", "listname", "tid"], ["class", "function", "listname"], ["class"]]) {
    const nearest = alike(keys).at(-1)
    if (nearest === undefined) continue
    const found = difference(pattern, nearest.message)
    return `${shown(withoutTime(nearest.message))}${found === null ? ", not in this order" : ` (${found})`}`
  }
  if (received.length === 0) return "nothing"
  return `only ${[...new Set(received.map(({ message }) => JSON.stringify(classOf(message))))].join(", ")}`
}

type ClientPlace = Of<"Messages">["place"]

const connections = (world: World, place: ClientPlace): ReadonlyArray<ConnectionRecord> =>
  world.recording.connections.filter((one) => (place._tag === "AllSessions" ? one.session : one.name === place.name))

const clientTrail = (world: World, place: ClientPlace, connection: ConnectionRecord): Trail<Received> =>
  trail(world, `${place._tag} ${world.recording.connections.indexOf(connection)}`, connection.received)

const meets = (world: World, expectation: Of<"Messages">, connection: ConnectionRecord): boolean => {
  const { patterns, after } = expectation
  const items = clientTrail(world, expectation.place, connection)
  const fits =
    (pattern: JsonObject) =>
    (item: Received): boolean =>
      matches(pattern, item.message) && hasXml(expectation, item)
  const [first = {}] = patterns
  if (expectation.last) {
    return items.isLast(after, ({ message }) => classOf(message) === classOf(first), fits(first))
  }
  if (expectation.unordered) return items.findAll(after, patterns, ({ message }) => message)
  return patterns.every((pattern) => items.find(after, fits(pattern)))
}

const hasXml = (expectation: Of<"Messages">, item: Received): boolean => {
  if (expectation.xmlContains.length === 0 && expectation.xmlNotContains.length === 0) return true
  const xml = item.xml
  if (xml === null) return false
  return (
    expectation.xmlContains.every((part) => xml.includes(part)) &&
    !expectation.xmlNotContains.some((part) => xml.includes(part))
  )
}

/**
 * A number of messages is that of all sessions of a user together; for `all` it may be that of each session or that of all of
 * them together.
 */
const meetsCount = (
  world: World,
  expectation: Of<"Messages">,
  count: number,
  open: ReadonlyArray<ConnectionRecord>
): string | null => {
  const [pattern = {}] = expectation.patterns
  const counts = open.map((connection) =>
    clientTrail(world, expectation.place, connection).count(
      expectation.after,
      (item) => matches(pattern, item.message) && hasXml(expectation, item)
    )
  )
  const total = counts.reduce((sum, one) => sum + one, 0)
  if (total === count && (expectation.place._tag === "Connection" || count === 0 || counts.every((one) => one > 0))) return null
  if (expectation.place._tag === "AllSessions" && counts.every((one) => one === count)) return null
  return `${counts.join(" + ")} such messages`
}

const messages = (world: World, expectation: Of<"Messages">): string | null => {
  const open = connections(world, expectation.place)
  if (open.length === 0) return "there is no such connection"
  if (expectation.count !== null) return meetsCount(world, expectation, expectation.count, open)
  // a user with several sessions: it is enough that one of them got it, where not all are asked for
  const met = open.map((connection) => meets(world, expectation, connection))
  const enough = expectation.place._tag === "AllSessions" ? met.every(Boolean) : met.some(Boolean)
  if (enough) return null
  const missing = open[met.indexOf(false)]
  const received = missing?.received.filter((item) => item.after >= expectation.after) ?? []
  const xml = received.find((item) => item.xml !== null)?.xml
  const where = expectation.place._tag === "AllSessions" ? ` on ${missing?.name}` : ""
  return `${cameInstead(received, expectation.patterns[0] ?? {})}${xml === undefined ? "" : ` ${xml}`}${where}`
}

const action = (world: World, expectation: Of<"Action">): string | null => {
  const { after, pattern, count } = expectation
  const items = trail(world, "ami", world.recording.actions)
  const fits = (one: ActionRecord): boolean => actionFits(pattern, one)
  if (count !== null) {
    const found = items.count(after, fits)
    return found === count ? null : `${found} such actions`
  }
  const wanted = pattern._tag === "Exact" ? pattern.headers[0]?.[1] : pattern.headers.Action
  const ofKind = (one: ActionRecord): boolean => header(one, "Action")?.toLowerCase() === String(wanted).toLowerCase()
  const met = expectation.last ? items.isLast(after, ofKind, fits) : items.find(after, fits)
  return met ? null : cameActions(world.recording.actions.filter((one) => one.after >= after))
}

const agentChange = (world: World, expectation: Of<"AgentChange">): string | null => {
  const ofKind = world.changes.filter((one) => one.change === expectation.change)
  const items = trail(world, expectation.change, ofKind)
  const fits = (one: AgentChangeRecord): boolean => matches(expectation.pattern, one.fields)
  if (expectation.count !== null) {
    const found = items.count(expectation.after, fits)
    return found === expectation.count ? null : `${found} such changes`
  }
  if (items.find(expectation.after, fits)) return null
  return ofKind.length === 0
    ? cameActions(world.recording.actions)
    : ofKind.map((one) => `${one.change} ${shown(one.fields)}`).join("; ")
}

const closed = (world: World, expectation: Of<"Closed">): string | null => {
  const name = expectation.connection ?? world.recording.lastSender ?? "cti:new"
  if (isPort(name)) return portStaysOpen(name, world.recording.ports)
  const found = world.recording.connections.filter((one) => one.name === name)
  if (found.some((one) => one.closed)) return null
  return found.length === 0 ? `there is no ${name}` : `${name} stayed open`
}

const busText = ({ event, data }: BusRecord): string => `the event ${event} ${shown(data)}`

const busEvent = (world: World, { event, data, after }: Of<"BusEvent">): string | null => {
  const ofKind = world.recording.events.filter((one) => one.event === event && one.after >= after)
  const found = ofKind.find((one) => !world.used.has(one) && matches(data, one.data))
  if (found !== undefined) world.used.add(found)
  if (found !== undefined) return null
  return ofKind.length === 0 ? `no event ${event}` : ofKind.map(busText).join("; ")
}

const encrypted = (world: World, expectation: Of<"Encrypted">): string | null => {
  const name = expectation.connection ?? world.recording.lastSender ?? "cti:new"
  const found = world.recording.connections.filter((one) => one.name === name)
  if (found.some((one) => one.encrypted)) return null
  return found.length === 0 ? `there is no ${name}` : `${name} is not inside TLS`
}

/** What was there, although nothing should have been. */
const unexpected = (world: World, place: Place, shape: JsonObject, after: number): ReadonlyArray<string> => {
  const { recording, used } = world
  const free = (item: Came): boolean => item.after >= after && !item.setup && !used.has(item)
  const fromClients = (open: ReadonlyArray<ConnectionRecord>): ReadonlyArray<string> =>
    open.flatMap((one) =>
      one.received
        .filter((item) => free(item) && matches(shape, item.message))
        .map((item) => `${one.name} got ${shown(withoutTime(item.message))}`)
    )
  const actions = (name: string | null): ReadonlyArray<string> =>
    recording.actions
      .filter((one) =>
        name === null
          ? !isRoutine(one)
          : header(one, "Action")?.toLowerCase() === name.toLowerCase() && name.toLowerCase() !== "ping"
      )
      .filter((one) => free(one) && actionFits({ _tag: "Subset", headers: shape, variables: [] }, one))
      .map(actionText)
  switch (place._tag) {
    case "Everywhere":
      // an answer of the info port is no message, and each of its commands has one
      return Object.keys(shape).length === 0
        ? [...fromClients(recording.connections), ...actions(null), ...portTexts("webi", recording.ports, after)]
        : fromClients(recording.connections)
    case "Port":
      return portTexts(place.port, recording.ports, after)
    case "Bus":
      return recording.events.filter((one) => free(one) && matches(shape, one.data)).map(busText)
    case "AllSessions":
      return fromClients(recording.connections.filter((one) => one.session))
    case "Connection":
      return fromClients(recording.connections.filter((one) => one.name === place.name))
    case "Ami":
      return actions(place.action)
    case "Agents":
      return world.changes
        .filter((one) => one.change === place.change && free(one) && matches(shape, one.fields))
        .map((one) => `${one.change} ${shown(one.fields)}`)
  }
}

const judged = (world: World, expectation: Expectation): string | null => {
  switch (expectation._tag) {
    case "Messages":
      return messages(world, expectation)
    case "Action":
      return action(world, expectation)
    case "AgentChange":
      return agentChange(world, expectation)
    case "Closed":
      return closed(world, expectation)
    case "None": {
      const found = unexpected(world, expectation.place, expectation.shape, expectation.after)
      return found.length === 0 ? null : found.slice(0, 3).join("; ")
    }
    case "Encrypted":
      return encrypted(world, expectation)
    case "PortText":
      return portTextDiffers(expectation.pattern, expectation.port, world.recording.ports, expectation.after)
    case "PortClosed":
      return portStaysOpen(expectation.port, world.recording.ports)
    case "BusEvent":
      return busEvent(world, expectation)
    case "Elsewhere":
      return `nothing is recorded there: \`${expectation.to}\``
  }
}

/** The expectations that are not met. Those that expect nothing are judged last: what another one expects is not in their way. */
export const judge = (expectations: ReadonlyArray<Expectation>, recording: Recording): ReadonlyArray<Complaint> => {
  const world: World = { recording, changes: agentChanges(recording), used: new Set(), trails: new Map() }
  const positive = expectations.filter((one) => one._tag !== "None")
  const negative = expectations.filter((one) => one._tag === "None")
  return [...positive, ...negative].flatMap((expectation) => {
    const came = judged(world, expectation)
    return came === null ? [] : [{ expected: expectation.text, came }]
  })
}

/** True when nothing is missing any more, though too much may still come. */
export const isComplete = (expectations: ReadonlyArray<Expectation>, recording: Recording): boolean =>
  judge(
    expectations.filter((one) => one._tag !== "None"),
    recording
  ).length === 0
