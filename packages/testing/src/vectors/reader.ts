/** Reading of JSON into what is expected there. What does not fit is said with its place. */
import { isArray, isObject, type Json, type JsonObject } from "./json.ts"

/** Written wrongly; the message names the place. Thrown inside the reading of one vector and caught at its edge. */
export class Malformed extends Error {}

const wrong = (place: string, wanted: string): never => {
  throw new Malformed(`${place} must be ${wanted}`)
}

export const textAt = (value: Json | undefined, place: string): string =>
  typeof value === "string" ? value : wrong(place, "a text")

export const objectAt = (value: Json | undefined, place: string): JsonObject =>
  isObject(value) ? value : wrong(place, "an object")

export const arrayAt = (value: Json | undefined, place: string): ReadonlyArray<Json> =>
  isArray(value) ? value : wrong(place, "an array")

export const textsAt = (value: Json | undefined, place: string): ReadonlyArray<string> =>
  arrayAt(value, place).map((item, index) => textAt(item, `${place}[${index}]`))

export const wholeAt = (value: Json | undefined, place: string): number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : wrong(place, "a whole number")

export const numberAt = (value: Json | undefined, place: string): number =>
  typeof value === "number" ? value : wrong(place, "a number")

/** Ids are numbers in some places and texts in others. */
export const idAt = (value: Json | undefined, place: string): number =>
  typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : wholeAt(value, place)

/** Absent and null: null. */
export const orNull = <A>(
  read: (value: Json | undefined, place: string) => A,
  value: Json | undefined,
  place: string
): A | null => (value === undefined || value === null ? null : read(value, place))

/** Refuses keys that nobody would read: a misspelt one must not make a vector pass. */
export const onlyKeys = (object: JsonObject, known: ReadonlyArray<string>, place: string): void => {
  for (const key of Object.keys(object)) {
    if (!known.includes(key)) throw new Malformed(`${place} has \`${key}\`, which this runner does not know`)
  }
}
