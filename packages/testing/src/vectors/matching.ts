/**
 * Whether a received value is what a vector expects (reference 14): objects may have more keys than expected, arrays are compared
 * item by item, and a few texts in angle brackets stand for more than themselves.
 */
import { isArray, isObject, type Json, type JsonObject } from "./json.ts"

/** A path and what differs there, such as `config.enablednd: expected true, came false`. Null: it matches. */
export const difference = (expected: Json, came: Json | undefined): string | null => differenceAt("", expected, came)

export const matches = (expected: Json, came: Json | undefined): boolean => difference(expected, came) === null

const SET = "<set>"

const differenceAt = (path: string, expected: Json, came: Json | undefined): string | null => {
  if (typeof expected === "string") return sameText(path, expected, came)
  if (isArray(expected)) return sameArray(path, expected, came)
  if (isObject(expected)) {
    const set = expected[SET]
    return isArray(set) ? sameSet(path, set, came) : sameObject(path, expected, came)
  }
  return expected === came || (isFlag(path) && came === asFlag(expected)) ? null : differs(path, expected, came)
}

/** The reference (3.2) writes a service's switch as 0 and 1 or as a boolean, and clients take both. */
const isFlag = (path: string): boolean => /(^|\.)(enable[a-z]+|incallfilter)$/.test(path)
const asFlag = (value: Json): Json =>
  typeof value === "boolean" ? Number(value) : value === 1 || value === 0 ? value === 1 : value

const differs = (path: string, expected: Json, came: Json | undefined): string =>
  `${path === "" ? "" : `${path}: `}expected ${JSON.stringify(expected)}, came ${came === undefined ? "nothing" : JSON.stringify(came)}`

const at = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`)

const sameText = (path: string, expected: string, came: Json | undefined): string | null =>
  (wildcard(expected, came) ?? expected === came) ? null : differs(path, expected, came)

/** Null: the text is no wildcard and stands for itself. */
const wildcard = (expected: string, came: Json | undefined): boolean | null => {
  if (expected === "<number>") return typeof came === "number"
  if (expected === "<absent>") return came === undefined
  if (expected === "<falsy>") return isFalsy(came)
  const form = /^<(text|ci|starts):([\s\S]*)>$/.exec(expected)
  if (form === null) return null
  const [, name, argument = ""] = form
  if (name === "text") {
    if (!/^\d+$/.test(argument)) return null
    return typeof came === "string" && Array.from(came).length === Number(argument)
  }
  if (name === "ci") return typeof came === "string" && came.toLowerCase() === argument.toLowerCase()
  return typeof came === "string" && came.startsWith(argument)
}

/** Absent, null, false, 0 or empty. */
const isFalsy = (value: Json | undefined): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  value === 0 ||
  value === "" ||
  (typeof value === "object" && Object.keys(value).length === 0)

const sameArray = (path: string, expected: ReadonlyArray<Json>, came: Json | undefined): string | null => {
  if (!isArray(came) || came.length !== expected.length) return differs(path, expected, came)
  for (const [index, item] of expected.entries()) {
    const found = differenceAt(`${path}[${index}]`, item, came[index])
    if (found !== null) return found
  }
  return null
}

const sameSet = (path: string, expected: ReadonlyArray<Json>, came: Json | undefined): string | null =>
  isArray(came) && came.length === expected.length && assigned(expected, came) !== null
    ? null
    : differs(path, { [SET]: expected }, came)

/**
 * An empty object below the top means an empty one: `config: {}` is the answer for what may not be seen, and would say nothing
 * if more keys were allowed there too.
 */
const sameObject = (path: string, expected: JsonObject, came: Json | undefined): string | null => {
  if (!isObject(came)) return differs(path, expected, came)
  const keys = Object.keys(expected)
  if (keys.length === 0 && path !== "" && Object.keys(came).length > 0) return differs(path, expected, came)
  for (const key of keys) {
    const found = differenceAt(at(path, key), expected[key] ?? null, came[key])
    if (found !== null) return found
  }
  return null
}

/** Gives each expectation a received value of its own, in any order: their indexes, or null where that cannot be. */
export const assigned = (expected: ReadonlyArray<Json>, came: ReadonlyArray<Json>): ReadonlyArray<number> | null => {
  const holder = new Map<number, number>()
  const place = (item: number, visited: Set<number>): boolean => {
    for (const [index, value] of came.entries()) {
      if (visited.has(index) || !matches(expected[item] ?? null, value)) continue
      visited.add(index)
      const other = holder.get(index)
      if (other === undefined || place(other, visited)) {
        holder.set(index, item)
        return true
      }
    }
    return false
  }
  for (const item of expected.keys()) if (!place(item, new Set())) return null
  const indexes: Array<number> = []
  for (const [index, item] of holder) indexes[item] = index
  return indexes
}
