/** Cuts the bytes of an AMI wire into messages: bounded, split anywhere, linear in the bytes received. */
import * as Data from "effect/Data"
import type { AmiMessage } from "./ami_message.ts"
import { endsFollows, isFollows, Packet, packetStart } from "./packet.ts"

const CR = 0x0d
const LF = 0x0a
/** How every Asterisk greets. */
export const GREETING = "Asterisk Call Manager/"
/** Bytes in which the greeting must end. */
const MAX_GREETING = 256

export interface AmiDecoderOptions {
  /** True, the default: the bytes begin with the greeting line. */
  readonly greeting?: boolean
  /** Longest packet in bytes. Default 4 MiB. */
  readonly maxPacketBytes?: number
  /** Most lines of one packet. Default 65,536: the answer to a `Command` has one for each line of its output. */
  readonly maxHeaders?: number
}

/** Why nothing more is decoded. */
export class AmiDecodeError extends Data.TaggedError("AmiDecodeError")<{
  readonly reason: "not_ami" | "packet_too_large" | "too_many_headers"
  /** A sentence a person can act on. */
  readonly message: string
}> {}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true })

/** Index after the first CR LF CR LF that begins at or after `from`, or -1. Looks at every fourth byte where it can. */
const packetEnd = (bytes: Uint8Array, from: number): number => {
  let at = from + 3
  while (at < bytes.length) {
    const byte = bytes[at]
    if (byte === LF) {
      if (bytes[at - 1] === CR && bytes[at - 2] === LF && bytes[at - 3] === CR) return at + 1
      at += 2
    } else at += byte === CR ? 1 : 4
  }
  return -1
}

/** Index in `chunk` after an empty line that began in the last bytes of `carried`, or -1. */
const straddlingEnd = (carried: Uint8Array, chunk: Uint8Array): number => {
  for (let inside = 1; inside <= 3 && inside <= chunk.length; inside++) {
    const before = 4 - inside
    if (carried.length < before) continue
    let matches = true
    for (let i = 0; matches && i < 4; i++) {
      const byte = i < before ? carried[carried.length - before + i] : chunk[i - before]
      matches = byte === (i % 2 === 0 ? CR : LF)
    }
    if (matches) return inside
  }
  return -1
}

const countLines = (bytes: Uint8Array): number => {
  let lines = 0
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) lines++
  return lines
}

/**
 * One per wire. Packets end with an empty line, lines with CR LF; a lone LF is part of its value. Every split of the same bytes gives the
 * same messages. What is left of a chunk is copied, but messages keep a view of their chunk until their headers are read: the caller
 * must not write into a chunk that it has pushed.
 */
export class AmiDecoder {
  readonly #maxPacketBytes: number
  readonly #maxHeaders: number
  #greeting: string | null = null
  #awaitsGreeting: boolean
  #error: AmiDecodeError | null = null
  #carry: Uint8Array = new Uint8Array(0)
  #length = 0

  constructor(options: AmiDecoderOptions = {}) {
    this.#awaitsGreeting = options.greeting ?? true
    this.#maxPacketBytes = options.maxPacketBytes ?? 4 * 1024 * 1024
    this.#maxHeaders = options.maxHeaders ?? 65_536
  }

  /** `Asterisk Call Manager/11.0.0`, null until it has come. */
  get greeting(): string | null {
    return this.#greeting
  }

  /** Set when the bytes are no AMI, or over a limit: nothing more is decoded. The messages before it have been given. */
  get error(): AmiDecodeError | null {
    return this.#error
  }

  /** Bytes of the unfinished packet. */
  get pending(): number {
    return this.#length
  }

  /** The messages that this chunk completes, in order. */
  push(chunk: Uint8Array): ReadonlyArray<AmiMessage> {
    const messages: Array<AmiMessage> = []
    let from = this.#awaitsGreeting && this.#error === null ? this.#greet(chunk) : 0
    if (this.#awaitsGreeting || this.#error !== null) return messages
    if (this.#length > 0) {
      from = this.#finish(from === 0 ? chunk : chunk.subarray(from), messages) + from
      if (this.#length > 0 || this.#error !== null) return messages
    }
    let search = from
    while (from < chunk.length) {
      const end = packetEnd(chunk, search)
      if (end < 0) break
      const packet = chunk.subarray(from, end)
      if (isFollowing(packet)) search = end
      else {
        if (!this.#take(packet, messages)) return messages
        from = end
        search = end
      }
    }
    this.#keep(chunk.subarray(from))
    return messages
  }

  /** Reads the greeting line; answers where the packets begin. */
  #greet(chunk: Uint8Array): number {
    const end = chunk.indexOf(LF)
    this.#keep(end < 0 ? chunk : chunk.subarray(0, Math.min(end + 1, MAX_GREETING + 1)))
    if (this.#error !== null) return 0
    const line = utf8.decode(this.#carry.subarray(0, Math.min(this.#length, MAX_GREETING)))
    const known = line.slice(0, GREETING.length)
    if (!GREETING.startsWith(known) || this.#length > MAX_GREETING || (end >= 0 && known !== GREETING)) {
      this.#fail(
        "not_ami",
        "What answers there is not an Asterisk manager port: it does not greet with 'Asterisk Call Manager/'."
      )
      return 0
    }
    if (end < 0) return 0
    this.#greeting = line.replace(/\r?\n$/, "")
    this.#awaitsGreeting = false
    this.#length = 0
    return end + 1
  }

  /** Adds to the unfinished packet until it is complete; answers how much of the chunk that took. */
  #finish(chunk: Uint8Array, messages: Array<AmiMessage>): number {
    let used = 0
    let end = straddlingEnd(this.#carry.subarray(0, this.#length), chunk)
    if (end < 0) end = packetEnd(chunk, 0)
    while (end >= 0) {
      this.#keep(chunk.subarray(used, end))
      used = end
      if (this.#error !== null) return used
      const packet = this.#carry.subarray(0, this.#length)
      if (!isFollowing(packet)) {
        // the message keeps these bytes, so the next unfinished packet gets others
        this.#carry = new Uint8Array(0)
        this.#length = 0
        this.#take(packet, messages)
        return used
      }
      end = packetEnd(chunk, used)
    }
    this.#keep(chunk.subarray(used))
    return chunk.length
  }

  #take(bytes: Uint8Array, messages: Array<AmiMessage>): boolean {
    if (bytes.length > this.#maxPacketBytes) return this.#tooLarge()
    const packet = bytes.subarray(packetStart(bytes))
    if (packet.length === 0) return true
    if (bytes.length > this.#maxHeaders && countLines(bytes) - 1 > this.#maxHeaders) {
      this.#fail("too_many_headers", `Asterisk sent a packet of more than ${this.#maxHeaders} lines.`)
      return false
    }
    messages.push(new Packet(isFollows(packet) ? packet : packet.subarray(0, packet.length - 4)))
    return true
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    const length = this.#length + bytes.length
    if (length > this.#maxPacketBytes) {
      this.#tooLarge()
      return
    }
    if (length > this.#carry.length) {
      const grown = new Uint8Array(Math.max(1024, length, this.#carry.length * 2))
      grown.set(this.#carry.subarray(0, this.#length))
      this.#carry = grown
    }
    this.#carry.set(bytes, this.#length)
    this.#length = length
  }

  #tooLarge(): false {
    this.#fail("packet_too_large", `Asterisk sent a packet of more than ${this.#maxPacketBytes} bytes.`)
    return false
  }

  #fail(reason: AmiDecodeError["reason"], message: string): void {
    this.#error = new AmiDecodeError({ reason, message })
    this.#carry = new Uint8Array(0)
    this.#length = 0
  }
}

/** An empty line inside the output of an old answer to `Command` ends nothing. */
const isFollowing = (packet: Uint8Array): boolean =>
  isFollows(packet[0] === CR ? packet.subarray(packetStart(packet)) : packet) && !endsFollows(packet)
