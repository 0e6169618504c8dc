/** What a failure leaves behind: its cases, to be played again. */
import { readFile, writeFile } from "node:fs/promises"
import { type FuzzCase, readCase, type WrittenCase, writeCase } from "./fuzz_case.ts"

export interface Failure {
  readonly seed: string
  readonly complaints: ReadonlyArray<string>
  readonly cases: ReadonlyArray<FuzzCase>
}

interface WrittenFailure {
  readonly seed: string
  readonly complaints: ReadonlyArray<string>
  readonly cases: ReadonlyArray<WrittenCase>
}

/** In the current folder; answers its name. */
export const leaveFailure = async ({ seed, complaints, cases }: Failure): Promise<string> => {
  const name = `fuzz-failure-${seed.replaceAll(/[^\w-]/g, "_")}.json`
  const written: WrittenFailure = { seed, complaints, cases: cases.map(writeCase) }
  await writeFile(name, `${JSON.stringify(written, null, 1)}\n`)
  return name
}

export const readFailure = async (file: string): Promise<Failure> => {
  const { seed, complaints, cases } = JSON.parse(await readFile(file, "utf8")) as WrittenFailure // we wrote it
  return { seed, complaints, cases: cases.map(readCase) }
}
