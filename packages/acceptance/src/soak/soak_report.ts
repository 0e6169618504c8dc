/** What came of a soak, as Markdown. */
import { readFile, writeFile } from "node:fs/promises"
import { cpus, release, totalmem } from "node:os"
import { companiesFor } from "./population.ts"
import type { SoakResult } from "./run_soak.ts"
import type { BoundedTrend } from "./soak_memory.ts"

/** Faults that are told word for word. */
const SHOWN = 40

const count = (value: number): string => value.toLocaleString("en")
const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`
const kibibytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB/s`

const machine = (): string => {
  const [cpu] = cpus()
  return `${cpus().length} × ${cpu?.model ?? "?"}, ${Math.round(totalmem() / 1024 ** 3)} GiB, Linux ${release()}, Node ${process.versions.node}`
}

const growth = ({ trend, bound }: BoundedTrend): string =>
  trend === null
    ? "not measured"
    : `${kibibytes(trend.slope)}, surely ${kibibytes(trend.atLeast)} or more; bound ${kibibytes(bound)}; ${trend.samples} samples`

export const soakReport = (result: SoakResult): string => {
  const { options, counts, comparison, memory, files, took, faults } = result
  const drops = counts.drops.reset + counts.drops.end + counts.drops.logout
  const rows: ReadonlyArray<readonly [string, string]> = [
    [
      "Clients",
      `${count(options.clients)} in ${companiesFor(options.clients)} companies; a third each in clear, by STARTTLS, by CTIS`
    ],
    [
      "Time",
      `${options.seconds} s of work; ${took.signIn.toFixed(0)} s until all had signed in, ${took.all.toFixed(0)} s in all`
    ],
    ["Logins, acts", `${count(counts.logins)}, ${count(counts.acts)}`],
    [
      "Connections that clients ended",
      `${count(drops)}: ${count(counts.drops.reset)} by reset, ${count(counts.drops.end)} in an orderly way, ${count(counts.drops.logout)} after a logout`
    ],
    ["Connections lost without a reason", count(counts.lost)],
    ["Lines heard", `${count(counts.lines)} (${mebibytes(counts.characters)})`],
    ["Lines about another company", count(counts.foreign)],
    [
      "Views compared with a new client's",
      `${count(comparison.people)} with ${count(comparison.values)} values; ${count(comparison.differences.length)} differences`
    ],
    ["The same at rests", `${count(result.comparedAtRests)} people`],
    ["Happened in Asterisk", `${count(result.asteriskSteps)}; killed and started 3 times`],
    [
      "Heap, before, during and after",
      `${mebibytes(memory.before.heap)}, ${peak(result, "heap")}, ${mebibytes(memory.after.heap)}`
    ],
    ["Heap and buffers, growth", growth(memory.heap)],
    [
      "Resident, before, during and after",
      `${mebibytes(memory.before.resident)}, ${peak(result, "resident")}, ${mebibytes(memory.after.resident)}`
    ],
    ["Resident, growth", growth(memory.resident)],
    ["Longest turn of the event loop", `${Math.max(...memory.samples.map((sample) => sample.longestTurn)).toFixed(0)} ms`],
    ["Open files, before and after", `${files.before ?? "?"}, ${files.after ?? "?"}`],
    [
      "Warnings and errors in the log",
      [...result.warnings].map(([text, times]) => `${text}: ${count(times)}`).join("; ") || "none"
    ],
    ["End", result.end.signal ?? `exit code ${result.end.code}`]
  ]
  return [
    "```",
    `npm run soak -- --seconds ${options.seconds} --clients ${options.clients} --seed ${options.seed}`,
    "```",
    "",
    machine(),
    "",
    "| | |",
    "| --- | --- |",
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
    "",
    faults.length === 0 ? "**Nothing was wrong.**" : `**${faults.length} faults:**`,
    ...(faults.length === 0 ? [] : ["", ...faults.slice(0, SHOWN).map((fault) => `- ${fault}`)]),
    ...(faults.length > SHOWN ? [`- and ${faults.length - SHOWN} more`] : [])
  ].join("\n")
}

const peak = ({ memory }: SoakResult, of: "heap" | "resident"): string =>
  `at most ${mebibytes(Math.max(...memory.samples.map((sample) => sample[of])))}`

/** Puts a report between the marks of a file. */
export const placeReport = async (file: string, report: string): Promise<void> => {
  const text = await readFile(file, "utf8")
  const marks = /(<!-- soak -->\n)[\s\S]*?(<!-- end -->)/
  if (!marks.test(text)) throw new Error(`${file} has no <!-- soak --> and <!-- end -->`)
  await writeFile(
    file,
    text.replace(marks, (_, begin: string, end: string) => `${begin}${report}\n${end}`)
  )
}
