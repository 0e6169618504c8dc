/** Proves that the checks find what they are for: each breach is written into a small workspace, and must be reported. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { architectureBreaches } from "./architecture.mjs"
import { brokenLinks, fencedBlocks } from "./documentation.mjs"

/** One breach each: a file, its text, and a word of the report. */
const breaches = [
  ["packages/core/src/a.ts", 'import { x } from "@ctid/ami"\n', "must not import ami"],
  ["packages/core/src/a.ts", 'export * from "@ctid/platform-node/x"\n', "must not import platform-node"],
  ["packages/core/src/a.ts", 'const later = import("@ctid/client")\n', "must not import client"],
  ["packages/ami/src/a.ts", 'import type {\n  X\n} from "@ctid/client"\n', "a.ts:3: ami must not import client"],
  ["packages/server/src/a.ts", 'import "@ctid/testing"\n', "must not import testing"],
  ["packages/server/src/a.ts", 'import "@ctid/simulator"\n', "only the demo"],
  ["packages/ami/src/a.ts", 'import { x } from "../../core/src/x.ts"\n', "leaves the package"],
  ["packages/ami/src/a.ts", 'import { x } from "./x"\n', "names the file"],
  ["packages/core/src/a.ts", 'import { Effect } from "effect"\n', "is a barrel"],
  ["packages/core/src/a.ts", 'import { readFile } from "node:fs"\n', "core is pure"],
  ["packages/core/src/a.ts", 'import * as fc from "fast-check"\n', "only in tests"],
  ["packages/server/src/a.ts", 'import YAML from "yaml"\n', "not among the dependencies"],
  ["packages/server/src/a.ts", 'import "effect/schema/SchemaJITCompiler/enable"\n', "only in the binary's entry"],
  ["packages/core/src/a.ts", "export const x = Buffer.from([1])\n", "Buffer belongs to a runtime"],
  ["packages/core/src/a.ts", `export const x = () => \`\${process.pid}\`\n`, "process belongs to a runtime"],
  ["packages/core/src/a.ts", 'export const x = a / 2 // "\nsetTimeout(f, 1) // /\n', "a.ts:2: setTimeout"],
  ["packages/core/src/a.ts", "export const x = /[/]/.test(y) ? console.log(y) : 1\n", "console belongs"],
  ["packages/core/src/a.ts", "export const now = () => Date.now()\n", "clocks and randomness"],
  ["packages/core/src/a.ts", "export const now = new Date()\n", "clocks and randomness"],
  ["packages/core/src/a_test.ts", 'it.only("x", () => {})\n', "a test that does not run"],
  ["packages/core/src/a.ts", 'import { x } from "./a_test.ts"\n', "made for tests"],
  ["packages/other/src/a.ts", "export {}\n", "a new package"],
  ["docs/a.md", "See [there](b.md).\n", "no such file"],
  ["docs/a.md", "# One\nSee [there](#two).\n", "no such heading"],
  ["docs/a.md", "See [there](../../x.md).\n", "leads out"]
]

/** Must all pass together. */
const innocent = [
  [
    "packages/core/src/a.ts",
    `import * as Effect from "effect/Effect"\n// process.exit, Buffer\nexport const x = "setTimeout(\`\${1}\`)"\n`
  ],
  [
    "packages/core/src/b.ts",
    "export const y = (window: ReadonlyArray<number>) => window.length\nexport const z = { process: 1 }.process\n"
  ],
  [
    "packages/core/src/c.ts",
    `/** console.log is not used, \`Date.now\` neither */\nexport const w = /process.exit/.test(x) && \`a \${'\`'} Buffer\`\n`
  ],
  ["packages/core/src/a_test.ts", 'import { it } from "@effect/vitest"\nimport * as s from "@ctid/simulator"\n'],
  ["packages/ami/src/a.ts", 'import { x } from "@ctid/core/x"\n'],
  ["packages/ami/src/b.ts", `export const x = (from: string) => \`\${from}fast-check\`\n`],
  ["packages/server/src/demo/a.ts", 'import "@ctid/simulator"\nimport { y } from "node:fs"\nconsole.log(Date.now(), Buffer)\n'],
  ["packages/server/src/main.ts", 'import "effect/schema/SchemaJITCompiler/enable"\n'],
  [
    "docs/a.md",
    "# One two\n## `x` and (y)\n[1](#one-two) [2](a.md#x-and-y) [3](https://x.invalid/y) `[4](none.md)`\n```\n[5](none.md)\n```\n"
  ]
]

const dependencies = {
  core: [],
  ami: ["@ctid/core"],
  server: ["@ctid/core", "@ctid/simulator", "@ctid/testing"],
  other: []
}

const reports = (files) => {
  const root = mkdtempSync(join(tmpdir(), "ctid-check-"))
  try {
    mkdirSync(join(root, "packages"))
    for (const [path, text] of files) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
      const name = /^packages\/([^/]+)/.exec(path)?.[1]
      if (name === undefined) continue
      const declared = Object.fromEntries(dependencies[name].map((dependency) => [dependency, "0.1.0"]))
      writeFileSync(join(root, "packages", name, "package.json"), JSON.stringify({ name, dependencies: declared }))
    }
    return [...architectureBreaches(root), ...brokenLinks(root)]
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** What the checks fail to see, or see where nothing is; empty: they work. */
export const selfTest = () => {
  const failures = []
  for (const [path, text, expected] of breaches) {
    const found = reports([[path, text]])
    if (found.length !== 1 || !found[0].includes(expected)) {
      failures.push(`expected one report with "${expected}" for ${JSON.stringify(text)}, found ${JSON.stringify(found)}`)
    }
  }
  for (const found of reports(innocent)) failures.push(`innocent, but reported: ${found}`)
  const blocks = fencedBlocks("x\n```ts\na\n```\n````md\n```ts\n````\n")
  if (blocks.length !== 2 || blocks[0].text !== "a\n" || blocks[0].info !== "ts" || blocks[0].line !== 3)
    failures.push("fenced blocks are misread")
  return failures
}
