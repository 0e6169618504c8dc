/** The documentation says what is true: its links lead somewhere, its examples compile. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { pieces } from "./source_text.mjs"

const skipped = new Set(["node_modules", "dist", ".git", ".cache", "coverage"])

const filesUnder = (folder, wanted) =>
  readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return skipped.has(entry.name) ? [] : filesUnder(path, wanted)
      return wanted(entry.name) ? [path] : []
    })
    .sort()

/** Fenced blocks of a Markdown text: what stands after the backticks, the lines between, and the line where they begin. */
export const fencedBlocks = (text) => {
  const blocks = []
  let open = null
  for (const [index, line] of text.split("\n").entries()) {
    const fence = /^\s*(`{3,})(.*)$/.exec(line)
    if (open === null) {
      if (fence !== null) open = { ticks: fence[1].length, info: fence[2].trim(), lines: [], line: index + 2 }
    } else if (fence !== null && fence[1].length >= open.ticks && fence[2].trim() === "") {
      blocks.push({ info: open.info, text: `${open.lines.join("\n")}\n`, line: open.line })
      open = null
    } else {
      open.lines.push(line)
    }
  }
  return blocks
}

const withoutCode = (text) =>
  text
    .replace(/^\s*(`{3,})[^\n]*\n[\s\S]*?^\s*\1`*\s*$/gm, (block) => block.replace(/[^\n]/g, ""))
    .replace(/(`+)[^`\n]+?\1/g, (code) => " ".repeat(code.length))

/** The name that a heading has as a link's target, as the usual web pages for repositories make it. */
const anchor = (heading) =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[`*]/g, "")
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-")

const anchorsOf = (file) => {
  const names = new Set()
  let fenced = false
  for (const line of readFileSync(file, "utf8").split("\n")) {
    if (/^\s*```/.test(line)) fenced = !fenced
    const heading = fenced ? null : /^#{1,6}\s+(.*)$/.exec(line)
    if (heading === null) continue
    const name = anchor(heading[1])
    let unique = name
    for (let i = 1; names.has(unique); i++) unique = `${name}-${i}`
    names.add(unique)
  }
  return names
}

/** Links and images of all Markdown files that lead nowhere inside the repository. Addresses on the web are not asked. */
export const brokenLinks = (root) => {
  const broken = []
  for (const file of filesUnder(root, (name) => name.endsWith(".md"))) {
    const text = withoutCode(readFileSync(file, "utf8"))
    const targets = [
      ...text.matchAll(/\]\(\s*<?([^()\s>]+(?:\([^()\s]*\))?)>?(?:\s+"[^"]*")?\s*\)/g),
      ...text.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)
    ]
    for (const match of targets) {
      const target = match[1]
      if (/^[a-z][a-z0-9+.-]*:/i.test(target)) continue
      const [path, fragment] = target.split("#")
      const there =
        path === "" ? file : resolve(path.startsWith("/") ? root : dirname(file), decodeURIComponent(path.replace(/^\//, "")))
      const line = text.slice(0, match.index).split("\n").length
      const say = (why) => broken.push(`${relative(root, file)}:${line}: ${target}: ${why}`)
      if (relative(root, there).startsWith("..")) say("leads out of the repository")
      else if (!existsSync(there)) say("no such file")
      else if (fragment !== undefined && there.endsWith(".md") && !anchorsOf(there).has(fragment)) say("no such heading")
    }
  }
  return broken
}

/** Typescript examples of the Markdown files and of the doc comments. A block marked `ts fragment` is no whole program. */
const examplesOf = (root) => {
  const examples = []
  const add = (file, text, offset) => {
    for (const block of fencedBlocks(text)) {
      if (/^(ts|typescript)$/.test(block.info))
        examples.push({ file: relative(root, file), line: block.line + offset, text: block.text })
    }
  }
  for (const file of filesUnder(root, (name) => name.endsWith(".md"))) add(file, readFileSync(file, "utf8"), 0)
  const packages = join(root, "packages")
  for (const file of existsSync(packages)
    ? filesUnder(packages, (name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    : []) {
    const source = readFileSync(file, "utf8")
    for (const piece of source.includes("```") ? pieces(source) : []) {
      if (piece.kind !== "comment") continue
      add(file, piece.text.replace(/^\s*\/?\*+\/? ?/gm, ""), source.slice(0, piece.at).split("\n").length - 1)
    }
  }
  return examples
}

/**
 * Writes each example as a module into a folder with a project of its own, for the compiler to check. Answers how many there are,
 * the project's path, and `name`, which puts the example's own place into the compiler's messages.
 */
export const writeExamples = (root) => {
  // Inside the package that depends on all others, so that the imports resolve as a user's would.
  const folder = join(root, "packages/acceptance/.cache/examples")
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const examples = examplesOf(root)
  for (const [index, example] of examples.entries())
    writeFileSync(join(folder, `example_${index}.ts`), `${example.text}\nexport {}\n`)
  const project = join(folder, "tsconfig.json")
  const compilerOptions = { composite: false, declaration: false, declarationMap: false, noEmit: true, types: ["node"] }
  writeFileSync(project, JSON.stringify({ extends: "../../../../tsconfig.base.json", compilerOptions, include: ["*.ts"] }))
  const name = (output) =>
    output.replace(/\S*example_(\d+)\.ts([:(])(\d+)/g, (_, index, mark, line) => {
      const example = examples[Number(index)]
      return `${example.file}${mark}${example.line + Number(line) - 1}`
    })
  return { count: examples.length, project, name, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
