/** `npm run vectors -- [folder] [--log]`: runs the test vectors of a folder against the server. */
import { fileURLToPath } from "node:url"
import { failureLine, summary } from "@ctid/testing/vectors/report"
import { FolderError, runFolder } from "./run_folder.ts"

const USAGE = `usage: npm run vectors -- [folder] [--log]

Runs the test vectors (*.json, with the folder's own _standard_state.json) against the server.
One line for each vector that failed, then a table by area, what waits and why, and the totals.
Without a folder: the vectors of this project. --log also prints what the server logged while a vector failed.
Exit code: 0 all passed, 1 some failed, 2 the folder cannot be run.`

const own = fileURLToPath(new URL("../../vectors", import.meta.url))
const script = fileURLToPath(new URL("./tested_server.js", import.meta.url))

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const complain = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

const main = async (args: ReadonlyArray<string>): Promise<number> => {
  const folders = args.filter((argument) => !argument.startsWith("--"))
  const options = args.filter((argument) => argument.startsWith("--"))
  if (options.includes("--help")) {
    say(USAGE)
    return 0
  }
  if (folders.length > 1 || options.some((option) => option !== "--log")) {
    complain(USAGE)
    return 2
  }
  try {
    const results = await runFolder(folders[0] ?? own, {
      script,
      onResult: (result, log) => {
        const line = failureLine(result)
        if (line === null) return
        say(line)
        if (options.includes("--log")) for (const entry of log) say(`    ${entry}`)
      }
    })
    for (const line of summary(results)) say(line)
    return results.some((result) => result.outcome._tag === "Failed") ? 1 : 0
  } catch (error) {
    if (!(error instanceof FolderError)) throw error
    complain(error.message)
    return 2
  }
}

process.exitCode = await main(process.argv.slice(2))
