/**
 * `npm run check`: format, lint, types, direction of the dependencies, names of runtimes, examples and links of the
 * documentation. One line for each step; all steps run, and the last line says which failed.
 */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { architectureBreaches } from "./check/architecture.mjs"
import { brokenLinks, writeExamples } from "./check/documentation.mjs"
import { selfTest } from "./check/self_test.mjs"

const root = fileURLToPath(new URL("..", import.meta.url))

/** Runs a program of node_modules; answers what it said when it failed, else nothing. */
const program = (file, ...args) => {
  const { status, error, stdout, stderr } = spawnSync(process.execPath, [`${root}node_modules/${file}`, ...args], {
    cwd: root,
    encoding: "utf8"
  })
  return status === 0 ? [] : [`${stdout}${stderr}`.trimEnd() || String(error ?? `exit status ${status}`)]
}
const tsc = (...args) => program("typescript/bin/tsc", ...args)

const examples = () => {
  const { count, project, name, remove } = writeExamples(root)
  try {
    return count === 0 ? [] : tsc("-p", project).map(name)
  } finally {
    remove()
  }
}

const steps = [
  ["checks find seeded breaches", selfTest],
  ["format and lint", () => program("@biomejs/biome/bin/biome", "check", "--error-on-warnings", ".")],
  ["build", () => tsc("-b", "packages/server", "packages/acceptance")],
  ["types of the tests", () => tsc("-p", "tsconfig.test.json")],
  ["direction of imports, names of runtimes", () => architectureBreaches(root)],
  ["examples in the documentation", examples],
  ["links in the documentation", () => brokenLinks(root)]
]

const failed = []
for (const [name, run] of steps) {
  const start = performance.now()
  const complaints = run()
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(`${complaints.length === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`)
  for (const complaint of complaints) console.log(complaint.replace(/^/gm, "       "))
  if (complaints.length > 0) failed.push(name)
}
if (failed.length > 0) {
  console.log(`check failed: ${failed.join("; ")}`)
  process.exitCode = 1
}
