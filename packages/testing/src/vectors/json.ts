/** JSON values, as the vectors write them and as clients receive them. */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

export const isArray = (value: Json | undefined): value is ReadonlyArray<Json> => Array.isArray(value)

/** One line of JSON, at most `limit` characters. */
export const shown = (value: Json, limit = 600): string => {
  const text = JSON.stringify(value)
  return text.length > limit ? `${text.slice(0, limit)}...` : text
}
