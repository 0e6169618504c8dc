/** The command line of the fuzzer. */
import { readArgs, UsageError } from "../binary/command_line.ts"

export interface FuzzOptions {
  readonly seconds: number
  readonly seed: string
  /** A file with cases that are played instead; null: none. */
  readonly replay: string | null
}

export const USAGE = `usage: npm run fuzz -- --seconds N [--seed TEXT]
       npm run fuzz -- --replay FILE

Attacks the binary with valid dialogues that are spoilt, and with noise: at every port that it opens, and as the Asterisk behind it. Attacks
also everything that decodes something, without a server.

  --seconds   how long it attacks
  --seed      all attacks follow from it; without one it is chosen, and printed
  --replay    plays the cases of a file that a failure has left

Exit code: 0 nothing happened; 1 the server ended, logged an error, told a secret, said what is no message, stopped serving, or kept
files or memory: the cases are then in fuzz-failure-<seed>.json; or the fuzzer itself failed; 2 the command line is wrong.`

/** Null: help is asked for. Throws `UsageError`. */
export const readOptions = (args: ReadonlyArray<string>): FuzzOptions | null => {
  const { seconds, seed, replay, help } = readArgs(args, {
    seconds: { type: "string" },
    seed: { type: "string" },
    replay: { type: "string" },
    help: { type: "boolean", default: false }
  })
  if (help) return null
  if (replay !== undefined) return { seconds: 0, seed: seed ?? "replay", replay }
  const time = Number(seconds)
  if (seconds === undefined || !Number.isFinite(time) || time <= 0) throw new UsageError("--seconds: expected a number above 0")
  return { seconds: time, seed: seed ?? String(Date.now() % 1_000_000), replay: null }
}
