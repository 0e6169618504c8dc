/** Everything that reads what others wrote, without a server: none of it may throw, and pieces must not matter. */
import { AmiDecoder } from "@ctid/ami/ami_decoder"
import { readMessage } from "@ctid/client/server_message"
import { decodeConfig } from "@ctid/core/config/ctid_config"
import { readDirectoryCsv } from "@ctid/core/config/directory_csv"
import { ConfigError } from "@ctid/core/config/problem"
import { isAnnouncement } from "@ctid/core/console/announce"
import { AgiReader, setVariables } from "@ctid/core/console/fast_agi"
import { readInfoCommand } from "@ctid/core/console/info_server"
import { isWholeCommand, readWebCommand } from "@ctid/core/console/web_interface"
import { decodeCommand } from "@ctid/core/protocol/client_command"
import { LineDecoder } from "@ctid/core/protocol/line_decoder"
import { parsePhc } from "@ctid/platform-node/phc_string"
import { tlsCredentialsProblem } from "@ctid/platform-node/tls_credentials"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { readYaml } from "ctid/config/yaml_file"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import type { Corpus } from "./corpus.ts"
import { joinBytes } from "./mutate_bytes.ts"

export interface Decoder {
  readonly name: string
  /** What is valid for it. */
  readonly corpus: (corpus: Corpus) => ReadonlyArray<string>
  /** Messages that it reads, whose fields can be spoilt one by one; null: it reads something else. */
  readonly messages: ((corpus: Corpus) => ReadonlyArray<object>) | null
  /** Null: all is as it should be. */
  readonly check: (pieces: ReadonlyArray<Uint8Array>) => string | null
}

const utf8 = new TextDecoder()
const textOf = (pieces: ReadonlyArray<Uint8Array>): string => utf8.decode(joinBytes(pieces))

/** One that reads a whole text; `read` answers what is wrong. */
const reader = (
  name: string,
  corpus: Decoder["corpus"],
  read: (text: string) => string | null,
  messages: Decoder["messages"] = null
): Decoder => ({ name, corpus, messages, check: (pieces) => read(textOf(pieces)) })

const linesIn = (text: string): ReadonlyArray<string> => text.split("\n")

/** One that reads a text line by line, and has nothing to say of what it reads. */
const lineReader = (
  name: string,
  corpus: Decoder["corpus"],
  read: (line: string) => unknown,
  messages: Decoder["messages"] = null
): Decoder =>
  reader(
    name,
    corpus,
    (text) => {
      for (const line of linesIn(text)) read(line)
      return null
    },
    messages
  )

const differs = (what: string, whole: string, inPieces: string): string | null =>
  whole === inPieces ? null : `${what} depend on how the bytes were cut: ${whole.slice(0, 200)} and ${inPieces.slice(0, 200)}`

/** Lines, and where it gave up. */
const splitLines = (pieces: ReadonlyArray<Uint8Array>): string => {
  const decoder = new LineDecoder({ limit: LINE_LIMIT })
  const lines: Array<string> = []
  for (const piece of pieces) lines.push(...decoder.push(piece))
  const held = decoder.pending
  if (held > LINE_LIMIT) throw new Error(`${held} bytes are kept of a line; the limit is ${LINE_LIMIT}`)
  return JSON.stringify([lines, decoder.overflow, held])
}

const LINE_LIMIT = 65_536
const PACKET_LIMIT = 100_000

const splitPackets = (pieces: ReadonlyArray<Uint8Array>): string => {
  const decoder = new AmiDecoder({ greeting: false, maxPacketBytes: PACKET_LIMIT, maxHeaders: 1000 })
  // the decoder may keep what it is given
  const messages = pieces.flatMap((piece) => decoder.push(piece.slice()))
  if (decoder.pending > PACKET_LIMIT) throw new Error(`${decoder.pending} bytes are kept of a packet`)
  return JSON.stringify([messages.map(({ kind, name, headers }) => [kind, name, headers]), decoder.error?.reason ?? null])
}

const position = () => ({ file: "fuzz.yml", line: 1, column: 1 })

/** Null: it was accepted, or refused with reasons. */
const decodes = (data: unknown): string | null => {
  const exit = Effect.runSyncExit(decodeConfig(data, position).pipe(Effect.provide(NodeCrypto.layer)))
  if (Exit.isSuccess(exit)) return null
  const error = Cause.squash(exit.cause)
  return Cause.hasDies(exit.cause) || !(error instanceof ConfigError) ? Cause.pretty(exit.cause) : null
}

const PHC = "$argon2id$v=19$m=19456,t=2,p=1$PBDXpSbtLyrcF8ipjpJt5A$mgfLWrYYt1cqUvVdC7ZYLZBiKDbzj0Fp0Phib2aFVH8"

const lines = (messages: ReadonlyArray<object>): ReadonlyArray<string> =>
  messages.map((message) => `${JSON.stringify(message)}\n`)
const ofClients = ({ messages }: Corpus): ReadonlyArray<object> => messages
const ofServers = ({ answers }: Corpus): ReadonlyArray<object> => answers
const messageLines = (corpus: Corpus): ReadonlyArray<string> => lines(ofClients(corpus))

export const DECODERS: ReadonlyArray<Decoder> = [
  {
    name: "lines",
    corpus: messageLines,
    messages: ofClients,
    check: (pieces) => differs("the lines", splitLines([joinBytes(pieces)]), splitLines(pieces))
  },
  {
    name: "ami",
    corpus: ({ ami }) => ami,
    messages: null,
    check: (pieces) => differs("the packets", splitPackets([joinBytes(pieces)]), splitPackets(pieces))
  },
  lineReader("commands", messageLines, decodeCommand, ofClients),
  lineReader("server messages", (corpus) => lines(ofServers(corpus)), readMessage, ofServers),
  reader(
    "configuration",
    ({ yaml }) => yaml,
    (text) => {
      const { data, problems } = readYaml("fuzz.yml", text)
      return problems.length > 0 ? null : decodes(data)
    }
  ),
  reader(
    "csv",
    ({ csv }) => csv,
    (text) => {
      const { items, problems } = readDirectoryCsv("users", "users.csv", text)
      return problems.length > 0 ? null : decodes({ ami: { password: "secret" }, users: items })
    }
  ),
  lineReader(
    "web commands",
    ({ web }) => web,
    (line) => [readWebCommand(line), isWholeCommand(line)]
  ),
  lineReader("info commands", ({ info }) => info, readInfoCommand),
  reader(
    "agi",
    ({ agi }) => agi,
    (text) => {
      const agi = new AgiReader()
      const sent: Array<string> = []
      for (const line of linesIn(text)) {
        const request = agi.push(line)
        if (request === null) continue
        if (request === "too_long") break
        sent.push(...(setVariables([{ name: "FUZZ", value: request.args.join(" ") }]) ?? []))
        break
      }
      return sent.some((one) => /[\r\n]/.test(one)) ? `what is sent to Asterisk has an end of line in it: ${sent.join()}` : null
    }
  ),
  {
    name: "announcements",
    corpus: () => ["asterisk started"],
    messages: null,
    check: (pieces) => {
      isAnnouncement(joinBytes(pieces))
      return null
    }
  },
  reader(
    "password hashes",
    () => [PHC],
    (text) => {
      parsePhc(text)
      return null
    }
  ),
  reader(
    "certificates",
    ({ pem }) => pem,
    (text) => {
      tlsCredentialsProblem({ certificate: text, key: Redacted.make(text), clientCa: text, minVersion: "TLSv1.2" })
      return null
    }
  )
]

/** What is wrong when these bytes are read; null: nothing. */
export const checkDecoder = (name: string, pieces: ReadonlyArray<Uint8Array>): string | null => {
  const decoder = DECODERS.find((known) => known.name === name)
  if (decoder === undefined) return `there is no decoder ${name}`
  try {
    const complaint = decoder.check(pieces)
    return complaint === null ? null : `${name}: ${complaint}`
  } catch (error) {
    return `${name} threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
  }
}
