/** The AMI transport contract, part two: what a session makes of it, with a far end that is slow, hostile or gone. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { packet, ScriptedManager } from "./ami_transport_contract_peer.ts"
import { type AmiTransportWorld, contractCase, startSession } from "./ami_transport_contract_world.ts"
import { type ContractCase, expectEqual, expectTrue, until } from "./contract.ts"

/** Milliseconds; the session must find a dead far end within their sum. */
const PING = { pingInterval: 100, pingTimeout: 100 }

const echo: ScriptedManager["answer"] = (action) =>
  action.name === "DBGet" ? [["Response: Success", `Val: ${action.get("Key") ?? ""}`]] : null

export const amiSessionCases: ReadonlyArray<ContractCase<AmiTransportWorld>> = [
  contractCase("100 actions at once are each answered by their own answer, in whatever order these come", (world) =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const { session } = yield* startSession(world, { maxActions: 100 }, manager)
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
  contractCase("a value, a name or an action that would begin another action is refused and not sent", (world) =>
    Effect.gen(function* () {
      const { manager, session } = yield* startSession(world)
      manager.answer = echo
      const before = manager.actions.length
      for (const [name, value] of [
        ["Val", "v\r\n\r\nAction: Originate\r\nChannel: Local/1@x"],
        ["Val", "v\nActionID: other"],
        ["Val", "v\rAction: Hangup"],
        ["Val", "v\0"],
        ["Val\r\nAction: Hangup\r\nX", "v"],
        ["Val: v\nAction", "Hangup"]
      ] as const) {
        const error = yield* Effect.flip(session.action("DBPut", [[name, value]]))
        yield* expectEqual("reason", error.reason, "invalid")
      }
      yield* expectEqual("reason", (yield* Effect.flip(session.action("Ping\r\nAction: Hangup"))).reason, "invalid")
      const answer = yield* session.action("DBGet", [["Key", "k: v, w"]])
      yield* expectEqual("the next action's answer", answer.get("Val"), "k: v, w")
      yield* expectEqual(
        "what was sent",
        manager.actions
          .slice(before)
          .map((action) => action.name)
          .join(),
        "DBGet"
      )
    })
  ),
  contractCase("a list is gathered whole while other events come in between", (world) =>
    Effect.gen(function* () {
      const { manager, session, signals } = yield* startSession(world)
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
  contractCase("a far end that falls silent is found within the ping's deadline, and used again when it speaks", (world) =>
    Effect.gen(function* () {
      const { manager, session, signals } = yield* startSession(world, PING)
      manager.silent = true
      yield* until("the silence is found", () => signals.at(-1)?._tag === "Lost")
      const lost = signals.at(-1)
      yield* expectTrue("it says so", lost?._tag === "Lost" && lost.message.includes("silent"))
      yield* expectTrue("no longer ready", session.state() !== "ready")
      // those that were waited for in vain count as silent, too
      yield* Effect.sleep("300 millis")
      yield* expectTrue("still not ready", session.state() !== "ready")
      manager.silent = false
      if (world.abilities.ownsConnection) manager.endAll()
      yield* until("ready again", () => session.state() === "ready")
    })
  ),
  contractCase("a far end that only answers pings is not silent", (world) =>
    Effect.gen(function* () {
      const { manager, session, signals } = yield* startSession(world, PING)
      const before = manager.sent("Ping").length
      yield* until("it was asked three times", () => manager.sent("Ping").length >= before + 3)
      yield* expectEqual("state", session.state(), "ready")
      yield* expectEqual("signals", signals.map((signal) => signal._tag).join(), "Ready")
    })
  ),
  contractCase("a packet without end ends the link, one way or the other", (world) =>
    Effect.gen(function* () {
      const { manager, signals } = yield* startSession(world, PING)
      // an answer would end the packet
      manager.silent = true
      const block = new TextEncoder().encode(`X: ${"y".repeat(64_000)}\r\n`)
      for (let i = 0; i < (world.abilities.boundedPackets ? 80 : 2); i++) manager.say(block)
      yield* until("the link is lost", () => signals.at(-1)?._tag === "Lost")
    })
  ),
  contractCase("a refused login is not ready; it is tried again, and heals", (world) =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      manager.admits = false
      const { session, signals } = yield* startSession(world, {}, manager)
      yield* until("two logins were refused", () => manager.refusals >= 2)
      yield* expectTrue("not ready", session.state() !== "ready")
      const error = yield* Effect.flip(session.action("Ping"))
      yield* expectEqual("an action", error.reason, "unavailable")
      yield* expectEqual("signals", signals.length, 0)
      manager.admits = true
      yield* until("ready", () => session.state() === "ready")
    })
  ),
  contractCase("a server that restarts: what was asked fails at once, and the session comes back by itself", (world) =>
    Effect.gen(function* () {
      const { port, manager, session, signals } = yield* startSession(world)
      manager.answer = (action) => (action.name === "DBGet" ? [] : null)
      const asked = yield* Effect.forkChild(Effect.flip(session.action("DBGet", [["Key", "k"]])))
      yield* until("it is asked", () => manager.sent("DBGet").length === 1)
      yield* port.down
      const error = yield* Fiber.join(asked)
      yield* expectEqual("what was asked", error.reason, "lost")
      yield* until("the session knows", () => session.state() !== "ready")
      const refused = yield* Effect.flip(session.action("DBGet", [["Key", "k"]]))
      yield* expectTrue("what is asked meanwhile", ["unavailable", "lost"].includes(refused.reason))
      manager.answer = echo
      yield* port.up
      yield* until("ready again", () => session.state() === "ready")
      yield* expectEqual("signals", signals.map((signal) => signal._tag).join(), "Ready,Lost,Ready")
      const answer = yield* session.action("DBGet", [["Key", "again"]])
      yield* expectEqual("the answer", answer.get("Val"), "again")
    })
  ),
  contractCase("a handler of events that dies, or waits, stops neither the events nor the answers", (world) =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      manager.answer = echo
      const gate = Deferred.makeUnsafe<void>()
      const seen: Array<string> = []
      const { session } = yield* startSession(world, {}, manager, (signal) => {
        if (signal._tag !== "Event") return Effect.void
        const seq = signal.event.get("Seq") ?? ""
        seen.push(seq)
        if (seq === "0") throw new Error("a handler's mistake, made on purpose")
        return seq === "1" ? Deferred.await(gate) : Effect.void
      })
      for (let i = 0; i < 5; i++) manager.say(packet("Event: UserEvent", `Seq: ${i}`))
      yield* until("the second waits", () => seen.length === 2)
      const answer = yield* session.action("DBGet", [["Key", "meanwhile"]])
      yield* expectEqual("an answer meanwhile", answer.get("Val"), "meanwhile")
      Deferred.doneUnsafe(gate, Effect.void)
      yield* until("all were told", () => seen.length === 5)
      yield* expectEqual("in order", seen.join(), "0,1,2,3,4")
    })
  ),
  contractCase("a session over a wire where somebody else signed in leaves login, event mask and good-bye to him", (world) =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      yield* Effect.scoped(startSession(world, {}, manager))
      const owns = world.abilities.ownsConnection ? 1 : 0
      yield* expectEqual("logins", manager.sent("Login").length, 1)
      yield* expectEqual("event masks", manager.sent("Events").length, owns)
      yield* expectEqual("good-byes", manager.sent("Logoff").length, owns)
    })
  ),
  contractCase("a session is connected again 500 times and holds no more than at first", (world) =>
    Effect.gen(function* () {
      const { manager, session, signals } = yield* startSession(world, { retryFirst: 1, retryLongest: 1 })
      const before = world.held()
      for (let i = 1; i <= 500; i++) {
        manager.endAll()
        yield* until(`the end of link ${i}`, () => signals.length >= 2 * i)
        yield* until(`link ${i + 1}`, () => session.state() === "ready" && signals.length === 2 * i + 1)
      }
      yield* expectTrue(
        "one end for each beginning",
        signals.every((signal, i) => signal._tag === (i % 2 === 0 ? "Ready" : "Lost"))
      )
      yield* until("nothing more is held than before", () => world.held() <= before)
    })
  )
]
