/** The command line of the laws. */
import { availableParallelism } from "node:os"
import { readArgs, UsageError } from "../binary/command_line.ts"

export const USAGE = `usage: npm run test:laws -- [--runs 1000] [--seed NUMBER] [--only TEXT] [--jobs NUMBER]

Tries every law on so many cases, in several processes, and says how many, with which seed, and how long it took.

  --runs   cases of each law
  --seed   makes the same cases again
  --only   the laws that have this in their name or in that of their suite
  --jobs   processes

Exit code: 0 all hold, 1 one is broken, 2 it cannot be run.`

export interface LawOptions {
  readonly runs: number
  readonly seed: number
  /** A part of names. */
  readonly only: string
  readonly jobs: number
}

const whole = (name: string, text: string, least: number): number => {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new UsageError(`--${name}: found ${text}, expected a whole number, ${least} or more`)
}

/** Null: help is asked for. Throws `UsageError`. */
export const readOptions = (args: ReadonlyArray<string>): LawOptions | null => {
  const values = readArgs(args, {
    runs: { type: "string", default: "1000" },
    seed: { type: "string" },
    only: { type: "string", default: "" },
    jobs: { type: "string", default: String(availableParallelism()) },
    help: { type: "boolean", default: false }
  })
  if (values.help) return null
  return {
    runs: whole("runs", values.runs, 1),
    seed: whole("seed", values.seed ?? String(Math.floor(Math.random() * 2 ** 31)), 0),
    only: values.only,
    jobs: whole("jobs", values.jobs, 1)
  }
}
