/** Makes attacks: most of them almost valid, some of them noise. */
import type { Seeded } from "../seeded.ts"
import type { Corpus } from "./corpus.ts"
import { DECODERS } from "./decoders.ts"
import type { FuzzCase, Step, Target } from "./fuzz_case.ts"
import { credentialsOf, people } from "./fuzz_config.ts"
import { joinBytes, mutateBytes, splitBytes } from "./mutate_bytes.ts"
import { mutateMessage } from "./mutate_json.ts"

const utf8 = new TextEncoder()

const write = (bytes: Uint8Array): Step => ({ _tag: "Write", bytes })

/** Bytes in pieces, with a pause now and then. */
const written = (bytes: Uint8Array, random: Seeded): ReadonlyArray<Step> =>
  splitBytes(bytes, random).flatMap(
    (piece): ReadonlyArray<Step> =>
      random.chance(0.05) ? [write(piece), { _tag: "Pause", milliseconds: 1 + random.below(30) }] : [write(piece)]
  )

const ending = (random: Seeded): ReadonlyArray<Step> =>
  random.weighted<ReadonlyArray<Step>>([
    [5, [{ _tag: "Hear" }, { _tag: "End" }]],
    [3, [{ _tag: "End" }]],
    [3, [{ _tag: "Reset" }]],
    // as long as the player lets it
    [1, [{ _tag: "Deaf" }, { _tag: "Pause", milliseconds: 500 }]],
    [1, [{ _tag: "Pause", milliseconds: 300 }]],
    [0.3, [{ _tag: "Outlast" }]],
    [0.2, [{ _tag: "Deaf" }, { _tag: "Outlast" }]]
  ])

const line = (message: object): string => JSON.stringify(message)

/** The three lines of a login that succeeds, unless they are spoilt. */
const loginLines = (random: Seeded): ReadonlyArray<object> => {
  const { login, password } = credentialsOf(random.pick(people))
  const version = random.weighted([
    [8, { wazoversion: "2.3" }],
    [2, { xivoversion: "2.0" }],
    [1, { xivoversion: "9.9" }]
  ])
  return [
    { class: "login_id", userlogin: login, company: "xivo", ident: "fuzz", ...version, commandid: 1 },
    { class: "login_pass", password, commandid: 2 },
    { class: "login_capas", capaid: 1, state: random.pick(["available", "away", "", "nothing"]), commandid: 3 }
  ]
}

const client = (corpus: Corpus, random: Seeded): ReadonlyArray<Step> => {
  const other = (): Uint8Array => utf8.encode(`${line(random.pick(corpus.messages))}\n`)
  const spoilt = random.chance(0.2)
  const login = loginLines(random).map((message) =>
    spoilt && random.chance(0.5) ? mutateMessage(message, random) : line(message)
  )
  const commands = Array.from({ length: random.below(20) }, () => {
    const message = random.pick(corpus.messages)
    return random.chance(0.7) ? mutateMessage(message, random) : line(message)
  })
  const ends = random.pick(["\n", "\n", "\n", "\r\n", "\n\n"])
  const before = utf8.encode(login.map((one) => one + ends).join(""))
  const after = utf8.encode(commands.map((one) => one + ends).join(""))
  // most of all commands would be lost behind the first broken line
  const broken = random.chance(0.3) ? mutateBytes(after, random, other) : after
  return [...written(before, random), { _tag: "Hear" }, ...written(broken, random), ...ending(random)]
}

/** Whatever is said to a port for lines of text. */
const lines = (texts: ReadonlyArray<string>, end: string, random: Seeded): ReadonlyArray<Step> => {
  const chosen = Array.from({ length: 1 + random.below(5) }, () => random.pick(texts))
  const bytes = utf8.encode(chosen.map((text) => text + end).join(""))
  const other = (): Uint8Array => utf8.encode(random.pick(texts))
  return [...written(random.chance(0.7) ? mutateBytes(bytes, random, other) : bytes, random), ...ending(random)]
}

const noise = (random: Seeded): ReadonlyArray<Step> => [
  ...written(
    random.chance(0.5)
      ? random.bytes(1 + random.below(5000))
      : new Uint8Array(random.pick([100, 70_000, 2_000_000])).fill(0x61),
    random
  ),
  ...ending(random)
]

/** A TLS record that is almost one. */
const almostTls = (random: Seeded): ReadonlyArray<Step> => {
  const hello = joinBytes([Uint8Array.of(0x16, 0x03, 0x01, 0x00, 0xc8, 0x01, 0x00, 0x00, 0xc4, 0x03, 0x03), random.bytes(190)])
  return [...written(random.chance(0.8) ? mutateBytes(hello, random, () => hello) : hello, random), ...ending(random)]
}

const packets = (corpus: Corpus, random: Seeded): Uint8Array => {
  const chosen = Array.from({ length: 1 + random.below(30) }, () => utf8.encode(random.pick(corpus.ami)))
  const other = (): Uint8Array => utf8.encode(random.pick(corpus.ami))
  return joinBytes(chosen.map((packet) => (random.chance(0.5) ? mutateBytes(packet, random, other) : packet)))
}

const decoderCase = (corpus: Corpus, random: Seeded): FuzzCase => {
  const decoder = random.pick(DECODERS)
  const texts = decoder.corpus(corpus)
  const valid = (): Uint8Array => utf8.encode(random.pick(texts))
  const message = decoder.messages !== null && random.chance(0.6) ? random.pick(decoder.messages(corpus)) : null
  const mutated = message === null ? mutateBytes(valid(), random, valid) : utf8.encode(`${mutateMessage(message, random)}\n`)
  return { target: "decoders", decoder: decoder.name, steps: splitBytes(mutated, random).map(write) }
}

/** One attack on a target; the same for the same state of `random`. */
export const generateCase = (target: Target, corpus: Corpus, random: Seeded): FuzzCase => {
  const steps = (): ReadonlyArray<Step> => {
    if (target !== "announce" && target !== "ami" && random.chance(0.05)) return noise(random)
    switch (target) {
      case "cti":
      case "starttls":
      case "ctis":
        return client(corpus, random)
      case "ctis_raw":
        return random.chance(0.5) ? almostTls(random) : client(corpus, random)
      case "web_interface":
        return lines(corpus.web, random.pick(["\n", "\r\n", ""]), random)
      case "info":
        return lines(corpus.info, random.pick(["\n", "\r\n"]), random)
      case "fast_agi":
        return lines(corpus.agi, "", random)
      case "announce":
        return Array.from({ length: 1 + random.below(5) }, () =>
          write(mutateBytes(utf8.encode("asterisk started"), random, () => random.bytes(40)))
        )
      case "ami":
        return written(packets(corpus, random), random)
      case "decoders":
        return []
    }
  }
  return target === "decoders" ? decoderCase(corpus, random) : { target, decoder: null, steps: steps() }
}
