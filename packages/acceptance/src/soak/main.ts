/** `npm run soak -- --seconds N`: the binary under many clients for a while, with everything that may happen to it. */
import { runMain, say, UsageError } from "../binary/command_line.ts"
import { mostOpenFiles } from "../binary/open_files.ts"
import { runSoak } from "./run_soak.ts"
import { readOptions, type SoakOptions, USAGE } from "./soak_options.ts"
import { placeReport, soakReport } from "./soak_report.ts"

/** Files that the server, or the clients' process, has open beside one for each client. */
const MORE_FILES = 500

const soak = async (options: SoakOptions): Promise<number> => {
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
}

await runMain(USAGE, readOptions, soak)
