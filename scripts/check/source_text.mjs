/** What a TypeScript source says to a machine: its code without comments and texts, and the modules it names. */

/**
 * Splits a source into pieces: `code`, `comment`, `text` (a string or the literal part of a template), `pattern` (a regular
 * expression). The pieces joined are the source.
 */
export function* pieces(source) {
  let at = 0
  let start = 0
  let lastCode = ""
  // Depth of braces inside each open `${`; empty outside of templates.
  const templates = []
  const code = function* (end) {
    if (end > start) {
      const piece = source.slice(start, end)
      if (piece.trim() !== "") lastCode = piece.trimEnd()
      yield { kind: "code", text: piece, at: start }
    }
  }
  const take = function* (kind, end) {
    yield* code(at)
    yield { kind, text: source.slice(at, end), at }
    if (kind !== "comment") lastCode = "x"
    at = start = end
  }
  while (at < source.length) {
    const char = source[at]
    const next = source[at + 1]
    if (char === "/" && next === "/") {
      const end = source.indexOf("\n", at)
      yield* take("comment", end === -1 ? source.length : end)
    } else if (char === "/" && next === "*") {
      const end = source.indexOf("*/", at + 2)
      yield* take("comment", end === -1 ? source.length : end + 2)
    } else if (char === '"' || char === "'") {
      yield* take("text", endOfString(source, at, char))
    } else if (char === "`") {
      const { end, open } = endOfTemplate(source, at + 1)
      yield* take("text", end)
      if (open) templates.push(0)
    } else if (char === "}" && templates.at(-1) === 0) {
      templates.pop()
      const { end, open } = endOfTemplate(source, at + 1)
      yield* take("text", end)
      if (open) templates.push(0)
    } else if (char === "/" && startsPattern(source.slice(start, at).trimEnd() || lastCode)) {
      yield* take("pattern", endOfPattern(source, at))
    } else {
      if (templates.length > 0) {
        if (char === "{") templates[templates.length - 1]++
        if (char === "}") templates[templates.length - 1]--
      }
      at++
    }
  }
  yield* code(source.length)
}

const endOfString = (source, at, quote) => {
  for (let i = at + 1; i < source.length; i++) {
    if (source[i] === "\\") i++
    else if (source[i] === quote || source[i] === "\n") return i + 1
  }
  return source.length
}

/** Ends after the closing quote, or after the `${` of an expression. */
const endOfTemplate = (source, at) => {
  for (let i = at; i < source.length; i++) {
    if (source[i] === "\\") i++
    else if (source[i] === "`") return { end: i + 1, open: false }
    else if (source[i] === "$" && source[i + 1] === "{") return { end: i + 2, open: true }
  }
  return { end: source.length, open: false }
}

const endOfPattern = (source, at) => {
  let inClass = false
  for (let i = at + 1; i < source.length; i++) {
    const char = source[i]
    if (char === "\\") i++
    else if (char === "[") inClass = true
    else if (char === "]") inClass = false
    else if (char === "\n") return at + 1
    else if (char === "/" && !inClass) return i + 1
  }
  return at + 1
}

/** A slash after a value divides, after anything else it opens a regular expression. */
const startsPattern = (before) =>
  before === "" || /[=(,:;[!&|?{}+\-*%<>~^]$/.test(before) || /\b(return|case|typeof|in|of|yield|await|void)$/.test(before)

/** The source with comments, texts and patterns blanked out; lines and columns stay. */
export const codeOf = (source) => {
  let out = ""
  for (const piece of pieces(source)) out += piece.kind === "code" ? piece.text : piece.text.replace(/[^\n]/g, " ")
  return out
}

/** Modules that a source imports or re-exports, statically or by `import()`, with their lines. */
export const importsOf = (source) => {
  const found = []
  let before = ""
  let line = 1
  for (const piece of pieces(source)) {
    if (piece.kind === "text") {
      if (/^["'`]/.test(piece.text) && /\b(from|import|import\s*\(|require\s*\()\s*$/.test(before)) {
        found.push({ specifier: piece.text.slice(1, -1), line })
      }
      before = "x"
    } else if (piece.kind === "code") {
      before = piece.text.trim() === "" ? before + piece.text : piece.text
    }
    line += piece.text.split("\n").length - 1
  }
  return found
}

/** Line of an offset, counted from 1. */
export const lineAt = (source, offset) => source.slice(0, offset).split("\n").length
