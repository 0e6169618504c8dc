/** What a picture of a presence group shows, whatever the format. */
import { readAction } from "./action.ts"
import { inkOn } from "./colour_distance.ts"
import type { DraftGroup, DraftPresence } from "./presence_defect.ts"
import { presenceGraph } from "./presence_graph.ts"
import { AVAILABLE, DISCONNECTED } from "./presence_group.ts"

export interface DrawnPresence {
  readonly name: string
  /** What people read. */
  readonly title: string
  /** The name, where the title does not say it. */
  readonly subtitle: string | null
  /** `#RRGGBB`: its own colour, and what is readable on it. */
  readonly fill: string
  readonly ink: string
  /** What it does, and whether its menu offers to disconnect. */
  readonly lines: ReadonlyArray<string>
  /** What is wrong with its ways. */
  readonly marks: ReadonlyArray<string>
  /** The presences that its menu offers. */
  readonly leadsTo: ReadonlyArray<string>
}

export interface DrawnEdge {
  readonly from: string
  readonly to: string
  /** It leads back, too. */
  readonly both: boolean
}

export interface DrawnGroup {
  readonly name: string
  /** All but `disconnected`, `available` first. */
  readonly presences: ReadonlyArray<DrawnPresence>
  /** Null: the group lacks it. */
  readonly disconnected: DrawnPresence | null
  readonly edges: ReadonlyArray<DrawnEdge>
}

export const UNREACHABLE = "no way leads here"
export const NO_WAY_BACK = "no way back"
export const SIGNS_IN = "signs in, as any of these"
export const SIGNS_OUT = "signs out, or the link is lost"

const doing = (action: string, parameter: string): string => {
  const read = readAction(action, parameter)
  if (typeof read === "string") return `${action}: skipped`
  switch (read._tag) {
    case "DoNotDisturb":
      return `do not disturb ${read.on ? "on" : "off"}`
    case "PauseAll":
      return `agent ${read.paused ? "paused" : "unpaused"}`
    case "AgentLogoff":
      return "agent logged off"
  }
}

/** `Out to lunch` says `outtolunch`. */
const bare = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "")

const drawn = (presence: DraftPresence, marks: ReadonlyArray<string>, leadsTo: ReadonlyArray<string>): DrawnPresence => {
  const title = presence.longName?.trim() || presence.name
  const fill = /^#[0-9A-F]{6}$/i.test(presence.color ?? "") ? (presence.color ?? "") : "#FFFFFF"
  return {
    name: presence.name,
    title,
    subtitle: bare(title) === bare(presence.name) ? null : presence.name,
    fill: fill.toUpperCase(),
    ink: inkOn(fill),
    lines: [
      ...presence.actions.map(([action, parameter]) => doing(action, parameter)),
      ...(presence.allowed?.includes(DISCONNECTED) && presence.name !== DISCONNECTED ? ["may choose disconnected"] : [])
    ],
    marks,
    leadsTo
  }
}

/** The picture of a group. What `allowed` names that the group does not have is left out. */
export const drawnGroup = (group: DraftGroup): DrawnGroup => {
  const graph = presenceGraph(group)
  const reached = graph.reached(AVAILABLE)
  const returning = graph.reaching(AVAILABLE)
  const hasHome = reached.size > 0
  const names = graph.names.toSorted((a, b) => Number(b === AVAILABLE) - Number(a === AVAILABLE))
  const isEdge = (from: string, to: string): boolean => graph.edges.some(([one, other]) => one === from && other === to)
  const isFirst = (from: string, to: string): boolean => names.indexOf(from) < names.indexOf(to)
  const gone = group.presences.get(DISCONNECTED)
  return {
    name: group.name,
    presences: names.flatMap((name) => {
      const presence = group.presences.get(name)
      if (presence === undefined) return []
      const marks = [
        ...(hasHome && !reached.has(name) ? [UNREACHABLE] : []),
        ...(hasHome && !returning.has(name) ? [NO_WAY_BACK] : [])
      ]
      return [
        drawn(
          presence,
          marks,
          graph.edges.flatMap(([from, to]) => (from === name ? [to] : []))
        )
      ]
    }),
    disconnected: gone === undefined ? null : drawn(gone, [], []),
    edges: graph.edges
      .filter(([from, to]) => isFirst(from, to) || !isEdge(to, from))
      .map(([from, to]) => ({ from, to, both: isEdge(to, from) }))
  }
}
