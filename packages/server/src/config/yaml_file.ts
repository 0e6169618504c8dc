/** Reads YAML text into plain data and remembers where everything stood. The only file that knows the npm package `yaml`. */
import type { ConfigPath, Position, PositionOf, Problem } from "@ctid/core"
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLError,
  type YAMLMap
} from "yaml"

export interface YamlFile {
  /** Mappings without a prototype, lists, texts, numbers, booleans, null. */
  readonly data: unknown
  readonly position: PositionOf
  /** Why the text is no YAML, or more than this program reads. */
  readonly problems: ReadonlyArray<Problem>
}

/** Values that one file may have, those that aliases repeat counted each time: an alias of aliases of aliases must not fill the memory. */
const MAX_VALUES = 2_000_000
const MAX_ALIASED_VALUES = 20_000
const MAX_DEPTH = 64

/** What each error of the parser means; its own messages may quote the file, which has secrets in it. */
const errors: Readonly<Record<YAMLError["code"], readonly [found: string, expected: string]>> = {
  ALIAS_PROPS: ["a tag or an anchor on an alias", "the alias alone"],
  BAD_ALIAS: ["an alias (*name) of nothing", "an anchor (&name) before it, or quotes around a text that begins with *"],
  BAD_COLLECTION_TYPE: ["a tag that does not fit", "no tag"],
  BAD_DIRECTIVE: ["a directive (%) that is not known", "none"],
  BAD_DQ_ESCAPE: ["an escape that is not known in a text in double quotes", "\\\\ for a backslash, or single quotes"],
  BAD_INDENT: ["a wrong indentation", "the same number of spaces for keys of one mapping"],
  BAD_PROP_ORDER: ["an anchor or a tag in a wrong place", "it before its value"],
  BAD_SCALAR_START: ["a text that begins with a reserved character", "quotes around it"],
  BLOCK_AS_IMPLICIT_KEY: ["a mapping within a line", "a new line, or quotes around a text with a colon"],
  BLOCK_IN_FLOW: ["a block inside [...] or {...}", "items separated by commas"],
  DUPLICATE_KEY: ["a key for the second time", "each key once in its mapping"],
  IMPOSSIBLE: ["something that cannot be read", "YAML"],
  KEY_OVER_1024_CHARS: ["a key of more than 1024 characters", "a shorter one"],
  MISSING_CHAR: ["a missing character", "a closing quote or bracket, a comma, or a space after a colon or before a #"],
  MULTILINE_IMPLICIT_KEY: ["a key of several lines", "a key on one line, or a colon after it"],
  MULTIPLE_ANCHORS: ["two anchors on one value", "one"],
  MULTIPLE_DOCS: ["a second document (---)", "one document"],
  MULTIPLE_TAGS: ["two tags on one value", "one"],
  NON_STRING_KEY: ["a key that is no text", "a text"],
  RESOURCE_EXHAUSTION: ["too deep a nesting", "a flatter file"],
  TAB_AS_INDENT: ["a tab in the indentation", "spaces"],
  TAG_RESOLVE_FAILED: ["a tag (!name) that is not known", "no tag, or quotes around a text that begins with !"],
  UNEXPECTED_TOKEN: ["a character out of place", "YAML (a text with special characters needs quotes)"]
}

const tooMuch = [
  "too many values, or too deep a nesting",
  `at most ${MAX_VALUES} values, ${MAX_ALIASED_VALUES} of them behind aliases, ${MAX_DEPTH} deep`
] as const

/** Numbers that are not written in their shortest form stay text: `0100` is an extension, `2.0` a version. */
const scalarValue = (node: Scalar): unknown =>
  typeof node.value === "number" && node.source !== undefined && node.source !== String(node.value)
    ? node.source
    : typeof node.value === "bigint"
      ? String(node.value)
      : node.value

/** Ends the conversion. Thrown and caught within this file. */
class Refused extends Error {
  constructor(
    readonly offset: number,
    readonly found: string,
    readonly expected: string
  ) {
    super(found)
  }
}

/** Plain data of a document. Throws `Refused`. */
const toPlain = (document: Document.Parsed): unknown => {
  let left = MAX_VALUES
  let leftInAliases = MAX_ALIASED_VALUES
  const convert = (node: unknown, depth: number, aliased: number | null): unknown => {
    // A parsed document holds nodes only.
    const given = node as Node | null
    const at = aliased ?? given?.range?.[0] ?? 0
    left -= 1
    if (aliased !== null) leftInAliases -= 1
    if (left < 0 || leftInAliases < 0 || depth > MAX_DEPTH) throw new Refused(at, ...tooMuch)
    if (isAlias(given)) {
      const target = given.resolve(document)
      if (target === undefined) throw new Refused(at, ...errors.BAD_ALIAS)
      return convert(target, depth + 1, at)
    }
    if (isScalar(given)) return scalarValue(given)
    const within = aliased === null ? null : at
    if (isSeq(given)) return given.items.map((item) => convert(item, depth + 1, within))
    if (isMap(given)) {
      const mapping: Record<string, unknown> = Object.create(null)
      for (const pair of given.items) mapping[keyOf(pair)] = convert(pair.value, depth + 1, within)
      return mapping
    }
    return null
  }
  return convert(document.contents, 0, null)
}

const keyOf = (pair: Pair): string => String(isScalar(pair.key) ? pair.key.value : pair.key)

const pairAt = (map: YAMLMap, key: string | number): Pair | undefined => map.items.find((pair) => keyOf(pair) === String(key))

const offsetOf = (node: unknown): number | undefined => (node as Node | null | undefined)?.range?.[0]

/** The offset of what a path names, or of its nearest ancestor. */
const offsetAt = (document: Document.Parsed, path: ConfigPath, target: "key" | "value"): number => {
  let node: unknown = document.contents
  let offset = offsetOf(node) ?? 0
  for (const [depth, step] of path.entries()) {
    const resolved = isAlias(node) ? node.resolve(document) : node
    const last = depth === path.length - 1
    if (isMap(resolved)) {
      const pair = pairAt(resolved, step)
      if (pair === undefined) return offset
      const empty = isScalar(pair.value) && pair.value.value === null && pair.value.source === ""
      const key = offsetOf(pair.key)
      offset =
        (last && target === "key") || empty || pair.value === null ? (key ?? offset) : (offsetOf(pair.value) ?? key ?? offset)
      // A mapping is found by its key: it may begin a line later.
      if (isMap(pair.value) && key !== undefined) offset = key
      node = pair.value
    } else if (isSeq(resolved) && typeof step === "number") {
      const item = resolved.items[step]
      if (item === undefined) return offset
      offset = offsetOf(item) ?? offset
      node = item
    } else return offset
  }
  return offset
}

/** Parses a file's text. Whatever it holds, it does not throw and stays within bounds. */
export const readYaml = (file: string, text: string): YamlFile => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true, logLevel: "silent" })
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const position: PositionOf = (path, target = "value") => at(offsetAt(document, path, target))
  const problems = [...document.errors, ...document.warnings].map((error): Problem => {
    const [found, expected] = errors[error.code]
    return { ...at(error.pos[0]), path: "", found, expected }
  })
  if (problems.length > 0) return { data: null, position, problems }
  try {
    return { data: toPlain(document), position, problems }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { offset, found, expected } = error
    return { data: null, position, problems: [{ ...at(offset), path: "", found, expected }] }
  }
}
