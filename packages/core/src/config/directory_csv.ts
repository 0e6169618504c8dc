/** Users and lines from CSV files: rows become what a list in `ctid.yml` would say. */
import { readCsv } from "./csv.ts"
import { didYouMean } from "./did_you_mean.ts"
import type { Position, PositionOf, Problem } from "./problem.ts"

/** How the text of a cell is read. `ids`: whole numbers separated by spaces. */
type Column = "text" | "number" | "ids"

const columns: Readonly<Record<"users" | "lines", Readonly<Record<string, Column>>>> = {
  users: {
    id: "number",
    uuid: "text",
    firstname: "text",
    lastname: "text",
    fullname: "text",
    login: "text",
    password: "text",
    plain_password: "text",
    enabled: "text",
    profile: "text",
    agent: "number",
    voicemail: "number",
    voicemail_enabled: "text",
    lines: "ids",
    mobile: "text"
  },
  lines: {
    id: "number",
    number: "text",
    context: "text",
    protocol: "text",
    name: "text",
    device: "text",
    callerid: "text",
    user: "number"
  }
}

/** The columns that a file may have, in the order of the documentation. */
export const csvColumns = (kind: "users" | "lines"): ReadonlyArray<string> => Object.keys(columns[kind])

const toNumber = (text: string): string | number => (/^(0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : text)

const toValue = (column: Column, text: string): unknown =>
  column === "text"
    ? text
    : column === "number"
      ? toNumber(text)
      : text
          .split(" ")
          .filter((id) => id !== "")
          .map(toNumber)

/** The objects of a CSV file, each with the place of its cells, and what is wrong with the file itself. */
export interface DirectoryCsv {
  readonly items: ReadonlyArray<Readonly<Record<string, unknown>>>
  /** The path begins with the index of an item. */
  readonly position: PositionOf
  readonly problems: ReadonlyArray<Problem>
}

/**
 * Reads a CSV file. Its first row names the columns, in any order, with the names of the options; an empty cell is an absent option.
 */
export const readDirectoryCsv = (kind: "users" | "lines", file: string, text: string): DirectoryCsv => {
  const table = readCsv(text)
  const known = csvColumns(kind)
  const problems: Array<Problem> = table.problems.map((problem) => ({ file, path: "", ...problem }))
  const items: Array<Record<string, unknown>> = []
  const places: Array<{ readonly row: Position; readonly cells: Map<string, Position> }> = []
  const [header, ...rows] = table.rows
  if (header === undefined) {
    problems.push({
      file,
      line: 1,
      column: 1,
      path: "",
      found: "an empty file",
      expected: `a first row of column names: ${known.join(",")}`
    })
  }
  const names = (header ?? []).map((cell) => cell.text.trim())
  names.forEach((name, index) => {
    const cell = header?.[index]
    const place = { file, line: cell?.line ?? 1, column: cell?.column ?? 1, path: "" }
    if (!known.includes(name)) {
      problems.push({ ...place, found: `the unknown column ${JSON.stringify(name)}`, expected: didYouMean(name, known) })
    } else if (names.indexOf(name) !== index) {
      problems.push({ ...place, found: `the column ${name} again`, expected: "each column once" })
    }
  })
  for (const row of rows) {
    const [first] = row
    if (first === undefined) continue
    const start = { file, line: first.line, column: first.column }
    if (row.length !== names.length) {
      problems.push({ ...start, path: "", found: `${row.length} cells`, expected: `${names.length}, as in the first row` })
      continue
    }
    const item: Record<string, unknown> = {}
    const cells = new Map<string, Position>()
    row.forEach((cell, index) => {
      const name = names[index] ?? ""
      const column = Object.hasOwn(columns[kind], name) ? columns[kind][name] : undefined
      cells.set(name, { file, line: cell.line, column: cell.column })
      if (column !== undefined && cell.text !== "") item[name] = toValue(column, cell.text)
    })
    items.push(item)
    places.push({ row: start, cells })
  }
  return {
    items,
    problems,
    position: ([index, name]) => {
      const place = typeof index === "number" ? places[index] : undefined
      return place?.cells.get(String(name)) ?? place?.row ?? { file, line: 1, column: 1 }
    }
  }
}
