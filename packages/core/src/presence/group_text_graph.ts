/** A presence group as text that other programs draw: Mermaid and GraphViz. */
import { type DrawnGroup, type DrawnPresence, drawnGroup, SIGNS_IN, SIGNS_OUT } from "./drawn_group.ts"
import type { DraftGroup } from "./presence_defect.ts"
import { graphVizNodes, mermaidNodes } from "./presence_graph.ts"

/** All that is drawn, `disconnected` last; each is called by its place, as a name may be a word of the language (`end`, `node`). */
const nodesOf = ({ presences, disconnected }: DrawnGroup): ReadonlyArray<DrawnPresence> =>
  disconnected === null ? presences : [...presences, disconnected]

const labelOf = ({ title, subtitle, lines, marks }: DrawnPresence): string =>
  [title, ...(subtitle === null ? [] : [`(${subtitle})`]), ...lines, ...marks.map((mark) => `${mark}!`)].join("\n")

const placesOf = (group: DrawnGroup): ((name: string) => number) => {
  const places = new Map(group.presences.map(({ name }, index) => [name, index]))
  return (name) => places.get(name) ?? 0
}

/** A Mermaid flowchart, ends with a line feed. */
export const presenceMermaid = (group: DraftGroup): string => {
  const picture = drawnGroup(group)
  const place = placesOf(picture)
  const nodes = nodesOf(picture)
  const [head = "", ...made] = mermaidNodes(nodes.map(labelOf))
  const gone = picture.disconnected === null ? null : picture.presences.length
  return [
    head,
    '  subgraph signed_in ["signed in"]',
    ...made.slice(0, picture.presences.length).map((line) => `  ${line}`),
    "  end",
    ...made.slice(picture.presences.length),
    ...picture.edges.map(({ from, to, both }) => `  ${place(from)} ${both ? "<-->" : "-->"} ${place(to)}`),
    ...(gone === null ? [] : [`  ${gone} -->|"${SIGNS_IN}"| signed_in`, `  signed_in -->|"${SIGNS_OUT}"| ${gone}`]),
    ...nodes.map(({ fill, ink, marks }, index) => {
      const border = marks.length > 0 ? "stroke:#B00020,stroke-width:3px,stroke-dasharray:6 4" : "stroke:#333333"
      return `  style ${index} fill:${fill},color:${ink},${border}`
    }),
    ""
  ].join("\n")
}

/** A GraphViz graph, ends with a line feed. */
export const presenceGraphViz = (group: DraftGroup): string => {
  const picture = drawnGroup(group)
  const place = placesOf(picture)
  const nodes = nodesOf(picture)
  const all = picture.presences.map((_, index) => `"${index}"`).join(" ")
  const [head = "", ...made] = graphVizNodes(group.name, nodes.map(labelOf))
  const gone = picture.disconnected === null || picture.presences.length === 0 ? null : picture.presences.length
  return [
    head,
    "  compound=true; nodesep=0.6; ranksep=0.8;",
    '  node [shape=box, style="rounded,filled", fontname="Helvetica"];',
    ...made,
    ...nodes.map(({ fill, ink, marks }, index) => {
      const border = marks.length > 0 ? ', color="#B00020", penwidth=3, style="rounded,filled,dashed"' : ""
      return `  "${index}" [fillcolor="${fill}", fontcolor="${ink}"${border}];`
    }),
    "  subgraph cluster_signed_in {",
    `    label="signed in"; fontname="Helvetica"; ${all}`,
    "  }",
    ...picture.edges.map(({ from, to, both }) => `  "${place(from)}" -> "${place(to)}"${both ? " [dir=both]" : ""};`),
    // Unseen lines put it above the frame. The one that is seen has no text, which would lie across.
    ...(gone === null
      ? []
      : [`  "${gone}" -> { ${all} } [style=invis];`, `  "${gone}" -> "0" [lhead=cluster_signed_in, dir=both, style=bold];`]),
    "}",
    ""
  ].join("\n")
}
