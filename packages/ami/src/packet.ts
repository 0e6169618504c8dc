/** One packet of AMI: the first header is read at once, the others when somebody asks. */
import type { AmiMessage } from "./ami_message.ts"

type Header = readonly [name: string, value: string]

const CR = 0x0d
const LF = 0x0a
const COLON = 0x3a
const BLANK = 0x20
const END_OF_COMMAND = "--END COMMAND--"

/** One per program: it is only used for whole packets, so it carries nothing from one call to the next. */
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true })

/** Cuts a line at its first colon, and one blank after it. A line without a colon is a name without a value. */
const headerOf = (line: string): Header => {
  const colon = line.indexOf(":")
  if (colon < 0) return [line, ""]
  const value = line.charCodeAt(colon + 1) === BLANK ? colon + 2 : colon + 1
  return [line.slice(0, colon), line.slice(value)]
}

const sameName = (a: string, b: string): boolean => a === b || (a.length === b.length && a.toLowerCase() === b.toLowerCase())

const kindOf = (name: string): AmiMessage["kind"] => {
  const lower = name.toLowerCase()
  return lower === "event" || lower === "response" ? lower : "other"
}

const first = (headers: ReadonlyArray<Header>, name: string): string | undefined => {
  for (const header of headers) if (sameName(header[0], name)) return header[1]
  return undefined
}

const every = (headers: ReadonlyArray<Header>, name: string): ReadonlyArray<string> => {
  const values: Array<string> = []
  for (const header of headers) if (sameName(header[0], name)) values.push(header[1])
  return values
}

/**
 * The answer to `Command` of Asterisk 13 and older: `Response: Follows`, at most `Privilege` and `ActionID`, then the
 * output as it is. Its lines become `Output` headers, as later versions send them.
 */
const followsHeaders = (text: string): ReadonlyArray<Header> => {
  const headers: Array<Header> = []
  let from = 0
  for (;;) {
    const end = text.indexOf("\r\n", from)
    if (end < 0) break
    const header = headerOf(text.slice(from, end))
    if (from > 0 && (!/^(privilege|actionid)$/i.test(header[0]) || first(headers, header[0]) !== undefined)) break
    headers.push(header)
    from = end + 2
  }
  const end = text.lastIndexOf(END_OF_COMMAND)
  const lines = text.slice(from, end < 0 ? text.length : end).split("\n")
  if (lines.at(-1) === "") lines.pop()
  for (const line of lines) headers.push(["Output", line.endsWith("\r") ? line.slice(0, -1) : line])
  return headers
}

const plainHeaders = (text: string): ReadonlyArray<Header> => {
  const headers: Array<Header> = []
  let from = 0
  while (from < text.length) {
    const end = text.indexOf("\r\n", from)
    headers.push(headerOf(end < 0 ? text.slice(from) : text.slice(from, end)))
    if (end < 0) break
    from = end + 2
  }
  return headers
}

/** True when the packet is an old answer to `Command`, whose output may hold empty lines. */
export const isFollows = (bytes: Uint8Array): boolean => {
  const initial = bytes[0]
  return (initial === 0x52 || initial === 0x72) && /^response: ?follows\r/i.test(utf8.decode(bytes.subarray(0, 20)))
}

/** Where the packet begins: empty lines before it are nothing. */
export const packetStart = (bytes: Uint8Array): number => {
  let at = 0
  while (bytes[at] === CR && bytes[at + 1] === LF) at += 2
  return at
}

/** True when an old answer to `Command` is complete at this empty line. */
export const endsFollows = (bytes: Uint8Array): boolean => utf8.decode(bytes.subarray(-19)) === `${END_OF_COMMAND}\r\n\r\n`

/** A packet as it was received, without its empty line. The bytes are kept until `headers` is asked for, and must not change. */
export class Packet implements AmiMessage {
  readonly kind: AmiMessage["kind"]
  readonly name: string
  #bytes: Uint8Array | null
  #headers: ReadonlyArray<Header> | null = null

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    let end = bytes.indexOf(CR)
    while (end >= 0 && bytes[end + 1] !== LF) end = bytes.indexOf(CR, end + 1)
    if (end < 0) end = bytes.length
    const colon = bytes.indexOf(COLON)
    if (colon < 0 || colon >= end) {
      this.kind = kindOf(utf8.decode(bytes.subarray(0, end)))
      this.name = ""
    } else {
      this.kind = kindOf(utf8.decode(bytes.subarray(0, colon)))
      this.name = utf8.decode(bytes.subarray(bytes[colon + 1] === BLANK ? colon + 2 : colon + 1, end))
    }
  }

  get headers(): ReadonlyArray<Header> {
    if (this.#headers === null) {
      const bytes = this.#bytes ?? new Uint8Array(0)
      const text = utf8.decode(bytes)
      this.#headers = isFollows(bytes) ? followsHeaders(text) : plainHeaders(text)
      this.#bytes = null
    }
    return this.#headers
  }

  get(name: string): string | undefined {
    return first(this.headers, name)
  }

  all(name: string): ReadonlyArray<string> {
    return every(this.headers, name)
  }
}

/** Characters that a message holds. */
export const sizeOf = (message: AmiMessage): number => {
  let size = 0
  for (const [name, value] of message.headers) size += name.length + value.length
  return size
}

/** A message made of headers, for transports that decode by other means. */
export const amiMessage = (headers: ReadonlyArray<readonly [name: string, value: string]>): AmiMessage => ({
  kind: kindOf(headers[0]?.[0] ?? ""),
  name: headers[0]?.[1] ?? "",
  headers,
  get: (name) => first(headers, name),
  all: (name) => every(headers, name)
})
