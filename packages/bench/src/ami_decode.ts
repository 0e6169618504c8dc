/**
 * AMI events per second of one core: the events of a recorded queue call, again and again, in 64 KB chunks, through our
 * decoder, through the parser of `asterisk-ami-client`, and through a plain parser.
 */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import type { Transform } from "node:stream"
import { AmiDecoder } from "@ctid/ami"

const CHUNK = 64 * 1024

const recorded = readFileSync(new URL("../testdata/queue_call.ami", import.meta.url))

const chunksOf = (bytes: number): ReadonlyArray<Buffer> => {
  const whole = Buffer.concat(Array.from({ length: Math.ceil(bytes / recorded.length) }, () => recorded))
  return Array.from({ length: Math.ceil(whole.length / CHUNK) }, (_, n) => whole.subarray(n * CHUNK, (n + 1) * CHUNK))
}

/** Events per second of CPU time, so that a busy machine does not count. */
const rate = async (run: () => number | Promise<number>): Promise<number> => {
  const before = process.cpuUsage()
  const events = await run()
  const { user, system } = process.cpuUsage(before)
  return events / ((user + system) / 1e6)
}

/** Every header of every event is read. */
const ours = (chunks: ReadonlyArray<Buffer>, read: "all headers" | "names"): number => {
  const decoder = new AmiDecoder({ greeting: false })
  let events = 0
  let bytes = 0
  for (const chunk of chunks) {
    for (const message of decoder.push(chunk)) {
      events++
      bytes += message.name.length
      if (read === "all headers") for (const [, value] of message.headers) bytes += value.length
    }
  }
  if (bytes === 0) throw new Error("nothing was decoded")
  return events
}

/** What one writes in ten minutes: cut at the empty line, text per packet, an object with arrays for repeats. */
const plain = (chunks: ReadonlyArray<Buffer>): number => {
  let carry: Buffer = Buffer.alloc(0)
  let events = 0
  for (const chunk of chunks) {
    const bytes = carry.length === 0 ? chunk : Buffer.concat([carry, chunk])
    let from = 0
    for (let end = bytes.indexOf("\r\n\r\n", from); end >= 0; end = bytes.indexOf("\r\n\r\n", from)) {
      const headers: Record<string, Array<string>> = {}
      for (const line of bytes.toString("utf8", from, end).split("\r\n")) {
        const colon = line.indexOf(":")
        const name = line.slice(0, colon)
        const value = line.slice(colon + 1).trimStart()
        const values = headers[name]
        if (values === undefined) headers[name] = [value]
        else values.push(value)
      }
      events++
      from = end + 4
    }
    carry = bytes.subarray(from)
  }
  return events
}

/** The package's parser is a `Transform`: it is written to until it has taken everything. */
const theirs = async (chunks: ReadonlyArray<Buffer>): Promise<number> => {
  const require = createRequire(import.meta.url)
  const EventsStream = require("asterisk-ami-events-stream") as new () => Transform // the package has no types
  const stream = new EventsStream()
  let events = 0
  stream.on("amiEvent", () => events++)
  stream.resume()
  for (const chunk of chunks) {
    await new Promise<void>((resolve, reject) => stream.write(chunk, (error) => (error ? reject(error) : resolve())))
  }
  const expected = ours(chunks, "names")
  if (events < expected - 1) throw new Error(`asterisk-ami-client gave ${events} of ${expected} events`)
  return events
}

export interface AmiRates {
  /** Events per second of CPU time. */
  readonly ctid: number
  readonly ctidNames: number
  readonly plain: number
  readonly amiClient: number
}

/** How often each is measured, in turns. */
const ROUNDS = 5

export const amiDecode = async (): Promise<AmiRates> => {
  const many = chunksOf(20 * 1024 * 1024)
  const few = chunksOf(1024 * 1024)
  ours(few, "all headers")
  plain(few)
  const made: { [name in keyof AmiRates]: Array<number> } = { ctid: [], ctidNames: [], plain: [], amiClient: [] }
  for (let round = 0; round < ROUNDS; round++) {
    made.ctid.push(await rate(() => ours(many, "all headers")))
    made.amiClient.push(await rate(() => theirs(few)))
    made.ctidNames.push(await rate(() => ours(many, "names")))
    made.plain.push(await rate(() => plain(many)))
  }
  const middle = (values: ReadonlyArray<number>): number =>
    [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
  return {
    ctid: middle(made.ctid),
    ctidNames: middle(made.ctidNames),
    plain: middle(made.plain),
    amiClient: middle(made.amiClient)
  }
}
