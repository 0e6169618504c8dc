/** The AMI transport contract, part one: bytes become messages, and every wire has one end. */
import { AmiDecoder } from "@ctid/ami/ami_decoder"
import type { AmiMessage } from "@ctid/ami/ami_message"
import * as Effect from "effect/Effect"
import { packet, ScriptedManager } from "./ami_transport_contract_peer.ts"
import {
  type AmiTransportAbilities,
  type AmiTransportWorld,
  contractCase,
  openWire,
  tryWire
} from "./ami_transport_contract_world.ts"
import { type ContractCase, expectEqual, expectTrue, until } from "./contract.ts"

const utf8 = new TextEncoder()

/** As Asterisk 22 said it: an answer to `Command`, an event with a `Response` header and odd names, a name with an umlaut. */
const recorded = utf8.encode(
  [
    "Response: Success",
    "ActionID: t-2",
    "Message: Command output follows",
    "Output: ",
    "Output:     -= Registered Asterisk Dial Plan Hints =-",
    "Output: 1001@tenant-a                 : Custom:1001,CustomPresence:1001                               State:Idle        ",
    "Output: - 8 hints registered",
    "",
    "Event: OriginateResponse",
    "Privilege: call,all",
    "ActionID: t-3",
    "Response: Success",
    "Channel: Local/1001@phones-00000008;1",
    "ChanVariable(Local/1001@phones-00000008;1): TENANT=a",
    "ChanVariable(Local/1001@phones-00000008;1): CTI_REF=ref-42",
    "",
    "Event: QueueMemberPause",
    "Privilege: agent,all",
    "MemberName: Agent Ü 日本",
    "PausedReason: ",
    "",
    ""
  ].join("\r\n")
)

/** What a message becomes on a transport that cannot do everything. */
const carried = (message: AmiMessage, abilities: AmiTransportAbilities): string => {
  const exact = message.headers.map(([name, value]) => [name, abilities.exactValues ? value : value.trim()] as const)
  return JSON.stringify([message.kind, message.name, abilities.repeatedHeaders ? exact : [...new Map(exact)]])
}

const shown = (message: AmiMessage): string => JSON.stringify([message.kind, message.name, message.headers])

const expectedOf = (bytes: Uint8Array, abilities: AmiTransportAbilities): ReadonlyArray<string> =>
  new AmiDecoder({ greeting: false }).push(bytes).map((message) => carried(message, abilities))

const load = (from: number, count: number): Uint8Array =>
  utf8.encode(
    Array.from({ length: count }, (_, i) => `Event: UserEvent\r\nUserEvent: Load\r\nSeq: ${from + i}\r\n\r\n`).join("")
  )

const messages: ReadonlyArray<ContractCase<AmiTransportWorld>> = [
  contractCase("a recorded conversation, cut in two anywhere, comes as the same messages", (world) =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const { messages } = yield* openWire(yield* world.serve(manager.script))
      const expected = expectedOf(recorded, world.abilities)
      for (let at = 1; at < recorded.length; at++) {
        messages.length = 0
        manager.say(recorded.slice(0, at))
        // lets the first part arrive by itself
        yield* Effect.sleep("1 millis")
        manager.say(recorded.slice(at))
        yield* until(`all messages, cut at ${at}`, () => messages.length === expected.length)
        yield* expectEqual(`messages, cut at ${at}`, messages.map(shown).join("\n"), expected.join("\n"))
      }
    })
  ),
  contractCase("byte by byte, too", (world) =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const { messages } = yield* openWire(yield* world.serve(manager.script))
      const expected = expectedOf(recorded, world.abilities)
      for (const byte of recorded) {
        manager.say(new Uint8Array([byte]))
        yield* Effect.sleep(0)
      }
      yield* until("all messages", () => messages.length === expected.length)
      yield* expectEqual("messages", messages.map(shown).join("\n"), expected.join("\n"))
    })
  ),
  contractCase("repeated headers keep all their values, unless the transport says that it cannot", (world) =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const { messages } = yield* openWire(yield* world.serve(manager.script))
      manager.say(packet("Event: Newchannel", "ChanVariable: TENANT=a", "Exten: 1001", "ChanVariable: CTI_REF=r-1"))
      yield* until("the event", () => messages.length === 1)
      const kept = world.abilities.repeatedHeaders ? "TENANT=a,CTI_REF=r-1" : "CTI_REF=r-1"
      yield* expectEqual("values, in any case of the name", messages[0]?.all("chanvariable").join(), kept)
      yield* expectEqual("the other header", messages[0]?.get("EXTEN"), "1001")
    })
  ),
  contractCase("5,000 events at once come all, in order", (world) =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const { messages } = yield* openWire(yield* world.serve(manager.script))
      for (let from = 0; from < 5000; from += 500) manager.say(load(from, 500))
      yield* until("all events", () => messages.length === 5000)
      yield* expectTrue(
        "each in its place",
        messages.every((message, i) => message.get("Seq") === String(i))
      )
    })
  ),
  contractCase("UTF-8 arrives as it was sent, in both directions", (world) =>
    Effect.gen(function* () {
      const text = "Zoë Grüße 日本 🕿"
      const manager = new ScriptedManager()
      const { wire, messages } = yield* openWire(yield* world.serve(manager.script))
      yield* wire.write(packet("Action: UserEvent", `Text: ${text}`, "ActionID: utf8-1"))
      yield* until("the action", () => manager.sent("UserEvent").length === 1)
      yield* expectEqual("the action's text", manager.sent("UserEvent")[0]?.get("Text"), text)
      messages.length = 0
      manager.say(packet("Event: UserEvent", `Text: ${text}`))
      yield* until("the event", () => messages.length > 0)
      yield* expectEqual("the event's text", messages.at(-1)?.get("Text"), text)
    })
  ),
  contractCase("a packet of 1 MB comes whole, and what follows it", (world) =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const { messages } = yield* openWire(yield* world.serve(manager.script))
      const value = "x".repeat(1024 * 1024)
      for (let i = 0; i < 2; i++) manager.say(packet("Event: Large", `Value: ${value}`, `Seq: ${i}`))
      manager.say(packet("Event: Small"))
      yield* until("all three", () => messages.length === 3)
      yield* expectTrue("the first is whole", messages[0]?.get("Value") === value && messages[0].get("Seq") === "0")
      yield* expectTrue("the second is whole", messages[1]?.get("Value") === value && messages[1].get("Seq") === "1")
      yield* expectEqual("the third", messages[2]?.name, "Small")
    })
  ),
  contractCase("a handler that throws misses nothing that comes later", (world) =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const port = yield* world.serve(manager.script)
      const { messages, ends } = yield* openWire(port, (some) => {
        if (some.some((message) => message.name === "Bad")) throw new Error("a handler's mistake, made on purpose")
      })
      for (let i = 1; i <= 3; i++) {
        manager.say(packet("Event: Bad", `Seq: ${i}`))
        yield* until(`event ${i}`, () => messages.length === i)
      }
      manager.say(packet("Event: Good"))
      yield* until("the good one", () => messages.length === 4)
      yield* expectEqual("ends", ends.length, 0)
    })
  )
]

const ends: ReadonlyArray<ContractCase<AmiTransportWorld>> = [
  contractCase("our own close is told as null, once, and writes fail from then on", (world) =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const { wire, messages, ends } = yield* openWire(yield* world.serve(manager.script))
      wire.close()
      wire.close()
      yield* until("the end", () => ends.length > 0)
      const error = yield* Effect.flip(wire.write(packet("Action: Ping", "ActionID: late-1")))
      yield* expectEqual("the write's error", error.reason, "closed")
      if (world.abilities.ownsConnection) yield* until("the far end sees it", () => manager.connections.length === 0)
      else yield* expectEqual("connections of the owner", manager.connections.length, 1)
      manager.say(packet("Event: Late"))
      yield* Effect.sleep("20 millis")
      yield* expectEqual("messages", messages.length, 0)
      yield* expectEqual("ends", JSON.stringify(ends), "[null]")
    })
  ),
  contractCase("a far end that closes is told once, after all its messages", (world) =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const { wire, messages, ends } = yield* openWire(yield* world.serve(manager.script))
      manager.say(packet("Event: Last"))
      manager.endAll()
      yield* until("the end", () => ends.length > 0)
      yield* expectEqual("messages", messages.map((message) => message.name).join(), "Last")
      yield* expectEqual("reason", ends[0]?.reason, "closed")
      yield* expectTrue("a sentence", (ends[0]?.message ?? "").length > 10)
      yield* expectEqual("a write", (yield* Effect.flip(wire.write(packet("Action: Ping", "ActionID: x")))).reason, "closed")
      wire.close()
      yield* Effect.sleep("20 millis")
      yield* expectEqual("ends", ends.length, 1)
    })
  ),
  contractCase("where nothing listens, opening fails with a sentence about it", (world) =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const port = yield* world.serve(manager.script)
      yield* port.down
      yield* until("nothing is open", () => manager.connections.length === 0)
      const error = yield* Effect.flip(tryWire(port))
      yield* expectEqual("reason", error.reason, "connect")
      yield* expectTrue("a sentence", error.message.length > 10)
      yield* port.up
      yield* openWire(port)
    })
  ),
  contractCase("a packet without end does not fill the memory", (world) =>
    Effect.gen(function* () {
      // a transport that cannot bound it leaves it to the session, which finds the silence
      if (!world.abilities.boundedPackets) return
      const manager = new ScriptedManager()
      const { messages, ends } = yield* openWire(yield* world.serve(manager.script))
      manager.say(packet("Event: Good"))
      yield* until("the event", () => messages.length === 1)
      const block = utf8.encode(`X: ${"y".repeat(1_000_000)}\r\n`)
      for (let i = 0; i < 5; i++) manager.say(block)
      yield* until("the end", () => ends.length > 0)
      yield* expectEqual("reason", ends[0]?.reason, "packet_too_large")
      yield* expectEqual("messages", messages.length, 1)
      yield* until("the far end is closed", () => manager.connections.length === 0)
    })
  ),
  contractCase("500 wires, each broken by the far end, leave nothing behind", (world) =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const port = yield* world.serve(manager.script)
      yield* Effect.scoped(openWire(port))
      const before = world.held()
      for (let i = 0; i < 500; i++) {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const { messages, ends } = yield* openWire(port)
            manager.say(packet("Event: Hello"))
            yield* until("an event", () => messages.length === 1)
            manager.endAll()
            yield* until("the end", () => ends.length === 1)
          })
        )
      }
      if (world.abilities.ownsConnection) {
        yield* expectEqual("connections there have been", manager.accepted, 501)
        yield* until("all are closed", () => manager.connections.length === 0)
      }
      yield* until("nothing more is held than before", () => world.held() <= before)
    })
  ),
  contractCase("500 wires, each closed by us, leave nothing behind", (world) =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const port = yield* world.serve(manager.script)
      yield* Effect.scoped(openWire(port))
      const before = world.held()
      const ends: Array<unknown> = []
      for (let i = 0; i < 500; i++) {
        const wire = yield* Effect.scoped(openWire(port))
        yield* until("the end", () => wire.ends.length > 0)
        ends.push(...wire.ends)
      }
      yield* expectTrue("each is told once, as our own", ends.length === 500 && ends.every((end) => end === null))
      yield* until("nothing more is held than before", () => world.held() <= before)
    })
  )
]

export const amiWireCases: ReadonlyArray<ContractCase<AmiTransportWorld>> = [...messages, ...ends]
