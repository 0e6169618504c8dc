/** Runs all vectors of a folder. */
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { NodeListener } from "@ctid/platform-node/node_listener"
import { isObject, type Json } from "@ctid/testing/vectors/json"
import type { VectorResult } from "@ctid/testing/vectors/report"
import type { StoredState } from "@ctid/testing/vectors/stored_state"
import { type MalformedVector, readVectors, type Vector } from "@ctid/testing/vectors/vector"
import * as Effect from "effect/Effect"
import type { Over } from "./cti_connection.ts"
import { runVector, type VectorReport } from "./run_vector.ts"
import { ServerProcess } from "./server_process.ts"

const STANDARD = "_standard_state.json"

/** The folder cannot be run; the message says why. */
export class FolderError extends Error {}

interface Folder {
  readonly standard: StoredState
  readonly vectors: ReadonlyArray<Vector>
  readonly malformed: ReadonlyArray<MalformedVector>
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const readJson = async (path: string): Promise<Json> => {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Json // JSON.parse makes JSON
  } catch (error) {
    throw new FolderError(`${path}: ${reason(error)}`)
  }
}

const namesIn = async (folder: string): Promise<ReadonlyArray<string>> => {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith(".json") && !name.startsWith("_")).sort()
  } catch (error) {
    throw new FolderError(`${folder}: ${reason(error)}`)
  }
}

/** Its standard state and all its vectors; throws `FolderError`. */
export const readFolder = async (folder: string): Promise<Folder> => {
  const names = await namesIn(folder)
  if (names.length === 0) throw new FolderError(`${folder}: there are no vectors (*.json) in this folder`)
  const standard = await readJson(join(folder, STANDARD))
  if (!isObject(standard)) throw new FolderError(`${join(folder, STANDARD)}: is not an object`)
  const files = await Promise.all(
    names.map(async (name) => readVectors(name.replace(/\.json$/, ""), await readJson(join(folder, name))))
  )
  return {
    standard,
    vectors: files.flatMap((file) => file.vectors),
    malformed: files.flatMap((file) => file.malformed)
  }
}

const toResult = ({ area, name, problem }: MalformedVector): VectorResult => ({
  area,
  name,
  outcome: { _tag: "Failed", complaints: [{ expected: "a vector as the reference describes them", came: problem }] }
})

/** What is about the way into TLS itself can only be seen on a clear port. */
const isPlayed = (vector: Vector, over: Over): boolean =>
  over === "clear" || (vector.given.starttls === undefined && vector.send.every(({ _tag }) => _tag !== "TlsHandshake"))

/**
 * `onResult` is told of each as it ends. `script`: the compiled main of the child process. `over`: how clients get into TLS before
 * each vector; vectors about that way are left out. Throws `FolderError`.
 */
export const runFolder = async (
  folder: string,
  options: {
    readonly script: string
    readonly over: Over
    readonly onResult: (result: VectorResult, log: VectorReport["log"]) => void
  }
): Promise<ReadonlyArray<VectorResult>> => {
  const { standard, vectors, malformed } = await readFolder(folder)
  const results: Array<VectorResult> = []
  const finish = (result: VectorResult, log: VectorReport["log"]): void => {
    results.push(result)
    options.onResult(result, log)
  }
  for (const one of malformed) finish(toResult(one), [])
  let server = new ServerProcess(options.script)
  try {
    for (const vector of vectors.filter((one) => isPlayed(one, options.over))) {
      if (server.stillborn !== null) throw new FolderError(`the server under test does not start: ${server.stillborn}`)
      if (!server.alive) server = new ServerProcess(options.script)
      const { outcome, log } = await Effect.runPromise(
        runVector(server, standard, vector, options.over).pipe(Effect.provide(NodeListener.layer))
      )
      finish({ area: vector.area, name: vector.name, outcome }, log)
    }
  } finally {
    await server.kill()
  }
  return results
}
