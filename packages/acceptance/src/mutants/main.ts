/**
 * `npm run test:mutants`: puts each defect into a copy of the sources, tries the laws there, and says which laws caught it. Fails
 * unless the right code keeps all laws and every defect breaks one.
 */
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { runMain, say } from "../binary/command_line.ts"
import { makeCopy } from "./mutant_copy.ts"
import { type MutantOptions, readOptions, USAGE } from "./mutant_options.ts"
import { type BrokenLaw, verdictOn } from "./verdict.ts"

const root = fileURLToPath(new URL("../../../..", import.meta.url))

/** A defect may keep things from ending. */
const TIMEOUT = 600_000

const brokenIn = async (trial: string): Promise<ReadonlyArray<BrokenLaw>> => {
  const { stdout } = await promisify(execFile)(process.execPath, [trial], { timeout: TIMEOUT })
  return JSON.parse(stdout)
}

/** The trial itself did not come to its end. */
const failed = (error: unknown): ReadonlyArray<BrokenLaw> => {
  const lines = String(error).split("\n")
  return [{ law: "the whole trial", found: lines.findLast((line) => /^\w*Error\b/.test(line)) ?? "", isBreach: false }]
}

const tryMutants = async ({ alsoRight, chosen }: MutantOptions): Promise<number> => {
  const copy = await makeCopy(root)
  let caught = 0
  try {
    const innocent = alsoRight ? await brokenIn(copy.trial) : []
    if (innocent.length > 0) throw new Error(`the code as it is breaks: ${innocent.map(({ law }) => law).join("; ")}`)
    for (const mutant of chosen) {
      const heal = await copy.infect(mutant)
      const { isCaught, lines } = verdictOn(mutant.name, await brokenIn(copy.trial).catch(failed))
      await heal()
      if (isCaught) caught++
      for (const line of lines) say(line)
    }
  } finally {
    await copy.remove()
  }
  say(`${caught} of ${chosen.length}`)
  return caught === chosen.length ? 0 : 1
}

await runMain(USAGE, readOptions, tryMutants)
