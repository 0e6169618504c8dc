/** Dependencies point one way, and the pure packages name no runtime: what `docs/decisions` promises, read from the sources. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve, sep } from "node:path"
import { codeOf, importsOf, lineAt } from "./source_text.mjs"

/** The packages that each may import. */
const directions = {
  core: [],
  ami: ["core"],
  client: ["core"],
  simulator: ["core"],
  testing: ["core", "ami", "client", "simulator"],
  "platform-node": ["core", "ami", "client"],
  "ami-client": ["core", "ami", "platform-node"],
  web: ["core", "client"],
  server: ["core", "ami", "client", "simulator", "platform-node", "ami-client"],
  bench: ["core", "ami", "client", "simulator", "platform-node", "ami-client", "server"],
  acceptance: ["core", "ami", "client", "simulator", "testing", "platform-node", "ami-client", "server", "bench"]
}

/** What a test may import beside what its package may. */
const forTests = ["core", "ami", "client", "simulator", "testing"]

/** No `node:*`, no globals of a runtime, no npm package but effect. */
const pure = new Set(["core", "ami", "client", "simulator", "testing"])

const testTools = new Set(["vitest", "@effect/vitest", "fast-check"])

/** Names that belong to a runtime wherever they stand. */
const runtimeNames = ["Buffer", "Deno", "Bun", "setTimeout", "setInterval", "setImmediate", "queueMicrotask", "XMLHttpRequest"]

/** Names that people also give to values of their own: a runtime's when used and not declared in the file. */
const runtimeObjects = [
  "process",
  "console",
  "document",
  "window",
  "navigator",
  "localStorage",
  "performance",
  "fetch",
  "require"
]

/** Clocks and randomness come from Effect. */
const clocks = [/\bDate\s*\.\s*now\b/, /\bnew\s+Date\s*(\(\s*\)|(?![\w\s(]))/, /\bMath\s*\.\s*random\b/]

const packageOf = (specifier) => {
  const scoped = /^@ctid\/([a-z-]+)/.exec(specifier)
  if (scoped) return scoped[1]
  return specifier === "ctid" || specifier.startsWith("ctid/") ? "server" : null
}

const npmName = (specifier) =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/")

/** Tests and what only they import. */
const madeForTests = (file) => /_(test|fixture)\.ts$/.test(file)

/** A package that is not published may use what the workspace itself has for development. */
const manifestOf = (root, folder) => {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  if (manifest.private !== true) return manifest
  const workspace = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
  return { ...manifest, dependencies: { ...workspace.devDependencies, ...manifest.dependencies } }
}

const sourcesUnder = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.(ts|tsx|mts)$/.test(entry.name))
        .map((entry) => join(entry.parentPath, entry.name))
        .sort()
    : []

/** All breaches below a workspace's root, one sentence each; empty: none. */
export const architectureBreaches = (root) => {
  const breaches = []
  for (const name of readdirSync(join(root, "packages")).sort()) {
    const folder = join(root, "packages", name)
    const sources = sourcesUnder(join(folder, "src"))
    if (sources.length === 0) continue
    if (!(name in directions)) {
      breaches.push(`packages/${name}: a new package; say in scripts/check/architecture.mjs what it may import`)
      continue
    }
    const manifest = manifestOf(root, folder)
    for (const file of sources) {
      const source = readFileSync(file, "utf8")
      const at = relative(root, file).split(sep).join("/")
      const unit = { name, folder, file, at, manifest, isTest: madeForTests(file) }
      for (const { specifier, line } of importsOf(source)) {
        const breach = importBreach(unit, specifier)
        if (breach !== null) breaches.push(`${at}:${line}: ${breach}`)
      }
      breaches.push(...nameBreaches(unit, source))
    }
  }
  return breaches
}

const importBreach = ({ name, folder, file, at, manifest, isTest }, specifier) => {
  if (specifier.startsWith(".")) {
    const target = resolve(dirname(file), specifier)
    if (!target.startsWith(join(folder, isTest ? "." : "src") + sep))
      return `${specifier} leaves the package: import it by its name`
    if (!/\.(ts|tsx|mts|json)$/.test(specifier)) return `${specifier}: a relative import names the file, .ts included`
    return !isTest && madeForTests(target) ? `${specifier}: made for tests, which are not shipped` : null
  }
  const other = packageOf(specifier)
  if (other !== null) {
    if (other === name) return isTest ? null : `${specifier}: within a package import by path`
    const allowed = directions[name].includes(other) || (isTest && forTests.includes(other))
    if (!allowed) return `${name} must not import ${other} (${specifier}): dependencies point one way`
    if (other === "simulator" && name === "server" && !isTest && !/\/demo[^/]*(\/|\.ts$)/.test(at)) {
      return `${specifier}: in the server only the demo has a simulator`
    }
    return isTest ? null : undeclared(manifest, other === "server" ? "ctid" : `@ctid/${other}`)
  }
  if (specifier === "effect" || specifier === "@effect/platform-node") {
    return `"${specifier}" is a barrel: import the module, such as "${specifier}/${specifier === "effect" ? "Effect" : "NodeRuntime"}"`
  }
  if (specifier.startsWith("effect/")) {
    return specifier === "effect/schema/SchemaJITCompiler/enable" && at !== "packages/server/src/main.ts" && name !== "bench"
      ? `${specifier}: only in the binary's entry, packages/server/src/main.ts`
      : null
  }
  if (testTools.has(npmName(specifier))) {
    return isTest || name === "testing" || name === "acceptance"
      ? null
      : `${specifier}: only in tests, packages/testing and packages/acceptance`
  }
  if (pure.has(name) && !isTest) return `${specifier}: ${name} is pure, it imports only effect`
  if (specifier.startsWith("node:")) return pure.has(name) ? `${specifier}: ${name} is pure, its tests too` : null
  return isTest ? null : undeclared(manifest, npmName(specifier))
}

const undeclared = (manifest, name) =>
  name in { ...manifest.dependencies, ...manifest.peerDependencies }
    ? null
    : `${name} is not among the dependencies of ${manifest.name}`

const nameBreaches = ({ name, at, isTest }, source) => {
  const code = codeOf(source)
  const breaches = []
  const report = (match, why) => breaches.push(`${at}:${lineAt(code, match.index)}: ${why}`)
  if (isTest) {
    const left = /\b(it|test|describe|layer)(\.\w+)*\.(only|skip|todo|fails)\b/.exec(code)
    if (left !== null) report(left, `${left[0]}: a test that does not run, or must fail`)
    return breaches
  }
  if (!pure.has(name) || at.endsWith("/web.d.ts")) return breaches
  for (const word of runtimeNames) {
    const match = new RegExp(`(?<![.\\w$])${word}\\b`).exec(code)
    if (match !== null) report(match, `${word} belongs to a runtime, and ${name} is pure`)
  }
  for (const word of runtimeObjects) {
    const declared = new RegExp(`\\b(const|let|var|function|class)\\s+${word}\\b|[(,{]\\s*${word}\\s*[,:)=}?]`).test(code)
    const match = new RegExp(`(?<![.\\w$])${word}\\s*(\\.|\\(|\\[)`).exec(code)
    if (match !== null && !declared) report(match, `${word} belongs to a runtime, and ${name} is pure`)
  }
  for (const clock of clocks) {
    const match = clock.exec(code)
    if (match !== null) report(match, `${match[0].trim()}: clocks and randomness come from Effect`)
  }
  return breaches
}
