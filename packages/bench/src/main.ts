/**
 * `npm run bench -- smoke`: the table. `npm run bench -- --check`: fails when a ratio is worse than its record. `--rows TEXT`: only rows whose
 * name has this text. `--record`: writes the records anew (say in the commit why one is loosened).
 */
import { readFileSync, writeFileSync } from "node:fs"
import { cpus } from "node:os"
import { parseArgs } from "node:util"
import { drivers } from "./drivers.ts"
import { type Measured, ROWS, type Row } from "./rows.ts"

const RECORDS = new URL("../records.json", import.meta.url)

interface Record {
  readonly ratio: number
  readonly why: string
}

const usage = `Usage: npm run bench -- smoke | --check | --record [--rows TEXT] [--turns N]

  smoke      measure every row in turns with bare node:net and print the table (under 3 minutes)
  --check    the same, and exit 1 when a ratio is worse than its record by more than the row's margin
  --record   the same, and write the medians as the new records

       npm run bench -- drivers [--turns N]: the AMI drivers side by side`

const median = (values: ReadonlyArray<number>): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

const verdict = (row: Row, ratio: number): string => {
  if (row.target === null) return "-"
  return "atMost" in row.target
    ? `≤ ${row.target.atMost.toPrecision(3)} ${ratio <= row.target.atMost ? "met" : "MISSED"}`
    : `≥ ${row.target.atLeast} ${ratio >= row.target.atLeast ? "met" : "MISSED"}`
}

/** How much worse than the record, as a part of it: 0.1 is ten per cent worse, negative is better. */
const worseBy = (row: Row, ratio: number, record: number): number =>
  row.better === "lower" ? ratio / record - 1 : record / ratio - 1

const readRecords = (): { readonly [name: string]: Record } => {
  try {
    return JSON.parse(readFileSync(RECORDS, "utf8"))
  } catch {
    return {}
  }
}

const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      check: { type: "boolean", default: false },
      record: { type: "boolean", default: false },
      rows: { type: "string", default: "" },
      turns: { type: "string", default: "3" },
      help: { type: "boolean", short: "h", default: false }
    }
  })
  const turns = Math.max(1, Number(values.turns))
  if (positionals[0] === "drivers") {
    await drivers(turns)
    return 0
  }
  if (values.help || (positionals[0] !== "smoke" && !values.check && !values.record)) {
    console.log(usage)
    return values.help ? 0 : 2
  }
  const records = readRecords()
  const made: { [name: string]: Record } = { ...records }
  const failures: Array<string> = []
  const [cpu] = cpus()
  const started = performance.now()
  console.log(`Node ${process.versions.node}, ${cpus().length} × ${cpu?.model ?? "?"}; median of ${turns} turns\n`)
  console.log("| what | ratio | target | record | ours | beside it |\n| --- | --- | --- | --- | --- | --- |")
  for (const row of ROWS) {
    if (!row.name.includes(values.rows)) continue
    const results: Array<Measured> = []
    // memory does not vary, and ten thousand clients take a while
    for (let turn = 0; turn < (row.name.startsWith("idle") ? 1 : turns); turn++) results.push(await row.measure(turn))
    const ratio = median(results.map((result) => result.ratio))
    const shown = results.find((result) => result.ratio === ratio)
    const record = records[row.name]
    console.log(
      `| ${row.name} (${row.unit}) | ${ratio.toPrecision(3)} | ${verdict(row, ratio)} | ${record?.ratio ?? "-"} | ${shown?.ours} | ${shown?.theirs} |`
    )
    if (values.record) made[row.name] = { ratio: Number(ratio.toPrecision(3)), why: record?.why ?? "first record" }
    if (!values.check) continue
    if (record === undefined) failures.push(`${row.name}: no record`)
    else if (worseBy(row, ratio, record.ratio) > row.margin) {
      failures.push(
        `${row.name}: ${ratio.toPrecision(3)} is ${Math.round(worseBy(row, ratio, record.ratio) * 100)} % worse than its record ${record.ratio} (margin ${Math.round(row.margin * 100)} %)`
      )
    }
  }
  console.log(`\n${Math.round((performance.now() - started) / 1000)} s`)
  if (values.record) writeFileSync(RECORDS, `${JSON.stringify(made, null, 2)}\n`)
  for (const failure of failures) console.error(failure)
  if (values.check) console.log(failures.length === 0 ? "\nno ratio is worse than its record" : "")
  return failures.length === 0 ? 0 : 1
}

process.exitCode = await main()
