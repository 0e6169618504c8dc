/** Bytes that are almost right: what one mistake, or several, make of valid ones. */
import type { Seeded } from "../seeded.ts"

/** Bytes that decide something somewhere: ends of lines, of text, of numbers; broken UTF-8; the beginnings of TLS and of HTTP. */
const TELLING: ReadonlyArray<Uint8Array> = [
  "\n",
  "\r",
  "\r\n",
  "\r\n\r\n",
  "\0",
  '"',
  "\\",
  "{",
  "}",
  "[",
  "]",
  ":",
  ",",
  "-",
  "1e999",
  "null",
  "\u2028",
  "\ufeff",
  "__proto__",
  "GET / HTTP/1.1\r\n",
  "Event: ",
  "Response: Follows\r\n",
  "ActionID: ",
  "--END COMMAND--\r\n\r\n"
]
  .map((text) => new TextEncoder().encode(text))
  .concat([
    Uint8Array.of(0xff),
    Uint8Array.of(0xc0, 0x80),
    Uint8Array.of(0xed, 0xa0, 0x80),
    Uint8Array.of(0xf4, 0x90, 0x80, 0x80),
    Uint8Array.of(0xe2, 0x82),
    Uint8Array.of(0x16, 0x03, 0x01, 0x00, 0x05)
  ])

/** A run of one byte: around the limits of lines, or small. */
const RUNS = [3, 255, 4096, 65_535, 65_536, 65_537, 200_000]

/** Longest piece that is repeated, and how often at most. */
const [LONGEST_PIECE, MOST_COPIES] = [64, 200]

export const joinBytes = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

const replaced = (bytes: Uint8Array, from: number, to: number, ...parts: ReadonlyArray<Uint8Array>): Uint8Array =>
  joinBytes([bytes.subarray(0, from), ...parts, bytes.subarray(to)])

type Mutation = (bytes: Uint8Array, random: Seeded, other: () => Uint8Array) => Uint8Array

const changeByte: Mutation = (bytes, random) => {
  const copy = bytes.slice()
  if (copy.length > 0) copy[random.below(copy.length)] = random.below(256)
  return copy
}

const flipBit: Mutation = (bytes, random) => {
  const copy = bytes.slice()
  const at = random.below(Math.max(1, copy.length))
  if (copy.length > 0) copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8))
  return copy
}

const insert: Mutation = (bytes, random) => {
  const at = random.below(bytes.length + 1)
  return replaced(bytes, at, at, random.chance(0.7) ? random.pick(TELLING) : random.bytes(1 + random.below(16)))
}

const remove: Mutation = (bytes, random) => {
  const from = random.below(bytes.length + 1)
  return replaced(bytes, from, Math.min(bytes.length, from + 1 + random.below(32)))
}

const repeat: Mutation = (bytes, random) => {
  const from = random.below(bytes.length + 1)
  const piece = bytes.subarray(from, from + 1 + random.below(LONGEST_PIECE))
  return replaced(bytes, from, from, ...Array.from({ length: 1 + random.below(MOST_COPIES) }, () => piece))
}

const run: Mutation = (bytes, random) => {
  const at = random.below(bytes.length + 1)
  const byte = random.chance(0.5) ? 0x20 + random.below(0x5f) : random.below(256)
  return replaced(bytes, at, at, new Uint8Array(random.pick(RUNS)).fill(byte))
}

const cutShort: Mutation = (bytes, random) => bytes.slice(0, random.below(bytes.length + 1))

const crossOver: Mutation = (bytes, random, other) => {
  const more = other()
  return joinBytes([bytes.subarray(0, random.below(bytes.length + 1)), more.subarray(random.below(more.length + 1))])
}

const MUTATIONS: ReadonlyArray<readonly [number, Mutation]> = [
  [4, changeByte],
  [4, flipBit],
  [6, insert],
  [4, remove],
  [2, repeat],
  [1, run],
  [2, cutShort],
  [2, crossOver]
]

/** One mistake, sometimes several. `other`: other valid bytes, to mix with. */
export const mutateBytes = (bytes: Uint8Array, random: Seeded, other: () => Uint8Array): Uint8Array => {
  let mutated = bytes
  for (let more = true; more; more = random.chance(0.4)) mutated = random.weighted(MUTATIONS)(mutated, random, other)
  return mutated
}

/** The same bytes in pieces, as a network may bring them. */
export const splitBytes = (bytes: Uint8Array, random: Seeded): ReadonlyArray<Uint8Array> => {
  if (random.chance(0.3)) return [bytes]
  const most = random.weighted([
    [1, 1],
    [3, 16],
    [3, 1024]
  ])
  const pieces: Array<Uint8Array> = []
  // one byte at a time only where that ends
  const least = Math.ceil(bytes.length / 500)
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + Math.max(least, 1 + random.below(most)))
    pieces.push(bytes.subarray(at, end))
    at = end
  }
  return pieces
}
