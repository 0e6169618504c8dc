/** The presences of a group as a graph: an edge leads where a menu does. The only file that knows `effect/Graph`. */
import * as Graph from "effect/Graph"
import * as Option from "effect/Option"
import { DISCONNECTED } from "./presence_group.ts"

/** What of a group the graph is made of. */
export interface Reaching {
  readonly presences: ReadonlyMap<string, { readonly allowed: ReadonlyArray<string> | null }>
}

/** Presences that lead to each other, and so share their ways in and out. */
export interface Part {
  /** In the order of the group. */
  readonly presences: ReadonlyArray<string>
  /** Other presences that lead here, through any others. */
  readonly before: ReadonlyArray<string>
  /** Other presences that this leads to, through any others. */
  readonly after: ReadonlyArray<string>
}

export interface PresenceGraph {
  /** All presences but `disconnected`, which is left by signing in and entered from everywhere. */
  readonly names: ReadonlyArray<string>
  /** From and to, each once, in the order of the group and its menus. */
  readonly edges: ReadonlyArray<readonly [from: string, to: string]>
  /** Every presence is in one of them. */
  readonly parts: ReadonlyArray<Part>
  /** Where one gets from a presence, itself included. Empty: no such presence. */
  readonly reached: (from: string) => ReadonlySet<string>
  /** Whence one gets to a presence, itself included. */
  readonly reaching: (to: string) => ReadonlySet<string>
  /** A shortest way that passes only through presences that `through` admits, its ends included; null: there is none. */
  readonly way: (from: string, to: string, through: (presence: string) => boolean) => ReadonlyArray<string> | null
}

/** The graph of a group. What `allowed` names that the group does not have is left out. */
export const presenceGraph = (group: Reaching): PresenceGraph => {
  const names = [...group.presences.keys()].filter((name) => name !== DISCONNECTED)
  const indexes = new Map(names.map((name, index) => [name, index]))
  const edges = names.flatMap((from) =>
    [...new Set(group.presences.get(from)?.allowed ?? [])].flatMap((to) =>
      to !== from && indexes.has(to) ? [[from, to] as const] : []
    )
  )
  const graph = Graph.directed<string, number>((mutable) => {
    for (const name of names) Graph.addNode(mutable, name)
    for (const [from, to] of edges) {
      const [source, target] = [indexes.get(from), indexes.get(to)]
      if (source !== undefined && target !== undefined) Graph.addEdge(mutable, source, target, 1)
    }
  })
  // Nodes are numbered in the order in which they were added.
  const named = (found: Iterable<number>): ReadonlyArray<string> => {
    const wanted = new Set(found)
    return names.filter((_, index) => wanted.has(index))
  }
  const walk = (name: string, direction: Graph.Direction): ReadonlySet<string> => {
    const index = indexes.get(name)
    return new Set(index === undefined ? [] : named(Graph.unweightedDistances(graph, index, { direction }).keys()))
  }
  const partOf = (component: ReadonlyArray<number>): Part => {
    const presences = named(component)
    const [first = ""] = presences
    const others = (found: ReadonlySet<string>): ReadonlyArray<string> =>
      names.filter((name) => found.has(name) && !presences.includes(name))
    return { presences, before: others(walk(first, "incoming")), after: others(walk(first, "outgoing")) }
  }
  const place = ({ presences: [first = ""] }: Part): number => indexes.get(first) ?? 0

  return {
    names,
    edges,
    parts: Graph.stronglyConnectedComponents(graph)
      .map(partOf)
      .toSorted((a, b) => place(a) - place(b)),
    reached: (from) => walk(from, "outgoing"),
    reaching: (to) => walk(to, "incoming"),
    way: (from, to, through) => {
      const [source, target] = [indexes.get(from), indexes.get(to)]
      if (source === undefined || target === undefined) return null
      const admitted = Graph.mutate(graph, (mutable) => {
        Graph.filterNodes(mutable, (name) => name === from || name === to || through(name))
      })
      const found = Graph.dijkstra(admitted, { source, target, cost: (steps) => steps })
      return Option.match(found, {
        onNone: () => null,
        onSome: ({ path }) => path.map((index) => names[index] ?? "")
      })
    }
  }
}

const labelled = (labels: ReadonlyArray<string>): Graph.DirectedGraph<string, never> =>
  Graph.directed<string, never>((mutable) => {
    for (const label of labels) Graph.addNode(mutable, label)
  })

/** Lines of Mermaid: a flowchart's head, then a node for each label. Its name is its place in the list. */
export const mermaidNodes = (labels: ReadonlyArray<string>): ReadonlyArray<string> =>
  Graph.toMermaid(labelled(labels), { nodeShape: () => "rounded" }).split("\n")

/** Lines of GraphViz' language: a graph's head, then a node for each label, named by its place. The closing brace is left to write. */
export const graphVizNodes = (title: string, labels: ReadonlyArray<string>): ReadonlyArray<string> =>
  Graph.toGraphViz(labelled(labels), { graphName: title }).split("\n").slice(0, -1)
