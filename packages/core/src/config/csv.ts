/** Comma-separated values as RFC 4180 has them, read strictly, with the place of each cell. */

export interface CsvCell {
  readonly text: string
  /** Counted from 1. */
  readonly line: number
  readonly column: number
}

/** Something that is no CSV. */
export interface CsvProblem {
  readonly line: number
  readonly column: number
  readonly found: string
  readonly expected: string
}

export interface CsvTable {
  readonly rows: ReadonlyArray<ReadonlyArray<CsvCell>>
  readonly problems: ReadonlyArray<CsvProblem>
}

/** Where the cell that begins at `from` ends, and what it says. `end` -1: its closing quote is missing. */
const readCell = (text: string, from: number): { readonly value: string; readonly end: number } => {
  if (text[from] !== '"') {
    let end = from
    while (end < text.length && text[end] !== "," && text[end] !== "\n") end += 1
    if (text[end] === "\n" && end > from && text[end - 1] === "\r") end -= 1
    return { value: text.slice(from, end), end }
  }
  let value = ""
  for (let at = from + 1; ; at += 2) {
    const quote = text.indexOf('"', at)
    if (quote < 0) return { value, end: -1 }
    value += text.slice(at, quote)
    if (text[quote + 1] !== '"') return { value, end: quote + 1 }
    value += '"'
    at = quote
  }
}

/**
 * Cells separated by commas, rows ended by LF or CR LF; a cell with a comma, a quote or a line end stands in double quotes, a quote
 * inside is doubled. Empty lines are skipped, a byte order mark at the start is dropped.
 */
export const readCsv = (input: string): CsvTable => {
  const text = input.startsWith("\uFEFF") ? input.slice(1) : input
  const rows: Array<ReadonlyArray<CsvCell>> = []
  const problems: Array<CsvProblem> = []
  let row: Array<CsvCell> = []
  let line = 1
  let lineStart = 0
  let at = 0
  const newLine = (start: number): void => {
    line += 1
    lineStart = start
  }
  const refuse = (found: string, expected: string): void => {
    problems.push({ line, column: at - lineStart + 1, found, expected })
  }
  while (at < text.length) {
    const cell = { line, column: at - lineStart + 1 }
    const quoted = text[at] === '"'
    const { value, end } = readCell(text, at)
    if (end < 0) {
      refuse("a quote without its end", 'a closing "')
      return { rows, problems }
    }
    if (!quoted && value.includes('"')) refuse("a quote inside a cell", 'the whole cell in "...", quotes inside doubled')
    for (let i = text.indexOf("\n", at); i >= 0 && i < end; i = text.indexOf("\n", i + 1)) newLine(i + 1)
    at = end
    row.push({ text: value, ...cell })
    if (text[at] === ",") {
      at += 1
      // A comma at the very end opens one more cell.
      if (at === text.length) row.push({ text: "", line, column: at - lineStart + 1 })
      continue
    }
    if (at < text.length && text[at] !== "\n" && !text.startsWith("\r\n", at)) {
      refuse("text after a closing quote", "a comma or the end of the line")
      at = text.indexOf("\n", at)
      if (at < 0) break
    }
    if (row.length > 1 || quoted || value !== "") rows.push(row)
    row = []
    if (at < text.length) {
      at = text.indexOf("\n", at) + 1
      newLine(at)
    }
  }
  if (row.length > 0) rows.push(row)
  return { rows, problems }
}
