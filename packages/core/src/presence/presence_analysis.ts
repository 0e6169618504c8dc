/** Finds what is wrong with a presence group. Pure: of a group alone, written or made by a program. */
import { readAction } from "./action.ts"
import { alikeTo } from "./colour_distance.ts"
import type { DraftGroup, DraftPresence, Lasting, PresenceDefect } from "./presence_defect.ts"
import { type PresenceGraph, presenceGraph } from "./presence_graph.ts"
import { AUTOMATIC_CAUSES, AVAILABLE, DISCONNECTED } from "./presence_group.ts"

const menus = (group: DraftGroup): ReadonlyArray<PresenceDefect> => {
  const defects: Array<PresenceDefect> = []
  for (const missing of [AVAILABLE, DISCONNECTED]) {
    if (!group.presences.has(missing)) defects.push({ rule: "missing_presence", missing })
  }
  for (const { name: presence, allowed } of group.presences.values()) {
    allowed?.forEach((named, at) => {
      if (!group.presences.has(named)) defects.push({ rule: "unknown_presence", presence, at, named })
      else if (allowed.indexOf(named) < at) defects.push({ rule: "listed_twice", presence, at, named })
    })
  }
  return defects
}

/** One defect for each link that is missing, not for each presence that suffers from it. */
const ways = (graph: PresenceGraph): ReadonlyArray<PresenceDefect> => {
  if (!graph.names.includes(AVAILABLE)) return []
  const reached = graph.reached(AVAILABLE)
  const returning = graph.reaching(AVAILABLE)
  return graph.parts.flatMap(({ presences, before, after }): ReadonlyArray<PresenceDefect> => {
    const isReached = presences.some((name) => reached.has(name))
    const returns = presences.some((name) => returning.has(name))
    const defects: Array<PresenceDefect> = []
    if (!isReached && before.length === 0) {
      defects.push({ rule: "unreachable", presences, after: after.filter((name) => !reached.has(name)) })
    }
    if (!returns && after.length === 0) {
      defects.push({ rule: "one_way_street", presences, before: before.filter((name) => !returning.has(name)) })
    }
    return defects
  })
}

/** Presences that the system takes. */
const automatics = (group: DraftGroup): ReadonlyArray<PresenceDefect> => {
  const menu = group.presences.get(AVAILABLE)?.allowed ?? []
  return AUTOMATIC_CAUSES.flatMap((cause) => {
    const [first, ...more] = [...group.presences.values()].flatMap(({ automatic, name }) => (automatic === cause ? [name] : []))
    if (first === undefined) return []
    const vain = first !== AVAILABLE && first !== DISCONNECTED && !menu.includes(first) && group.presences.has(AVAILABLE)
    return [
      ...more.map((presence): PresenceDefect => ({ rule: "automatic_twice", presence, other: first, cause })),
      ...(first === DISCONNECTED ? [{ rule: "automatic_disconnected", presence: first, cause } as const] : []),
      ...(vain ? [{ rule: "automatic_in_vain", presence: first, cause } as const] : [])
    ]
  })
}

const pairs = <A>(list: ReadonlyArray<A>): ReadonlyArray<readonly [earlier: A, later: A]> =>
  list.flatMap((later, index) => list.slice(0, index).map((earlier) => [earlier, later] as const))

const looks = (group: DraftGroup): ReadonlyArray<PresenceDefect> => {
  const presences = [...group.presences.values()]
  const text = ({ longName }: DraftPresence): string => (longName ?? "").trim()
  const unnamed = presences.filter((presence) => text(presence) === "")
  return [
    ...unnamed.map(({ name }): PresenceDefect => ({ rule: "no_display_text", presence: name })),
    ...pairs(presences).flatMap(([other, presence]): ReadonlyArray<PresenceDefect> => {
      const defects: Array<PresenceDefect> = []
      if (text(presence) !== "" && text(presence).toLowerCase() === text(other).toLowerCase()) {
        defects.push({ rule: "same_display_text", presence: presence.name, other: other.name })
      }
      if (presence.color !== null && other.color !== null) {
        const eyes = alikeTo(presence.color, other.color)
        if (eyes.length > 0) defects.push({ rule: "colours_alike", presence: presence.name, other: other.name, eyes })
      }
      return defects
    })
  ]
}

const eachAction = ({ name: presence, actions }: DraftPresence): ReadonlyArray<PresenceDefect> => {
  const defects: Array<PresenceDefect> = []
  for (const [action, parameter] of actions) {
    const read = readAction(action, parameter)
    if (read === "unknown") defects.push({ rule: "unknown_action", presence, action })
    else if (read === "without_effect") defects.push({ rule: "action_without_effect", presence, action })
    else if (read._tag === "DoNotDisturb" && parameter !== "true" && parameter !== "false") {
      defects.push({ rule: "action_parameter", presence, action, parameter })
    }
  }
  const pauses = actions.flatMap(([action, parameter]) => {
    const read = readAction(action, parameter)
    return typeof read === "object" && read._tag === "PauseAll" ? [read.paused] : []
  })
  if (pauses.includes(true) && pauses.includes(false)) defects.push({ rule: "pause_and_unpause", presence })
  return defects
}

/** What a presence does to something lasting, and by which action; null: nothing. The last action counts. */
const switches = (
  presence: DraftPresence | undefined,
  lasting: Lasting
): { readonly on: boolean; readonly action: string } | null => {
  let found: { readonly on: boolean; readonly action: string } | null = null
  for (const [action, parameter] of presence?.actions ?? []) {
    const read = readAction(action, parameter)
    if (typeof read !== "object") continue
    if (lasting === "do_not_disturb" && read._tag === "DoNotDisturb") found = { on: read.on, action }
    if (lasting === "pause" && read._tag === "PauseAll") found = { on: read.paused, action }
  }
  return found
}

/**
 * Who is available must be reachable. A login may lead from everywhere to `available`, past everything that switches off on the usual
 * way, so only `available` itself is sure to.
 */
const leftOn = (group: DraftGroup, graph: PresenceGraph, lasting: Lasting): ReadonlyArray<PresenceDefect> => {
  const available = group.presences.get(AVAILABLE)
  if (available === undefined) return []
  const home = switches(available, lasting)
  if (home?.on === false) return []
  const guilty =
    home === null ? [...group.presences.values()].filter((presence) => switches(presence, lasting)?.on === true) : [available]
  const [first] = guilty
  const action = switches(first, lasting)?.action
  if (first === undefined || action === undefined) return []
  const silent = (name: string): boolean => switches(group.presences.get(name), lasting) === null
  const throughMenus = graph.way(first.name, AVAILABLE, silent)
  const way = throughMenus ?? [...new Set([first.name, DISCONNECTED, AVAILABLE])]
  return [{ rule: "left_on", lasting, presences: guilty.map(({ name }) => name), action, way }]
}

/**
 * Everything that is wrong with a presence group; empty: nothing. Each defect is told once, where it can be mended. A presence whose
 * text is its name, as in a configuration without one, counts as having a text unless `longName` is null.
 */
export const analysePresenceGroup = (group: DraftGroup): ReadonlyArray<PresenceDefect> => {
  const graph = presenceGraph(group)
  return [
    ...menus(group),
    ...ways(graph),
    ...automatics(group),
    ...looks(group),
    ...[...group.presences.values()].flatMap(eachAction),
    ...leftOn(group, graph, "do_not_disturb"),
    ...leftOn(group, graph, "pause")
  ]
}
