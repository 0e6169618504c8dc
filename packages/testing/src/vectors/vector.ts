/** The test vectors of the protocol (reference 14), read from their files. */
import { isArray, isObject, type Json, type JsonObject } from "./json.ts"
import { arrayAt, Malformed, objectAt, onlyKeys, orNull, textAt } from "./reader.ts"
import { type Expectation, expectationsOf } from "./vector_expect.ts"
import { type Send, sendOf } from "./vector_send.ts"

export interface Vector {
  readonly name: string
  readonly area: string
  /** Protocol version of the run. */
  readonly version: string
  readonly given: JsonObject
  readonly send: ReadonlyArray<Send>
  readonly expect: ReadonlyArray<Expectation>
}

/** A case that cannot be run, because it is not written as cases are written. */
export interface MalformedVector {
  readonly name: string
  readonly area: string
  readonly problem: string
}

export interface VectorFile {
  readonly vectors: ReadonlyArray<Vector>
  readonly malformed: ReadonlyArray<MalformedVector>
}

const KEYS = ["name", "area", "given", "send", "expect", "version", "note"]

const vectorOf = (json: Json): Vector => {
  const object = objectAt(json, "the case")
  onlyKeys(object, KEYS, "the case")
  const expect = arrayAt(object.expect, "expect")
  if (expect.length === 0) throw new Malformed("expect must not be empty")
  return {
    name: textAt(object.name, "name"),
    area: textAt(object.area, "area"),
    version: orNull(textAt, object.version, "version") ?? "2.3",
    given: objectAt(object.given ?? {}, "given"),
    send: arrayAt(object.send ?? [], "send").map((item, index) => sendOf(item, `send[${index}]`)),
    expect: expect.flatMap((item, index) => expectationsOf(item, `expect[${index}]`))
  }
}

const label = (json: Json, key: string, otherwise: string): string => {
  const value = isObject(json) ? json[key] : undefined
  return typeof value === "string" ? value : otherwise
}

/** Reads one file: an array of cases. `file` is its name without `.json`, the area of cases that do not say theirs. */
export const readVectors = (file: string, json: Json): VectorFile => {
  if (!isArray(json))
    return { vectors: [], malformed: [{ name: file, area: file, problem: "the file is not an array of cases" }] }
  const vectors: Array<Vector> = []
  const malformed: Array<MalformedVector> = []
  for (const [index, item] of json.entries()) {
    try {
      vectors.push(vectorOf(item))
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      malformed.push({
        name: label(item, "name", `case ${index + 1} of ${file}`),
        area: label(item, "area", file),
        problem: error.message
      })
    }
  }
  return { vectors, malformed }
}
