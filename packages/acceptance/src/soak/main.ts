/** `npm run soak -- --seconds N`: the binary under many clients for a while, with everything that may happen to it. */
import { mostOpenFiles } from "../binary/open_files.ts"
import { runSoak } from "./run_soak.ts"
import { readOptions, USAGE, UsageError } from "./soak_options.ts"
import { placeReport, soakReport } from "./soak_report.ts"

/** Files that the server, or the clients' process, has open beside one for each client. */
const MORE_FILES = 500

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const main = async (args: ReadonlyArray<string>): Promise<number> => {
  try {
    const options = readOptions(args)
    if (options === null) {
      say(USAGE)
      return 0
    }
    const [files, needed] = [mostOpenFiles(), options.clients + MORE_FILES]
    if (files !== null && files < needed) {
      throw new UsageError(
        `a process may open ${files} files here, and ${options.clients} clients need ${needed}: raise the limit (as root \`ulimit -n ${needed}\`, ` +
          "or LimitNOFILE= of a service, or nofile in /etc/security/limits.conf), or take fewer --clients"
      )
    }
    say(`seed ${options.seed}`)
    const result = await runSoak(options, say)
    const report = soakReport(result)
    say(`\n${report}`)
    if (options.report !== null) await placeReport(options.report, report)
    return result.faults.length === 0 ? 0 : 1
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n\n${USAGE}\n`)
      return 2
    }
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    return 1
  }
}

process.exitCode = await main(process.argv.slice(2))
