/** `npm run bench -- drivers`: the AMI drivers side by side, each session in a process of its own, the load in this one. */
import { execFile } from "node:child_process"
import { cpus } from "node:os"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { DRIVERS, type Driver, type DriverRun, serveLoad } from "./drivers_load.ts"

/** What one Asterisk on such a machine can make of calls, about. */
const PER_SECOND = 25_000

const session = fileURLToPath(new URL("./drivers_session.js", import.meta.url))

const run = async (driver: Driver, port: number, events: number, perSecond: number): Promise<DriverRun> => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    session,
    driver,
    String(port),
    String(events),
    String(perSecond)
  ])
  return JSON.parse(stdout) as DriverRun // its own last line
}

const median = (runs: ReadonlyArray<DriverRun>, figure: (run: DriverRun) => number): number =>
  runs.map(figure).sort((a, b) => a - b)[Math.floor(runs.length / 2)] ?? 0

const round = (value: number): string => Math.round(value).toLocaleString("en")

/** Prints the table. */
export const drivers = async (turns: number): Promise<void> => {
  console.log(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}; median of ${turns} turns\n`)
  console.log(
    `| driver | events/s, whole session | CPU per event | at ${round(PER_SECOND)} events/s for 2 s: behind at the end | longest turn of the event loop | lost |`
  )
  console.log("| --- | --- | --- | --- | --- | --- |")
  const load = await serveLoad()
  for (const driver of DRIVERS) {
    const fast: Array<DriverRun> = []
    const paced: Array<DriverRun> = []
    for (let turn = 0; turn < turns; turn++) {
      fast.push(await run(driver, load.port, driver === "fromAmiClient" ? 20_000 : 100_000, 0))
      paced.push(await run(driver, load.port, PER_SECOND * 2, PER_SECOND))
    }
    const rate = median(fast, ({ events, elapsed }) => (events / elapsed) * 1000)
    const cpu = median(fast, ({ events, cpu }) => (cpu / events) * 1000)
    const behind = median(paced, (one) => one.behind)
    const stall = median(paced, (one) => one.stall)
    const lost = Math.max(...[...fast, ...paced].map((one) => one.lost))
    console.log(
      `| ${driver} | ${round(rate)} | ${cpu.toFixed(1)} µs | ${round(behind)} ms | ${round(stall)} ms | ${round(lost)} |`
    )
  }
  load.close()
}
