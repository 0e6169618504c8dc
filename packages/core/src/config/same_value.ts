/** Whether two declared values are the same. */
import * as Redacted from "effect/Redacted"

const sameLists = (a: ReadonlyArray<unknown>, b: ReadonlyArray<unknown>): boolean =>
  a.length === b.length && a.every((item, at) => sameValue(item, b[at]))

type Fields = Readonly<Record<string, unknown>>

const sameFields = (a: Fields, b: Fields): boolean => {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key], b[key]))
}

/**
 * Equal all the way down: plain objects, lists, maps, secrets by what they hide. The order of a map counts, as clients show
 * presences in it.
 */
export const sameValue = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b)) return true
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && sameLists(a, b)
  if (a instanceof Map || b instanceof Map) return a instanceof Map && b instanceof Map && sameLists([...a], [...b])
  if (Redacted.isRedacted(a) || Redacted.isRedacted(b)) {
    return Redacted.isRedacted(a) && Redacted.isRedacted(b) && sameValue(Redacted.value(a), Redacted.value(b))
  }
  // what is left of declared values are plain objects
  return sameFields(a as Fields, b as Fields)
}
