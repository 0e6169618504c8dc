/** What goes over an AMI wire: packets of headers. Written apart from `@ctid/ami`, so that a mistake is not made twice. */

export type Header = readonly [name: string, value: string]

/** In the order of the wire; names may repeat. */
export type Headers = ReadonlyArray<Header>

/** One packet as Asterisk writes it. Values are not escaped, as Asterisk escapes none. */
export const encodePacket = (headers: Headers): string => {
  let text = ""
  for (const [name, value] of headers) text += `${name}: ${value}\r\n`
  return `${text}\r\n`
}

/** Longest line that Asterisk takes, in bytes without the line end. */
export const MAX_LINE = 1022

/** Most headers of one action. */
export const MAX_HEADERS = 128

/** An action as it came in. */
export interface ActionRequest {
  readonly headers: Headers
  /** Why Asterisk would refuse to look at it at all, or null. */
  readonly defect: "line_too_long" | "too_many_lines" | null
  /** First value of a header, empty when there is none. Names in any case. */
  readonly get: (name: string) => string
}

const makeRequest = (headers: Headers, defect: ActionRequest["defect"]): ActionRequest => ({
  headers,
  defect,
  get: (name) => {
    const wanted = name.toLowerCase()
    for (const [header, value] of headers) if (header.toLowerCase() === wanted) return value
    return ""
  }
})

const LF = 10
const CR = 13

const parseLine = (line: string): Header => {
  const nul = line.indexOf("\0")
  const text = nul < 0 ? line : line.slice(0, nul)
  const colon = text.indexOf(":")
  return colon < 0 ? [text, ""] : [text.slice(0, colon), text.slice(colon + 1).replace(/^[ \t]+/, "")]
}

/**
 * Cuts received bytes into actions as Asterisk does: LF ends a line, a CR before it is dropped, an empty line ends the action, blanks after
 * the colon are dropped and trailing ones kept. So a line feed inside a value is the start of another header here too. What is
 * buffered is bounded by `MAX_LINE` and `MAX_HEADERS`.
 */
export const makeActionReader = (
  onAction: (request: ActionRequest) => void
): { readonly push: (chunk: Uint8Array) => void } => {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true })
  const line = new Uint8Array(MAX_LINE + 1)
  let length = 0
  let headers: Array<Header> = []
  let defect: ActionRequest["defect"] = null

  const endOfLine = (): void => {
    const end = length > 0 && line[length - 1] === CR ? length - 1 : length
    if (end > MAX_LINE) defect = "line_too_long"
    const text = decoder.decode(line.subarray(0, end))
    length = 0
    if (text !== "") {
      if (headers.length < MAX_HEADERS) headers.push(parseLine(text))
      else defect ??= "too_many_lines"
      return
    }
    if (headers.length === 0 && defect === null) return
    const request = makeRequest(headers, defect)
    headers = []
    defect = null
    onAction(request)
  }

  return {
    push: (chunk) => {
      for (const byte of chunk) {
        if (byte === LF) endOfLine()
        else if (length < line.length) line[length++] = byte
        else if (byte !== CR) defect = "line_too_long"
      }
    }
  }
}
