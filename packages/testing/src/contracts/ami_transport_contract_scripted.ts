/** The AMI transport contract, part one: what only a script says: any bytes, in any pieces, in any order. */
import { AmiDecoder } from "@ctid/ami/ami_decoder"
import type { AmiMessage } from "@ctid/ami/ami_message"
import type { AmiSettings } from "@ctid/ami/ami_settings"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import { packet, ScriptedManager } from "./ami_transport_contract_peer.ts"
import { contractAccount } from "./ami_transport_contract_simulated.ts"
import {
  type AmiTransportAbilities,
  type AmiTransportWorld,
  contractCase,
  type OpenWire,
  openWire,
  type StartedSession,
  startSession
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

/** A wire to a manager. */
const wireTo = (world: AmiTransportWorld, manager: ScriptedManager): Effect.Effect<OpenWire, unknown, Scope.Scope> =>
  Effect.flatMap(world.serve(manager.script), ({ transport }) => openWire(transport))

/** A session with a manager. */
const sessionWith = (
  world: AmiTransportWorld,
  manager: ScriptedManager,
  settings: Partial<AmiSettings> = {}
): Effect.Effect<StartedSession, unknown, Scope.Scope> =>
  Effect.flatMap(world.serve(manager.script), ({ transport }) =>
    startSession({ transport, account: contractAccount }, settings)
  )

export const amiScriptedCases: ReadonlyArray<ContractCase<AmiTransportWorld>> = [
  contractCase("a recorded conversation, cut in two anywhere, comes as the same messages", (world) =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const { messages } = yield* wireTo(world, manager)
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
      const { messages } = yield* wireTo(world, manager)
      const expected = expectedOf(recorded, world.abilities)
      for (const byte of recorded) {
        manager.say(new Uint8Array([byte]))
        yield* Effect.sleep(0)
      }
      yield* until("all messages", () => messages.length === expected.length)
      yield* expectEqual("messages", messages.map(shown).join("\n"), expected.join("\n"))
    })
  ),
  contractCase("5,000 events at once come all, in order", (world) =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const { messages } = yield* wireTo(world, manager)
      for (let from = 0; from < 5000; from += 500) manager.say(load(from, 500))
      yield* until("all events", () => messages.length === 5000)
      yield* expectTrue(
        "each in its place",
        messages.every((message, i) => message.get("Seq") === String(i))
      )
    })
  ),
  contractCase("a packet of 1 MB comes whole, and what follows it", (world) =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const { messages } = yield* wireTo(world, manager)
      const value = "x".repeat(1024 * 1024)
      for (let i = 0; i < 2; i++) manager.say(packet("Event: Large", `Value: ${value}`, `Seq: ${i}`))
      manager.say(packet("Event: Small"))
      yield* until("all three", () => messages.length === 3)
      yield* expectTrue("the first is whole", messages[0]?.get("Value") === value && messages[0].get("Seq") === "0")
      yield* expectTrue("the second is whole", messages[1]?.get("Value") === value && messages[1].get("Seq") === "1")
      yield* expectEqual("the third", messages[2]?.name, "Small")
    })
  ),
  contractCase("a packet without end does not fill the memory", (world) =>
    Effect.gen(function* () {
      // a transport that cannot bound it leaves it to the session, which finds the silence
      if (!world.abilities.boundedPackets) return
      const manager = new ScriptedManager()
      const { messages, ends } = yield* wireTo(world, manager)
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
  contractCase("100 actions at once get their own answers even when these come in the opposite order", (world) =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const { session } = yield* sessionWith(world, manager, { maxActions: 100 })
      const waiting: Array<() => void> = []
      manager.answer = (action, connection) => {
        if (action.name !== "DBGet") return null
        const [id, key] = [action.get("ActionID"), action.get("Key")]
        waiting.push(() => connection.say(packet("Response: Success", `ActionID: ${id}`, `Val: ${key}`)))
        return []
      }
      const keys = Array.from({ length: 100 }, (_, i) => `k${i}`)
      const asked = yield* Effect.forkChild(
        Effect.all(
          keys.map((key) => session.action("DBGet", [["Key", key]])),
          { concurrency: "unbounded" }
        )
      )
      yield* until("all are asked", () => waiting.length === 100)
      for (const answer of waiting.reverse()) answer()
      const answers = yield* Fiber.join(asked)
      yield* expectEqual("answers", answers.map((answer) => answer.get("Val")).join(), keys.join())
    })
  ),
  contractCase("a list is gathered whole while other events come in between", (world) =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const { session, signals } = yield* sessionWith(world, manager)
      manager.answer = (action, connection) => {
        if (action.name !== "Agents") return null
        const id = `ActionID: ${action.get("ActionID")}`
        connection.say(packet("Response: Success", id, "EventList: start"))
        for (let i = 0; i < 50; i++) {
          connection.say(packet("Event: Agents", id, `Agent: ${i}`))
          connection.say(packet("Event: UserEvent", `Seq: ${i}`))
        }
        connection.say(packet("Event: AgentsComplete", id, "EventList: Complete", "ListItems: 50"))
        return []
      }
      const { items } = yield* session.list("Agents")
      yield* expectEqual("agents", items.map((item) => item.get("Agent")).join(), [...items.keys()].join())
      yield* expectEqual("how many", items.length, 50)
      yield* until("the events", () => signals.filter((signal) => signal._tag === "Event").length === 50)
    })
  ),
  contractCase("a packet without end ends the link, one way or the other", (world) =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const { signals } = yield* sessionWith(world, manager, { pingInterval: 100, pingTimeout: 100 })
      // an answer would end the packet
      manager.silent = true
      const block = utf8.encode(`X: ${"y".repeat(64_000)}\r\n`)
      for (let i = 0; i < (world.abilities.boundedPackets ? 80 : 2); i++) manager.say(block)
      yield* until("the link is lost", () => signals.at(-1)?._tag === "Lost")
    })
  )
]
