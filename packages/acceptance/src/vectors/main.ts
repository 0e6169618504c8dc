/** `npm run vectors -- [folder] [--over clear|starttls|ctis] [--log]`: runs the test vectors of a folder against the server. */
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { failureLine, summary } from "@ctid/testing/vectors/report"
import type { Over } from "./cti_connection.ts"
import { FolderError, runFolder } from "./run_folder.ts"

const USAGE = `usage: npm run vectors -- [folder] [--over clear|starttls|ctis] [--log]

Runs the test vectors (*.json, with the folder's own _standard_state.json) against the server.
One line for each vector that failed, then a table by area, what waits and why, and the totals.
Without a folder: the vectors of this project. --over: clients get into TLS first, by STARTTLS or from the first byte;
vectors about that way itself are left out. --log also prints what the server logged while a vector failed.
Exit code: 0 all passed, 1 some failed, 2 the folder cannot be run.`

const own = fileURLToPath(new URL("../../vectors", import.meta.url))
const script = fileURLToPath(new URL("./tested_server.js", import.meta.url))

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const complain = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

interface Options {
  readonly folder: string | undefined
  readonly over: Over
  readonly log: boolean
  readonly help: boolean
}

const WAYS: ReadonlyArray<Over> = ["clear", "starttls", "ctis"]

/** Null: nobody understands that. */
const read = (args: ReadonlyArray<string>): Options | null => {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        over: { type: "string", default: "clear" },
        log: { type: "boolean", default: false },
        help: { type: "boolean", default: false }
      }
    })
    const over = WAYS.find((way) => way === values.over)
    if (over === undefined || positionals.length > 1) return null
    return { folder: positionals[0], over, log: values.log, help: values.help }
  } catch {
    return null
  }
}

const main = async (args: ReadonlyArray<string>): Promise<number> => {
  const options = read(args)
  if (options === null) {
    complain(USAGE)
    return 2
  }
  if (options.help) {
    say(USAGE)
    return 0
  }
  try {
    const results = await runFolder(options.folder ?? own, {
      script,
      over: options.over,
      onResult: (result, log) => {
        const line = failureLine(result)
        if (line === null) return
        say(line)
        if (options.log) for (const entry of log) say(`    ${entry}`)
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
