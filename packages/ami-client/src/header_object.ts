/** Messages as the package's objects, and back: one value for each name, so that is where repeats are lost. */
import type { AmiMessage } from "@ctid/ami/ami_message"
import { amiMessage } from "@ctid/ami/packet"
import type { AmiClientPacket } from "./ami_client_like.ts"

/** The package calls methods of strings on these. */
const SINGLE = /^(event|response|actionid)$/i

/** All headers of a message; the values of a repeated one as an array. */
export const headerObject = (message: AmiMessage): AmiClientPacket => {
  // a header may have any name, `__proto__` too
  const object: { [header: string]: string | Array<string> } = Object.create(null)
  for (const [name, value] of message.headers) {
    const present = object[name]
    if (present === undefined) object[name] = value
    else if (SINGLE.test(name)) continue
    else if (typeof present === "string") object[name] = [present, value]
    else present.push(value)
  }
  return object
}

/** The name and nothing more, for a client to which nobody but us listens. */
export const leanObject = (message: AmiMessage): AmiClientPacket =>
  message.kind === "event" ? { Event: message.name } : { Response: message.name }

type Header = readonly [name: string, value: string]

const headerOf = (line: string): Header => {
  const colon = line.indexOf(":")
  return colon < 0 ? [line, ""] : [line.slice(0, colon), line.slice(colon + 1).trim()]
}

/** Where the package found no header, it keeps the rest of the packet in `$content`. */
const linesOf = (content: unknown): ReadonlyArray<string> => (typeof content === "string" ? content.split(/\r?\n/) : [])

/**
 * A message of what the package's own parser left of a packet: of a repeated header the last value, no blanks at the ends of values.
 * The output of an old answer to `Command` becomes `Output` headers; a packet of unknown kind gets its headers back.
 */
export const messageOf = (packet: AmiClientPacket): AmiMessage => {
  const headers: Array<Header> = []
  for (const [name, value] of Object.entries(packet)) {
    // `$content` and `$time` are the package's own
    if (name.startsWith("$")) continue
    if (typeof value === "string") headers.push([name, value])
  }
  const lines = linesOf(packet.$content)
  if (packet.Response === null) headers.push(...lines.map(headerOf))
  else headers.push(...lines.map((line): Header => ["Output", line]))
  return amiMessage(headers)
}
