/** A thread of its own: is told of each case before and after it, and ends the process where there is no after. */
import { writeSync } from "node:fs"
import { parentPort } from "node:worker_threads"
import { leaveFailure } from "./failure_file.ts"
import type { FuzzCase } from "./fuzz_case.ts"

/** Milliseconds for one case, however busy the machine is. */
const ENDLESS = 60_000
const STANDARD_ERROR = 2

let late: NodeJS.Timeout | undefined

const end = async (one: FuzzCase): Promise<void> => {
  const complaint = `${one.decoder} does not come to an end`
  const file = await leaveFailure({ seed: "endless", complaints: [complaint], cases: [one] })
  writeSync(STANDARD_ERROR, `${complaint}; again with: npm run fuzz -- --replay ${file}\n`)
  process.kill(process.pid, "SIGKILL")
}

parentPort?.on("message", (one: FuzzCase | null) => {
  clearTimeout(late)
  late = one === null ? undefined : setTimeout(() => void end(one), ENDLESS)
})
