/** The AMI transport contract, part two: what is said on a wire to an Asterisk, and the one end that every wire has. */
import type { AmiMessage } from "@ctid/ami/ami_message"
import type { AmiTransportError } from "@ctid/ami/ami_transport"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import {
  type AmiAsteriskWorld,
  type AmiTransportAbilities,
  contractCase,
  heard,
  openWire,
  say,
  sayAll,
  signedIn,
  tryWire
} from "./ami_transport_contract_world.ts"
import { type ContractCase, eventually, expectEqual, expectTrue, until } from "./contract.ts"

/** What Asterisk makes of the headers of a `UserEvent` action, on a transport that cannot do everything. */
const carried = (headers: AmiMessage["headers"], { exactValues, repeatedHeaders }: AmiTransportAbilities): string => {
  const exact = headers.map(([name, value]) => [name, exactValues ? value : value.trim()] as const)
  return JSON.stringify(repeatedHeaders ? exact : [...new Map(exact)])
}

const CONTRACT_EVENT = [
  ["Action", "UserEvent"],
  ["UserEvent", "Contract"]
] as const

const PUT = [
  ["Action", "DBPut"],
  ["Family", "contract"]
] as const

/** Shows what was put, in one packet. */
const SHOW = [
  ["Action", "Command"],
  ["Command", "database show contract"]
] as const

/** Its lines, as `/contract/key=value`. */
const outputOf = (messages: ReadonlyArray<AmiMessage>): ReadonlyArray<string> =>
  messages
    .filter((message) => message.get("ActionID") === "output")
    .flatMap((message) => message.all("Output").map((line) => line.replace(/\s*:\s*/, "=").trim()))

/** Asterisk answers it and closes, signed in or not. */
const GOODBYE = [
  ["Action", "Logoff"],
  ["ActionID", "bye"]
] as const

const messages: ReadonlyArray<ContractCase<AmiAsteriskWorld>> = [
  contractCase(
    "a wire begins with Asterisk's greeting, unless somebody else has read it, and says whether it is encrypted",
    (world) =>
      Effect.gen(function* () {
        const { transport } = yield* world.start
        const { wire } = yield* openWire(transport)
        yield* expectEqual("somebody has signed in", wire.authenticated === true, !world.abilities.ownsConnection)
        yield* expectTrue("the greeting", /^Asterisk Call Manager\/\d+\.\d+\.\d+$/.test(wire.greeting) || wire.greeting === "")
        yield* expectEqual("it is there", wire.greeting !== "", world.abilities.ownsConnection)
        yield* expectEqual("inside TLS", wire.encrypted, transport.label.startsWith("amis:"))
      })
  ),
  contractCase("repeated headers, blanks, empty values and UTF-8 arrive as they were sent, in both directions", (world) =>
    Effect.gen(function* () {
      const { wire, messages } = yield* signedIn(yield* world.start)
      const headers = [
        ["UserEvent", "Contract"],
        ["Part", "first"],
        ["Text", "Zoë Grüße 日本 🕿 "],
        ["Part", "second: with a colon, and a blank "],
        ["Empty", ""],
        ["part", "in small letters"],
        ["ActionID", "repeated-1"]
      ] as const
      yield* say(wire, ["Action", "UserEvent"], ...headers)
      yield* until("the event", () => heard(messages).length === 1)
      const [event] = heard(messages)
      yield* expectEqual("headers", JSON.stringify(event?.headers.slice(2)), carried(headers, world.abilities))
      if (!world.abilities.repeatedHeaders) return
      yield* expectEqual("values, in any case of the name", event?.all("PART").length, 3)
    })
  ),
  contractCase(
    "a repeated header in the answer to Command keeps all its values, unless the transport says that it cannot",
    (world) =>
      Effect.gen(function* () {
        const opened = yield* signedIn(yield* world.start)
        const keys = ["k1", "k2", "k3"]
        yield* sayAll(opened, [
          ...keys.map((key) => [key, [...PUT, ["Key", key], ["Val", `${key} Ü`]]] as const),
          ["output", SHOW]
        ])
        const lines = [...keys.map((key) => `/contract/${key}=${key} Ü`), "3 results found."]
        const expected = world.abilities.repeatedHeaders ? lines : lines.slice(-1)
        yield* expectEqual("lines", outputOf(opened.messages).join("|"), expected.join("|"))
      })
  ),
  contractCase("1,000 events, said in a row, come all, in order", (world) =>
    Effect.gen(function* () {
      const opened = yield* signedIn(yield* world.start)
      const numbers = Array.from({ length: 1000 }, (_, i) => i)
      yield* sayAll(
        opened,
        numbers.map((i) => [`seq-${i}`, [...CONTRACT_EVENT, ["Seq", i]]])
      )
      yield* until("all events", () => heard(opened.messages).length === 1000)
      yield* expectTrue(
        "each in its place",
        heard(opened.messages).every((message, i) => message.get("Seq") === String(i))
      )
    })
  ),
  contractCase("a packet of 1 MB comes whole, and what follows it", (world) =>
    Effect.gen(function* () {
      const opened = yield* signedIn(yield* world.start)
      const { messages } = opened
      const line = "y".repeat(1000)
      const keys = Array.from({ length: 1100 }, (_, i) => `k${i + 1000}`)
      yield* sayAll(
        opened,
        keys.map((key) => [key, [...PUT, ["Key", key], ["Val", line]]])
      )
      yield* sayAll(opened, [
        ["output", SHOW],
        ["after", CONTRACT_EVENT]
      ])
      yield* until("what follows", () => heard(messages).length === 1)
      const lines = outputOf(messages)
      yield* expectEqual("the last line", lines.at(-1), "1100 results found.")
      if (!world.abilities.repeatedHeaders) return
      yield* expectEqual("how many", lines.length, 1101)
      yield* expectTrue(
        "each is whole",
        keys.every((key, i) => lines[i] === `/contract/${key}=${line}`)
      )
    })
  ),
  contractCase("a handler that throws misses nothing that comes later", (world) =>
    Effect.gen(function* () {
      const { wire, messages, ends } = yield* signedIn(yield* world.start, (some) => {
        if (heard(some).some((message) => message.get("Seq") !== "4")) throw new Error("a handler's mistake, made on purpose")
      })
      for (let i = 1; i <= 4; i++) {
        yield* say(wire, ...CONTRACT_EVENT, ["Seq", i], ["ActionID", `thrown-${i}`])
        yield* until(`event ${i}`, () => heard(messages).length === i)
      }
      yield* expectEqual("ends", ends.length, 0)
    })
  )
]

const ends: ReadonlyArray<ContractCase<AmiAsteriskWorld>> = [
  contractCase("our own close is told as null, once; writes fail from then on, and nothing more is told", (world) =>
    Effect.gen(function* () {
      const asterisk = yield* world.start
      const { wire, messages, ends } = yield* signedIn(asterisk)
      yield* eventually("it is signed in", asterisk.connections, (connections) => connections === 1)
      wire.close()
      wire.close()
      yield* until("the end", () => ends.length > 0)
      const error = yield* Effect.flip(wire.write(new TextEncoder().encode("Action: Ping\r\nActionID: late-1\r\n\r\n")))
      yield* expectEqual("the write's error", error.reason, "closed")
      const left = world.abilities.ownsConnection ? 0 : 1
      yield* eventually("connections that are left", asterisk.connections, (connections) => connections === left)
      messages.length = 0
      const other = yield* signedIn(asterisk)
      yield* say(other.wire, ...CONTRACT_EVENT, ["ActionID", "late-2"])
      yield* until("another wire hears it", () => heard(other.messages).length === 1)
      yield* expectEqual("messages", messages.length, 0)
      yield* expectEqual("ends", JSON.stringify(ends), "[null]")
    })
  ),
  contractCase("a far end that closes is told once, after all its messages", (world) =>
    Effect.gen(function* () {
      const asterisk = yield* world.start
      const { wire, messages, ends } = yield* signedIn(asterisk)
      const told: Array<number> = []
      yield* say(wire, ...GOODBYE)
      yield* until("the end", () => {
        if (ends.length > 0) told.push(messages.length)
        return ends.length > 0
      })
      yield* expectEqual("the last message", messages.at(-1)?.name, "Goodbye")
      yield* expectEqual("reason", ends[0]?.reason, "closed")
      yield* expectTrue("a sentence", (ends[0]?.message ?? "").length > 10)
      yield* expectEqual("a write", (yield* Effect.flip(wire.write(new TextEncoder().encode("x")))).reason, "closed")
      wire.close()
      // time for what must not come: another wire from its opening to its first answer
      yield* signedIn(asterisk)
      yield* expectEqual("ends", ends.length, 1)
      yield* expectEqual("messages since", messages.length, told[0])
    })
  ),
  contractCase("where nothing listens, opening fails with a sentence about it", (world) =>
    Effect.gen(function* () {
      const { transport, down, up } = yield* world.start
      yield* Effect.scoped(openWire(transport))
      yield* down
      const attempt = Effect.result(Effect.scoped(tryWire(transport)))
      // who borrows a connection may find it closed before its owner knows
      const isOver = (outcome: Result.Result<unknown, AmiTransportError>): boolean =>
        Result.isFailure(outcome) && outcome.failure.reason === "connect"
      const refused = yield* eventually("nothing to connect to", attempt, isOver)
      yield* expectTrue("a sentence", Result.isFailure(refused) && refused.failure.message.length > 10)
      yield* up
      yield* openWire(transport)
    })
  ),
  contractCase("a row of wires, each closed by Asterisk, leaves nothing behind", (world) =>
    Effect.gen(function* () {
      const { transport, connections } = yield* world.start
      yield* Effect.scoped(openWire(transport))
      const before = world.held()
      for (let i = 0; i < world.reconnections; i++) {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const { wire, messages, ends } = yield* openWire(transport)
            yield* say(wire, ...GOODBYE)
            yield* until("the end", () => ends.length === 1)
            yield* expectEqual("the last message", messages.at(-1)?.name, "Goodbye")
          })
        )
      }
      if (world.abilities.ownsConnection) yield* eventually("all are closed", connections, (open) => open === 0)
      yield* until("nothing more is held than before", () => world.held() <= before)
    })
  ),
  contractCase("a row of wires, each closed by us, leaves nothing behind", (world) =>
    Effect.gen(function* () {
      const { transport } = yield* world.start
      yield* Effect.scoped(openWire(transport))
      const before = world.held()
      const ends: Array<unknown> = []
      for (let i = 0; i < world.reconnections; i++) {
        const wire = yield* Effect.scoped(openWire(transport))
        yield* until("the end", () => wire.ends.length > 0)
        ends.push(...wire.ends)
      }
      yield* expectTrue(
        "each is told once, as our own",
        ends.length === world.reconnections && ends.every((end) => end === null)
      )
      yield* until("nothing more is held than before", () => world.held() <= before)
    })
  )
]

export const amiWireCases: ReadonlyArray<ContractCase<AmiAsteriskWorld>> = [...messages, ...ends]
