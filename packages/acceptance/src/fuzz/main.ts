/** `npm run fuzz -- --seconds N`: spoilt dialogues and noise, at every door of the binary. */
import { runMain, say, UsageError } from "../binary/command_line.ts"
import { leaveFailure, readFailure } from "./failure_file.ts"
import { readOptions, USAGE } from "./fuzz_options.ts"
import { replay, runFuzz } from "./run_fuzz.ts"

const again = async (file: string): Promise<number> => {
  const { cases } = await readFailure(file).catch(() => {
    throw new UsageError(`--replay: ${file} is no file that a failure has left`)
  })
  const complaints = await replay(cases)
  for (const complaint of complaints) say(complaint)
  say(
    `${cases.length} ${cases.length === 1 ? "attack" : "attacks"} of ${file}: ${complaints.length === 0 ? "nothing happened" : `${complaints.length} complaints`}`
  )
  return complaints.length === 0 ? 0 : 1
}

const fuzz = async (seed: string, seconds: number): Promise<number> => {
  say(`seed ${seed}`)
  const { counts, mostResident, kept, complaints, cases } = await runFuzz(seed, seconds, say)
  say([...counts].map(([target, count]) => `${target} ${count}`).join(", "))
  const mebibytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1)
  say(
    `at most ${mebibytes(mostResident)} MiB resident, ${mebibytes(kept)} MiB of heap and buffers more at the end than at the beginning`
  )
  if (complaints.length === 0) {
    say("nothing happened")
    return 0
  }
  const file = await leaveFailure({ seed, complaints, cases })
  say(`\n${complaints.join("\n")}\n\nseed ${seed}; again with: npm run fuzz -- --replay ${file}`)
  return 1
}

await runMain(USAGE, readOptions, ({ replay, seconds, seed }) => (replay === null ? fuzz(seed, seconds) : again(replay)))
