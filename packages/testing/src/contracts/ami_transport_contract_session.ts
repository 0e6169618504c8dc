/** The AMI transport contract, part three: what a session makes of it, with an Asterisk that is busy, frozen, changed or gone. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import {
  type AmiAsteriskWorld,
  contractCase,
  type StartedSession,
  startSession,
  turns
} from "./ami_transport_contract_world.ts"
import { type ContractCase, eventually, expectEqual, expectTrue, until } from "./contract.ts"

const pinging = ({ ping }: AmiAsteriskWorld) => ({ pingInterval: ping, pingTimeout: ping })

/** Puts a value, and reads it back. */
const putAndGet = ({ session }: StartedSession, key: string, value: string): Effect.Effect<string | undefined, unknown> =>
  Effect.gen(function* () {
    yield* session.action("DBPut", [
      ["Family", "contract"],
      ["Key", key],
      ["Val", value]
    ])
    const { items } = yield* session.list("DBGet", [
      ["Family", "contract"],
      ["Key", key]
    ])
    return items[0]?.get("Val")
  })

const event = ({ session }: StartedSession, seq: number | string): Effect.Effect<unknown, unknown> =>
  session.action("UserEvent", [
    ["UserEvent", "Contract"],
    ["Seq", seq]
  ])

const seqs = ({ signals }: StartedSession): string =>
  signals
    .flatMap((signal) => (signal._tag === "Event" ? [signal.event.get("Seq") ?? signal.event.get("UserEvent")] : []))
    .join()

export const amiSessionCases: ReadonlyArray<ContractCase<AmiAsteriskWorld>> = [
  contractCase("100 actions at once are each answered by their own answer", (world) =>
    Effect.gen(function* () {
      const started = yield* startSession(yield* world.start)
      const numbers = Array.from({ length: 100 }, (_, i) => i)
      const answers = yield* Effect.all(
        numbers.map((i) => putAndGet(started, `k${i}`, `Wert ${i} für ü`)),
        { concurrency: "unbounded" }
      )
      yield* expectEqual("values", answers.join(), numbers.map((i) => `Wert ${i} für ü`).join())
    })
  ),
  contractCase("a value, a name or an action that would begin another action is refused and not sent", (world) =>
    Effect.gen(function* () {
      const started = yield* startSession(yield* world.start)
      const { session, written } = started
      const before = written().length
      for (const [name, value] of [
        ["Val", "v\r\n\r\nAction: UserEvent\r\nUserEvent: Injected"],
        ["Val", "v\nActionID: other"],
        ["Val", "v\rAction: UserEvent"],
        ["Val", "v\0"],
        ["Val\r\n\r\nAction: UserEvent\r\nUserEvent", "Injected"],
        ["Val: v\nAction", "UserEvent"]
      ] as const) {
        const put = session.action("DBPut", [
          ["Family", "contract"],
          ["Key", "k"],
          [name, value]
        ])
        yield* expectEqual("reason", (yield* Effect.flip(put)).reason, "invalid")
      }
      const named = session.action("Ping\r\n\r\nAction: UserEvent\r\nUserEvent: Injected")
      yield* expectEqual("reason", (yield* Effect.flip(named)).reason, "invalid")
      yield* expectEqual("what may be said", yield* putAndGet(started, "k", "k: v, w"), "k: v, w")
      yield* event(started, "after")
      yield* until("the next event", () => seqs(started) !== "")
      yield* expectEqual("events", seqs(started), "after")
      yield* expectEqual("what was sent", written().slice(before).join(), "DBPut,DBGet,UserEvent")
    })
  ),
  contractCase("a far end that falls silent is found within the ping's deadline, and used again when it speaks", (world) =>
    Effect.gen(function* () {
      const { transport, account, freeze, thaw } = yield* world.start
      const { session, signals, sent } = yield* startSession({ transport, account }, pinging(world))
      yield* freeze
      const pings = sent("Ping").length
      yield* until("the silence is found", () => signals.at(-1)?._tag === "Lost")
      const lost = signals.at(-1)
      yield* expectTrue("it says so", lost?._tag === "Lost" && lost.message.includes("silent"))
      yield* expectTrue("one question was enough", sent("Ping").length <= pings + 1)
      yield* expectTrue("no longer ready", session.state() !== "ready")
      // what was waited for in vain is no sign of life
      yield* Effect.sleep(3 * world.ping)
      yield* expectTrue("still not ready", session.state() !== "ready")
      yield* thaw
      yield* until("ready again", () => session.state() === "ready")
    })
  ),
  contractCase("a far end that only answers pings is not silent", (world) =>
    Effect.gen(function* () {
      const { session, signals, sent } = yield* startSession(yield* world.start, pinging(world))
      const before = sent("Ping").length
      yield* until("it was asked three times", () => sent("Ping").length >= before + 3)
      yield* expectEqual("state", session.state(), "ready")
      yield* expectEqual("signals", turns(signals), "Ready")
    })
  ),
  contractCase("a login that is refused is tried again, and heals", (world) =>
    Effect.gen(function* () {
      const { transport, account, refuse, refusals, admit } = yield* world.start
      const { session, signals } = yield* startSession({ transport, account })
      yield* refuse
      yield* Effect.ignore(session.action("Logoff"))
      yield* eventually("two logins were refused", refusals, (count) => count >= 2)
      yield* expectTrue("not ready", session.state() !== "ready")
      yield* expectEqual("an action", (yield* Effect.flip(session.action("Ping"))).reason, "unavailable")
      yield* expectEqual("signals", turns(signals), "Ready,Lost")
      yield* admit
      yield* until("ready", () => session.state() === "ready")
    })
  ),
  contractCase("a server that restarts: what was asked fails at once, and the session comes back by itself", (world) =>
    Effect.gen(function* () {
      const { transport, account, freeze, down, up } = yield* world.start
      const started = yield* startSession({ transport, account })
      const { session, signals, sent } = started
      yield* freeze
      const question = Effect.flip(session.action("DBGet", [["Key", "k"]]))
      const asked = yield* Effect.forkChild(question)
      yield* until("it is asked", () => sent("DBGet").length === 1)
      yield* down
      yield* expectEqual("what was asked", (yield* Fiber.join(asked)).reason, "lost")
      yield* until("the session knows", () => session.state() !== "ready")
      yield* expectTrue("what is asked meanwhile", ["unavailable", "lost"].includes((yield* question).reason))
      yield* up
      yield* until("ready again", () => session.state() === "ready")
      yield* expectEqual("signals", turns(signals), "Ready,Lost,Ready")
      yield* expectEqual("an answer", yield* putAndGet(started, "k", "again"), "again")
    })
  ),
  contractCase("a handler of events that dies, or waits, stops neither the events nor the answers", (world) =>
    Effect.gen(function* () {
      const gate = Deferred.makeUnsafe<void>()
      const seen: Array<string> = []
      const started = yield* startSession(yield* world.start, {}, (signal) => {
        if (signal._tag !== "Event") return Effect.void
        const seq = signal.event.get("Seq") ?? ""
        seen.push(seq)
        if (seq === "0") throw new Error("a handler's mistake, made on purpose")
        return seq === "1" ? Deferred.await(gate) : Effect.void
      })
      for (let i = 0; i < 5; i++) yield* event(started, i)
      yield* until("the second waits", () => seen.length === 2)
      yield* expectEqual("an answer meanwhile", yield* putAndGet(started, "k", "meanwhile"), "meanwhile")
      Deferred.doneUnsafe(gate, Effect.void)
      yield* until("all were told", () => seen.length === 5)
      yield* expectEqual("in order", seen.join(), "0,1,2,3,4")
    })
  ),
  contractCase("a session over a wire where somebody else signed in leaves login, event mask and good-bye to him", (world) =>
    Effect.gen(function* () {
      const asterisk = yield* world.start
      const { sent } = yield* Effect.scoped(startSession(asterisk))
      const owns = world.abilities.ownsConnection ? 1 : 0
      yield* expectEqual("logins", sent("Login").length, owns)
      yield* expectEqual("event masks", sent("Events").length, owns)
      yield* expectEqual("good-byes", sent("Logoff").length, owns)
      yield* eventually("who is left", asterisk.connections, (connections) => connections === 1 - owns)
    })
  ),
  contractCase("a session that is connected again and again holds no more than at first", (world) =>
    Effect.gen(function* () {
      const { session, signals } = yield* startSession(yield* world.start, { retryFirst: 1, retryLongest: 1 })
      const before = world.held()
      for (let i = 1; i <= world.reconnections; i++) {
        yield* Effect.ignore(session.action("Logoff"))
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
