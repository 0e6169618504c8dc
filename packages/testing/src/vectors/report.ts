/** What a run of vectors says: a line for each failure, a table of the areas, what waits and why, and the totals. */
import type { Complaint } from "./judge.ts"

export type Outcome =
  | { readonly _tag: "Passed" }
  | { readonly _tag: "Failed"; readonly complaints: ReadonlyArray<Complaint> }
  /** The server does not serve this yet. */
  | { readonly _tag: "Waiting"; readonly needs: ReadonlyArray<string> }

export interface VectorResult {
  readonly area: string
  readonly name: string
  readonly outcome: Outcome
}

const COMPLAINT_LENGTH = 800

const oneLine = (text: string): string => {
  const line = text.replace(/[\r\n]+/g, "\\n")
  return line.length > COMPLAINT_LENGTH ? `${line.slice(0, COMPLAINT_LENGTH)}...` : line
}

/** `FAILED login/login_id ok: expected ...; came ...`, or null when it did not fail. */
export const failureLine = ({ area, name, outcome }: VectorResult): string | null =>
  outcome._tag === "Failed"
    ? `FAILED ${area}/${name}: ${outcome.complaints
        .map((one) => `expected ${oneLine(one.expected)}; came ${oneLine(one.came)}`)
        .join(" | ")}`
    : null

const count = (results: ReadonlyArray<VectorResult>, tag: Outcome["_tag"]): number =>
  results.filter((one) => one.outcome._tag === tag).length

const table = (results: ReadonlyArray<VectorResult>): ReadonlyArray<string> => {
  const areas = [...new Set(results.map((one) => one.area))].sort()
  const width = Math.max(4, ...areas.map((area) => area.length))
  const row = (area: string, passed: string, failed: string, waiting: string): string =>
    `${area.padEnd(width)}  ${passed.padStart(6)}  ${failed.padStart(6)}  ${waiting.padStart(7)}`
  return [
    row("area", "passed", "failed", "waiting"),
    ...areas.map((area) => {
      const own = results.filter((one) => one.area === area)
      return row(area, `${count(own, "Passed")}`, `${count(own, "Failed")}`, `${count(own, "Waiting")}`)
    })
  ]
}

const waiting = (results: ReadonlyArray<VectorResult>): ReadonlyArray<string> => {
  const byReason = new Map<string, Array<string>>()
  for (const { area, name, outcome } of results) {
    if (outcome._tag !== "Waiting") continue
    const reason = [...outcome.needs].join(" and ")
    const names = byReason.get(reason) ?? []
    byReason.set(reason, names)
    names.push(`${area}/${name}`)
  }
  return [...byReason].map(([reason, names]) => `waiting for ${reason} (${names.length}): ${names.join(", ")}`)
}

/** The lines after the failures; the last is `N passed, N failed`. */
export const summary = (results: ReadonlyArray<VectorResult>): ReadonlyArray<string> => [
  ...table(results),
  ...waiting(results),
  `${count(results, "Passed")} passed, ${count(results, "Failed")} failed`
]
