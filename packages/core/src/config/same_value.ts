/** Whether two declared values are the same. */
import * as Redacted from "effect/Redacted"

/**
 * Equal all the way down: plain objects, lists, maps, secrets by what they hide. The order of a map counts, as clients show
 * presences in it.
 */
export const sameValue = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b)) return true
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false
  if (Redacted.isRedacted(a)) return Redacted.isRedacted(b) && Redacted.value(a) === Redacted.value(b)
  if (a instanceof Map) return b instanceof Map && sameValue([...a], [...b])
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, at) => sameValue(item, b[at]))
  if (Array.isArray(b) || b instanceof Map || Redacted.isRedacted(b)) return false
  const [left, right] = [Object.entries(a), new Map(Object.entries(b))]
  return left.length === right.size && left.every(([key, value]) => right.has(key) && sameValue(value, right.get(key)))
}
