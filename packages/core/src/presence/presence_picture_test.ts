import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { factoryPresenceGroup } from "../config/factory.ts"
import { presenceGraphViz, presenceMermaid } from "./group_text_graph.ts"
import { textWidth } from "./presence_card.ts"
import type { DraftGroup, DraftPresence } from "./presence_defect.ts"
import { presenceSvg } from "./presence_picture.ts"

const groupOf = (presences: ReadonlyArray<Partial<DraftPresence> & { readonly name: string }>): DraftGroup => ({
  name: "shop",
  presences: new Map(
    presences.map((presence) => [
      presence.name,
      { longName: presence.name, color: "#336699", allowed: null, actions: [], ...presence }
    ])
  )
})

/** Something of everything: ways in one direction and in both, one that is cut off, one that ends, texts that need escaping. */
const shop = groupOf([
  {
    name: "available",
    longName: 'Open "now" & <then>',
    color: "#9bc920",
    allowed: ["closed", "end"],
    actions: [["enablednd", "false"]]
  },
  { name: "closed", longName: "Closed", color: "#FFDD00", allowed: ["available"], actions: [["queuepause_all", ""]] },
  { name: "end", longName: null, color: "#001AFF", allowed: ["disconnected"], actions: [["enablecoffee", "true"]] },
  { name: "secret", longName: "Secret", color: null, allowed: ["end", "nowhere"] },
  { name: "disconnected", longName: "Gone", color: "#202020", actions: [["agentlogoff", ""]] }
])

/** The elements of a text, if it is well-formed XML without declarations; else why not. */
const elements = (xml: string): ReadonlyArray<string> | string => {
  const open: Array<string> = []
  const names: Array<string> = []
  const token = /<(\/?)([a-z]+)((?:\s[\w:-]+="[^"<&]*(?:&(?:amp|lt|gt|quot);[^"<&]*)*")*)(\/?)>|[^<&]+|&(?:amp|lt|gt|quot);/y
  while (token.lastIndex < xml.length) {
    const start = token.lastIndex
    const found = token.exec(xml)
    if (found === null) return `at ${JSON.stringify(xml.slice(start, start + 40))}`
    const [, close, name, , empty] = found
    if (name === undefined) continue
    if (close === "/") {
      if (open.pop() !== name) return `</${name}> of another`
    } else {
      names.push(name)
      if (empty !== "/") open.push(name)
    }
  }
  return open.length === 0 ? names : `<${open.join("><")}> left open`
}

const count = (text: string, part: string): number => text.split(part).length - 1

describe("the picture of a presence group", () => {
  it("is well-formed and closed whatever people write", () => {
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("a".repeat(300), "]]>", "<!--", "\u0000&amp;", "世界"))
    fc.assert(
      fc.property(text, text, text, (longName, action, name) => {
        const svg = presenceSvg(
          groupOf([
            { name: "available", longName, color: `"/>${name}`, actions: [[action, name]] },
            { name, longName: name }
          ])
        )
        const found = elements(svg)
        assert.isArray(found, String(found))
        assert.strictEqual(found[0], "svg")
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is what is asked.
        assert.notMatch(svg, /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u)
      }),
      { numRuns: 200 }
    )
  })

  it("has one arrow for two ways with two heads, and marks what is cut off", () => {
    const svg = presenceSvg(shop)
    const arrows = svg.split("\n").filter((line) => line.startsWith("<g><title>") && line.includes("polygon"))
    assert.deepStrictEqual(
      arrows.map((line) => [/<title>(.*?)<\/title>/.exec(line)?.[1], count(line, "<polygon")]),
      [
        ["available &lt;-&gt; closed", 2],
        ["available -&gt; end", 1],
        ["secret -&gt; end", 1]
      ]
    )
    // Two of them, and the legend's sample.
    assert.strictEqual(count(svg, "stroke-dasharray"), 3)
    assert.strictEqual(count(svg, ">no way leads here<"), 1)
    assert.strictEqual(count(svg, ">no way back<"), 2)
    assert.notInclude(presenceSvg(factoryPresenceGroup), "stroke-dasharray")
  })

  it("tells who cannot see it what it shows", () => {
    const svg = presenceSvg(shop)
    assert.include(svg, 'role="img" aria-labelledby="shop-title shop-desc"')
    assert.include(svg, '<title id="shop-title">Presence group shop</title>')
    assert.include(
      svg,
      '<desc id="shop-desc">Open &quot;now&quot; &amp; &lt;then&gt; (available); do not disturb off; leads to closed, end. ' +
        "Closed (closed); agent paused; leads to available. " +
        "end (end); enablecoffee: skipped, may choose disconnected; no way back. " +
        "Secret (secret); leads to end; no way leads here; no way back. " +
        "Gone (disconnected); agent logged off.</desc>"
    )
  })

  it("shows each presence in its colour, with a readable title", () => {
    const svg = presenceSvg(shop)
    for (const [title, fill, ink] of [
      ["Closed", "#FFDD00", "#000000"],
      ["end", "#001AFF", "#FFFFFF"],
      ["Gone", "#202020", "#FFFFFF"]
    ]) {
      const card = svg.split("\n").find((line) => line.includes(`font-weight="bold" text-anchor="middle">${title}<`)) ?? ""
      assert.include(card, `fill="${fill}"`)
      assert.include(card, `font-size="15" fill="${ink}"`)
    }
  })

  it("is the same for the same group, and cuts what is too long", () => {
    assert.strictEqual(presenceSvg(shop), presenceSvg(shop))
    const long = presenceSvg(groupOf([{ name: "available", longName: "W".repeat(200) }]))
    const shown = /text-anchor="middle">(W+…)</.exec(long)?.[1] ?? ""
    assert.isAbove(shown.length, 5)
    assert.isBelow(textWidth(shown, 15, "bold"), 211)
  })

  it("is Mermaid's text, too", () => {
    assert.strictEqual(
      presenceMermaid(shop),
      `flowchart TD
  subgraph signed_in ["signed in"]
    0("Open #quot;now#quot; #amp; #lt;then#gt;<br/>#40;available#41;<br/>do not disturb off")
    1("Closed<br/>agent paused")
    2("end<br/>enablecoffee: skipped<br/>may choose disconnected<br/>no way back!")
    3("Secret<br/>no way leads here!<br/>no way back!")
  end
  4("Gone<br/>#40;disconnected#41;<br/>agent logged off")
  0 <--> 1
  0 --> 2
  3 --> 2
  4 -->|"signs in, as any of these"| signed_in
  signed_in -->|"signs out, or the link is lost"| 4
  style 0 fill:#9BC920,color:#000000,stroke:#333333
  style 1 fill:#FFDD00,color:#000000,stroke:#333333
  style 2 fill:#001AFF,color:#FFFFFF,stroke:#B00020,stroke-width:3px,stroke-dasharray:6 4
  style 3 fill:#FFFFFF,color:#000000,stroke:#B00020,stroke-width:3px,stroke-dasharray:6 4
  style 4 fill:#202020,color:#FFFFFF,stroke:#333333
`
    )
  })

  it("is GraphViz' text, too", () => {
    assert.strictEqual(
      presenceGraphViz(shop),
      `digraph "shop" {
  compound=true; nodesep=0.6; ranksep=0.8;
  node [shape=box, style="rounded,filled", fontname="Helvetica"];
  "0" [label="Open \\"now\\" & <then>\\n(available)\\ndo not disturb off"];
  "1" [label="Closed\\nagent paused"];
  "2" [label="end\\nenablecoffee: skipped\\nmay choose disconnected\\nno way back!"];
  "3" [label="Secret\\nno way leads here!\\nno way back!"];
  "4" [label="Gone\\n(disconnected)\\nagent logged off"];
  "0" [fillcolor="#9BC920", fontcolor="#000000"];
  "1" [fillcolor="#FFDD00", fontcolor="#000000"];
  "2" [fillcolor="#001AFF", fontcolor="#FFFFFF", color="#B00020", penwidth=3, style="rounded,filled,dashed"];
  "3" [fillcolor="#FFFFFF", fontcolor="#000000", color="#B00020", penwidth=3, style="rounded,filled,dashed"];
  "4" [fillcolor="#202020", fontcolor="#FFFFFF"];
  subgraph cluster_signed_in {
    label="signed in"; fontname="Helvetica"; "0" "1" "2" "3"
  }
  "0" -> "1" [dir=both];
  "0" -> "2";
  "3" -> "2";
  "4" -> { "0" "1" "2" "3" } [style=invis];
  "4" -> "0" [lhead=cluster_signed_in, dir=both, style=bold];
}
`
    )
  })
})
