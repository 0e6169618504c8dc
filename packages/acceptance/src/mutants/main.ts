/**
 * `npm run test:mutants`: puts each defect into a copy of the sources, tries the laws there, and says which law caught it. Fails
 * unless the right code keeps all laws and every defect breaks one.
 */
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { makeCopy } from "./mutant_copy.ts"
import { mutants } from "./mutants.ts"

const root = fileURLToPath(new URL("../../../..", import.meta.url))

/** A defect may keep things from ending. */
const TIMEOUT = 600_000

const broken = async (trial: string): Promise<ReadonlyArray<string>> => {
  const { stdout } = await promisify(execFile)(process.execPath, [trial], { timeout: TIMEOUT })
  return JSON.parse(stdout)
}

const only = process.argv[2] ?? ""
const copy = await makeCopy(root)
let caught = 0
const chosen = mutants.filter(({ name }) => name.includes(only))
try {
  const innocent = only === "" ? await broken(copy.trial) : []
  if (innocent.length > 0) throw new Error(`the code as it is breaks: ${innocent.join("; ")}`)
  for (const mutant of chosen) {
    const heal = await copy.infect(mutant)
    const [law, ...more] = await broken(copy.trial).catch((error: unknown) => {
      console.log(`       ${String(error)}`)
      return []
    })
    await heal()
    if (law !== undefined) caught++
    console.log(`${law === undefined ? "MISSED" : "caught"} ${mutant.name}`)
    if (law !== undefined) console.log(`       by: ${law}${more.length === 0 ? "" : ` (and ${more.length} more)`}`)
  }
} finally {
  await copy.remove()
}
console.log(`${caught} of ${chosen.length}`)
if (caught < chosen.length) process.exitCode = 1
