/** docs/presence.md shows the machines as they are. */
import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { wishChart } from "@ctid/ami/wish_life"
import { changeChart, presenceChart, presenceRuleTable } from "@ctid/core"
import { assert, describe, it } from "@effect/vitest"

const page = fileURLToPath(new URL("../../../docs/presence.md", import.meta.url))

const fence = (text: string): string => `\`\`\`mermaid\n${text}\`\`\`\n`

describe("docs/presence.md", () => {
  for (const [name, text] of [
    ["presenceChart", fence(presenceChart())],
    ["presenceRuleTable", presenceRuleTable()],
    ["changeChart", fence(changeChart())],
    ["wishChart", fence(wishChart())]
  ] as const) {
    it(`holds what ${name} answers`, async () => {
      const [, after] = (await readFile(page, "utf8")).split(`<!-- ${name} -->\n`)
      assert.strictEqual(after?.slice(0, text.length), text)
    })
  }
})
