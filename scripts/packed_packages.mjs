/**
 * `npm run test:example`: what would be published works. Packs every package that is not private, installs them and a copy of
 * docs/examples/own-presence-groups outside of the workspace, imports each with plain Node, and runs the example's tests: they
 * pass, and with a defect in the example's group they fail and tell its story.
 */
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const example = join(root, "docs/examples/own-presence-groups")
const folder = mkdtempSync(join(tmpdir(), "ctid-packed-"))

const run = (cwd, command, ...args) => {
  const { error, status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" })
  return { status, output: `${stdout}${stderr}${error ?? ""}` }
}

const must = (what, { status, output }) => {
  if (status !== 0) throw new Error(`${what}:\n${output}`)
  console.log(`ok     ${what}`)
  return output
}

const manifests = readdirSync(join(root, "packages"))
  .map((name) => JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8")))
  .filter((manifest) => manifest.private !== true)

/** Puts a defect into the example's group: `available` forgets to switch do not disturb off. */
const infect = () => {
  const file = join(folder, "presences.js")
  const [before, after, ...more] = readFileSync(file, "utf8").split('enablednd: "false", ')
  if (after === undefined || more.length > 0) throw new Error("the defect does not stand exactly once in presences.js")
  writeFileSync(file, before + after)
}

try {
  mkdirSync(join(folder, "packed"))
  const names = manifests.map(({ name }) => name)
  const chosen = names.flatMap((name) => ["-w", name])
  must(
    `packed: ${names.join(", ")}`,
    run(root, "npm", "pack", "--silent", "--pack-destination", join(folder, "packed"), ...chosen)
  )
  cpSync(example, folder, { recursive: true, filter: (path) => !/node_modules|packed$|package-lock/.test(path) })
  const file = join(folder, "package.json")
  const manifest = JSON.parse(readFileSync(file, "utf8"))
  for (const { name, version } of manifests) {
    manifest.dependencies[name] = `file:packed/${name.replace("@", "").replace("/", "-")}-${version}.tgz`
  }
  writeFileSync(file, JSON.stringify(manifest, null, 2))
  must("installed outside of the workspace", run(folder, "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"))
  const imports = names.filter((name) => name !== "ctid").map((name) => `await import(${JSON.stringify(name)})`)
  must("each is imported by plain Node", run(folder, process.execPath, "--input-type=module", "-e", imports.join("\n")))
  must("ctid says its version", run(folder, join(folder, "node_modules/.bin/ctid"), "--version"))
  const tests = must("the example's tests pass", run(folder, "npm", "test"))
  if (!/^. pass [1-9]/m.test(tests)) throw new Error(`no test ran:\n${tests}`)
  infect()
  const { status, output } = run(folder, "npm", "test")
  const story = /alice: [^\n]*-> available\n\s*found: available, and do not disturb is still on/.exec(output)?.[0]
  if (status === 0 || story === undefined)
    throw new Error(`with a defect in the group its tests should fail and tell it:\n${output}`)
  console.log(`ok     with a defect they fail: ${story.replace(/\s*\n\s*/, "; ")}`)
} catch (error) {
  console.error(`FAILED ${error.message}`)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
