import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Digest from "effect/crypto/Digest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import type { AmiActionError } from "./ami_action.ts"
import { type AmiSession, type AmiSessionOptions, makeAmiSession } from "./ami_session.ts"
import type { AmiSettings } from "./ami_settings.ts"
import { AmiTransportError } from "./ami_transport.ts"
import type { AmiSignal } from "./signal_queue.ts"
import { error, event, listOf, ScriptedAsterisk, success, unknown } from "./testdata/scripted_asterisk.ts"

const SECRET = "hush-hush"
const settings: AmiSettings = { username: "cti", secret: Redacted.make(SECRET) }

const booted = event("FullyBooted", ["Privilege", "system,all"])

/** Signals as short texts. */
const told = (signals: ReadonlyArray<AmiSignal>) =>
  signals.map((signal) => (signal._tag === "Event" ? signal.event.name : signal._tag))

interface Given {
  readonly settings?: Partial<AmiSettings>
  readonly interesting?: ReadonlyArray<string>
  readonly onSignal?: AmiSessionOptions["onSignal"]
}

const start = (asterisk: ScriptedAsterisk, given: Given = {}) =>
  Effect.gen(function* () {
    const signals: Array<AmiSignal> = []
    const session = yield* makeAmiSession(
      { ...settings, ...given.settings },
      {
        interesting: new Set(given.interesting ?? ["hangup", "userevent"]),
        onSignal:
          given.onSignal ??
          ((signal) =>
            Effect.sync(() => {
              signals.push(signal)
            }))
      }
    ).pipe(Effect.provide(Layer.merge(asterisk.layer, Digest.layerWebCrypto)))
    yield* TestClock.adjust(0)
    return { session, signals }
  })

/** Log lines as `message state detail`. */
const capture = () => {
  const lines: Array<string> = []
  const logger = Logger.make<unknown, void>(({ fiber, logLevel, message }) => {
    const annotations = fiber.getRef(References.CurrentLogAnnotations)
    lines.push(`${logLevel} ${String(message)} ${JSON.stringify(annotations)}`)
  })
  return { lines, layer: Logger.layer([logger]) }
}

const failure = (effect: Effect.Effect<unknown, AmiActionError>): Effect.Effect<AmiActionError["reason"] | "none"> =>
  effect.pipe(
    Effect.as("none" as const),
    Effect.catch((cause) => Effect.succeed(cause.reason))
  )

describe("AmiSession", () => {
  it.effect("answers Asterisk's challenge, asks for the classes it uses, and is ready once Asterisk has booted", () =>
    Effect.gen(function* () {
      const asterisk = new ScriptedAsterisk()
      const { session, signals } = yield* start(asterisk)
      assert.strictEqual(session.state(), "ready")
      assert.deepStrictEqual(told(signals), ["Ready"])
      assert.deepStrictEqual(asterisk.sent("Login"), [
        [
          ["Action", "Login"],
          ["AuthType", "MD5"],
          ["Username", "cti"],
          // md5 of the challenge and the secret
          ["Key", yield* Effect.provide(md5(`793292043${SECRET}`), Digest.layerWebCrypto)]
        ]
      ])
      assert.deepStrictEqual(asterisk.sent("Events"), [
        [
          ["Action", "Events"],
          ["EventMask", "system,call,agent,user"]
        ]
      ])
    }).pipe(Effect.scoped)
  )

  it.effect("sends the secret itself only when told to, and never before the greeting was Asterisk's", () =>
    Effect.gen(function* () {
      const plain = new ScriptedAsterisk()
      yield* start(plain, { settings: { authentication: "plain" } })
      assert.deepStrictEqual(plain.sent("Login"), [
        [
          ["Action", "Login"],
          ["Username", "cti"],
          ["Secret", SECRET]
        ]
      ])
      const stranger = new ScriptedAsterisk()
      stranger.greeting = "220 mail.example ESMTP"
      const { session } = yield* start(stranger, { settings: { authentication: "plain" } })
      assert.strictEqual(session.state(), "down")
      assert.deepStrictEqual(stranger.actions, [])
      assert.isFalse(stranger.isOpen)
    }).pipe(Effect.scoped)
  )

  it.effect("gives up a login that is not answered", () =>
    Effect.gen(function* () {
      const asterisk = new ScriptedAsterisk()
      asterisk.answers.set("Challenge", () => null)
      const { session } = yield* start(asterisk)
      assert.strictEqual(session.state(), "authenticating")
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(session.state(), "down")
      assert.isFalse(asterisk.isOpen)
    }).pipe(Effect.scoped)
  )

  it.effect("tries a refused login again slowly, says what to check, and heals", () =>
    Effect.gen(function* () {
      const log = capture()
      const asterisk = new ScriptedAsterisk()
      asterisk.answers.set("Login", () => [error("Authentication failed")])
      const { session } = yield* start(asterisk).pipe(Effect.provide(log.layer))
      assert.strictEqual(session.state(), "down")
      yield* TestClock.adjust("9 seconds")
      assert.strictEqual(asterisk.opens, 1)
      asterisk.answers.set("Login", () => [success(), booted])
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual(session.state(), "ready")
      const refusals = log.lines.filter((line) => line.startsWith("Error"))
      assert.strictEqual(refusals.length, 1)
      assert.include(refusals[0], "manager.conf")
      assert.notInclude(log.lines.join("\n"), SECRET)
    }).pipe(Effect.scoped)
  )

  it.effect("waits while Asterisk loads, until it says that it has booted", () =>
    Effect.gen(function* () {
      const asterisk = new ScriptedAsterisk()
      asterisk.answers.set("Login", () => [success()])
      asterisk.answers.set("QueueStatus", () => [unknown("QueueStatus")])
      const { session, signals } = yield* start(asterisk)
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual(session.state(), "booting")
      assert.strictEqual(yield* failure(session.action("Ping")), "unavailable")
      asterisk.say(booted)
      yield* TestClock.adjust(0)
      assert.strictEqual(session.state(), "ready")
      assert.deepStrictEqual(told(signals), ["Ready"])
    }).pipe(Effect.scoped)
  )

  it.effect("asks until the queues answer when its user may not hear that Asterisk has booted", () =>
    Effect.gen(function* () {
      const asterisk = new ScriptedAsterisk()
      asterisk.answers.set("CoreStatus", () => [error("Permission denied")])
      asterisk.answers.set("Login", () => [success()])
      asterisk.answers.set("QueueStatus", () => [unknown("QueueStatus")])
      const { session } = yield* start(asterisk)
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(session.state(), "booting")
      asterisk.answers.set("QueueStatus", () => listOf())
      yield* TestClock.adjust("500 millis")
      // another module may still be loading, and Asterisk about to say so
      assert.strictEqual(session.state(), "booting")
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual(session.state(), "ready")
    }).pipe(Effect.scoped)
  )

  it.effect("uses an Asterisk that has no queues in the end", () =>
    Effect.gen(function* () {
      const asterisk = new ScriptedAsterisk()
      asterisk.answers.set("Login", () => [success()])
      asterisk.answers.set("QueueStatus", () => [unknown("QueueStatus")])
      const { session } = yield* start(asterisk)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(session.state(), "ready")
    }).pipe(Effect.scoped)
  )

  it.effect("gives a hundred actions at once each its own answer, in whatever order they come", () =>
    Effect.gen(function* () {
      const asterisk = new ScriptedAsterisk()
      const held: Array<readonly [id: string, variable: string]> = []
      asterisk.answers.set("Getvar", (action) => {
        held.push([action.get("ActionID") ?? "", action.get("Variable") ?? ""])
        return null
      })
      const { session } = yield* start(asterisk, { settings: { maxActions: 200 } })
      const fiber = yield* Effect.forkChild(
        Effect.forEach(
          Array.from({ length: 100 }, (_, i) => `V${i}`),
          (variable) =>
            Effect.map(session.action("Getvar", [["Variable", variable]]), (answer) => [variable, answer.get("Value")]),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust(0)
      assert.strictEqual(held.length, 100)
      for (const [id, variable] of held.reverse()) asterisk.say(success(["ActionID", id], ["Value", variable]))
      for (const [variable, value] of yield* Fiber.join(fiber)) assert.strictEqual(value, variable)
    }).pipe(Effect.scoped)
  )

  it.effect("has only so many actions under way", () =>
    Effect.gen(function* () {
      const asterisk = new ScriptedAsterisk()
      asterisk.answers.set("Getvar", () => null)
      const { session } = yield* start(asterisk, { settings: { maxActions: 3 } })
      const get = failure(session.action("Getvar"))
      const fiber = yield* Effect.forkChild(Effect.all([get, get, get, get, get], { concurrency: "unbounded" }))
      yield* TestClock.adjust("4 seconds")
      assert.strictEqual(asterisk.sent("Getvar").length, 3)
      yield* TestClock.adjust("1 seconds")
      const outcomes: ReadonlyArray<string> = yield* Fiber.join(fiber)
      assert.deepStrictEqual(outcomes, ["timeout", "timeout", "timeout", "timeout", "timeout"])
    }).pipe(Effect.scoped)
  )

  for (const [where, encrypted, most] of [
    ["in clear", false, 64],
    ["inside TLS, where Asterisk reads worse", true, 8]
  ] as const) {
    it.effect(`has ${most} actions under way ${where}, unless told otherwise`, () =>
      Effect.gen(function* () {
        const asterisk = new ScriptedAsterisk()
        asterisk.encrypted = encrypted
        asterisk.answers.set("Getvar", () => null)
        const { session } = yield* start(asterisk)
        const asked = Effect.forEach(Array.from({ length: 100 }), () => session.action("Getvar"), { concurrency: "unbounded" })
        yield* Effect.forkChild(failure(asked), { startImmediately: true })
        yield* TestClock.adjust(0)
        assert.strictEqual(asterisk.sent("Getvar").length, most)
        yield* TestClock.adjust("5 seconds")
      }).pipe(Effect.scoped)
    )
  }

  it.effect("does not take a late answer for that of another action", () =>
    Effect.gen(function* () {
      const asterisk = new ScriptedAsterisk()
      const ids: Array<string> = []
      asterisk.answers.set("Getvar", (action) => {
        ids.push(action.get("ActionID") ?? "")
        return null
      })
      const { session } = yield* start(asterisk)
      const late = yield* Effect.forkChild(failure(session.action("Getvar")))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* Fiber.join(late), "timeout")
      const next = yield* Effect.forkChild(session.action("Getvar"))
      yield* TestClock.adjust(0)
      asterisk.say(success(["ActionID", ids[0] ?? ""], ["Value", "old"]))
      asterisk.say(success(["ActionID", ids[1] ?? ""], ["Value", "new"]))
      assert.strictEqual((yield* Fiber.join(next)).get("Value"), "new")
    }).pipe(Effect.scoped)
  )

  it.effect("tells why an action came to nothing", () =>
    Effect.gen(function* () {
      const asterisk = new ScriptedAsterisk()
      asterisk.answers.set("QueueAdd", () => [error("Permission denied")])
      asterisk.answers.set("QueueRemove", () => [error("Unable to remove interface: Not there")])
      asterisk.answers.set("Silent", () => null)
      const { session } = yield* start(asterisk)
      const silent = yield* Effect.forkChild(failure(session.action("Silent")))
      assert.strictEqual(yield* failure(session.action("QueueAdd")), "denied")
      assert.strictEqual(yield* failure(session.action("QueueRemove")), "refused")
      assert.strictEqual(yield* failure(session.action("Nonsense")), "unknown_action")
      const before = asterisk.actions.length
      assert.strictEqual(yield* failure(session.action("DBPut", [["Val", "a\r\n\r\nAction: Originate"]])), "invalid")
      assert.strictEqual(asterisk.actions.length, before)
      yield* TestClock.adjust(0)
      asterisk.drop("lost")
      assert.strictEqual(yield* Fiber.join(silent), "lost")
      yield* TestClock.adjust(0)
      assert.strictEqual(yield* failure(session.action("Ping")), "unavailable")
    }).pipe(Effect.scoped)
  )

  it.effect("gathers a list, and hands on the events that come in between", () =>
    Effect.gen(function* () {
      const asterisk = new ScriptedAsterisk()
      asterisk.answers.set("Agents", () => null)
      const { session, signals } = yield* start(asterisk)
      const fiber = yield* Effect.forkChild(session.list("Agents"))
      yield* TestClock.adjust(0)
      const id = ["ActionID", asterisk.actions.at(-1)?.get("ActionID") ?? ""] as const
      asterisk.say(success(["EventList", "start"], id), event("Agents", ["Agent", "1"], id))
      asterisk.say(event("UserEvent", ["UserEvent", "x"], ["ActionID", "somebody-else"]))
      asterisk.say(event("Agents", ["Agent", "2"], id), event("AgentsComplete", ["EventList", "Complete"], id))
      asterisk.say(event("Hangup", id))
      const { items } = yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        items.map((item) => item.get("Agent")),
        ["1", "2"]
      )
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(told(signals), ["Ready", "UserEvent", "Hangup"])
    }).pipe(Effect.scoped)
  )

  it.effect("fails a list that never completes, or that breaks off", () =>
    Effect.gen(function* () {
      const asterisk = new ScriptedAsterisk()
      asterisk.answers.set("Agents", () => [success(["EventList", "start"])])
      const { session } = yield* start(asterisk)
      const endless = yield* Effect.forkChild(failure(session.list("Agents")))
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(yield* Fiber.join(endless), "timeout")
      const broken = yield* Effect.forkChild(failure(session.list("Agents")))
      yield* TestClock.adjust(0)
      asterisk.drop()
      assert.strictEqual(yield* Fiber.join(broken), "lost")
    }).pipe(Effect.scoped)
  )

  it.effect("drops what is not interesting, in any case of the name", () =>
    Effect.gen(function* () {
      const asterisk = new ScriptedAsterisk()
      const { signals } = yield* start(asterisk)
      asterisk.say(event("VarSet"), event("HANGUP"), event("TestEvent"), event("Hangup"))
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(told(signals), ["Ready", "HANGUP", "Hangup"])
    }).pipe(Effect.scoped)
  )

  it.effect("a handler that throws or fails stops nothing, and is logged", () =>
    Effect.gen(function* () {
      const log = capture()
      const asterisk = new ScriptedAsterisk()
      const seen: Array<string> = []
      yield* start(asterisk, {
        onSignal: (signal) => {
          if (signal._tag !== "Event") return Effect.void
          const n = signal.event.get("N") ?? ""
          seen.push(n)
          if (n === "1") throw new Error("thrown")
          return n === "2" ? Effect.die("died") : n === "3" ? Effect.interrupt : Effect.void
        }
      }).pipe(Effect.provide(log.layer))
      for (const n of ["1", "2", "3", "4"]) asterisk.say(event("Hangup", ["N", n]))
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(seen, ["1", "2", "3", "4"])
      assert.strictEqual(log.lines.filter((line) => line.includes("ami handler failed")).length, 3)
    }).pipe(Effect.scoped)
  )

  it.effect("never waits for a slow handler: what it cannot take is dropped and it is told to ask anew", () =>
    Effect.gen(function* () {
      const asterisk = new ScriptedAsterisk()
      const gate = Deferred.makeUnsafe<void>()
      const signals: Array<AmiSignal> = []
      const { session } = yield* start(asterisk, {
        settings: { maxQueuedEvents: 10 },
        onSignal: (signal) => {
          signals.push(signal)
          return signal._tag === "Event" ? Deferred.await(gate) : Effect.void
        }
      })
      asterisk.say(event("Hangup", ["N", "first"]))
      yield* TestClock.adjust(0)
      for (let n = 0; n < 25; n++) asterisk.say(event("Hangup", ["N", String(n)]))
      session.resync()
      // answers do not wait behind the handler
      assert.strictEqual((yield* session.action("Ping")).get("Ping"), "Pong")
      yield* Deferred.succeed(gate, undefined)
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(told(signals), ["Ready", "Hangup", "Resync", "Hangup", "Hangup", "Hangup"])
      assert.deepStrictEqual(
        signals.flatMap((signal) => (signal._tag === "Event" ? [signal.event.get("N")] : [])),
        ["first", "22", "23", "24"]
      )
    }).pipe(Effect.scoped)
  )

  it.effect("finds a deaf peer by an unanswered Ping, and takes any traffic for a sign of life", () =>
    Effect.gen(function* () {
      const asterisk = new ScriptedAsterisk()
      const { session, signals } = yield* start(asterisk)
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual(asterisk.sent("Ping").length, 0)
      asterisk.say(event("Hangup"))
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual(asterisk.sent("Ping").length, 0)
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual(asterisk.sent("Ping").length, 1)
      // a Ping without its answer, but there is traffic
      asterisk.answers.set("Ping", () => null)
      yield* TestClock.adjust("35 seconds")
      asterisk.say(event("VarSet"))
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(session.state(), "ready")
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(session.state(), "down")
      assert.isFalse(asterisk.isOpen)
      assert.deepStrictEqual(told(signals), ["Ready", "Hangup", "Lost"])
    }).pipe(Effect.scoped)
  )

  /** The machine's clock is set back by an hour. */
  const setBack = Effect.fnUntraced(function* () {
    const clock = yield* Clock.Clock
    let step = 0
    const stepped: Clock.Clock = { ...clock, currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + step }
    return {
      now: () => {
        step -= 3_600_000
      },
      clock: Effect.provideService(Clock.Clock, stepped)
    }
  })

  it.effect("finds a deaf peer when the clock is set back after its last word", () =>
    Effect.gen(function* () {
      const set = yield* setBack()
      yield* Effect.gen(function* () {
        const asterisk = new ScriptedAsterisk()
        yield* start(asterisk)
        asterisk.answers.set("Ping", () => null)
        yield* TestClock.adjust("10 seconds")
        set.now()
        yield* TestClock.adjust("30 seconds")
        assert.isFalse(asterisk.isOpen)
      }).pipe(set.clock)
    }).pipe(Effect.scoped)
  )

  it.effect("keeps a link whose Pong comes after the clock was set back", () =>
    Effect.gen(function* () {
      const set = yield* setBack()
      yield* Effect.gen(function* () {
        const asterisk = new ScriptedAsterisk()
        yield* start(asterisk)
        asterisk.answers.set("Ping", () => {
          set.now()
          return [success(["Ping", "Pong"])]
        })
        yield* TestClock.adjust("2 minutes")
        assert.strictEqual(asterisk.sent("Ping").length, 4)
        assert.strictEqual(asterisk.opens, 1)
      }).pipe(set.clock)
    }).pipe(Effect.scoped)
  )

  it.effect("begins again with short waits after a link that was stable, whatever the clock says", () =>
    Effect.gen(function* () {
      const set = yield* setBack()
      yield* Effect.gen(function* () {
        const asterisk = new ScriptedAsterisk()
        asterisk.refusal = new AmiTransportError({ reason: "connect", message: "nobody listens at scripted:5038" })
        const { session } = yield* start(asterisk)
        yield* TestClock.adjust("5 minutes")
        asterisk.refusal = null
        yield* TestClock.adjust("30 seconds")
        assert.strictEqual(session.state(), "ready")
        set.now()
        yield* TestClock.adjust("11 seconds")
        asterisk.drop("lost")
        yield* TestClock.adjust("500 millis")
        assert.strictEqual(session.state(), "ready")
      }).pipe(set.clock)
    }).pipe(Effect.scoped)
  )

  it.effect("connects again for ever, each time later, at most every thirty seconds, never in step", () =>
    Effect.gen(function* () {
      const asterisk = new ScriptedAsterisk()
      asterisk.refusal = new AmiTransportError({ reason: "connect", message: "nobody listens at scripted:5038" })
      const { session, signals } = yield* start(asterisk)
      assert.strictEqual(asterisk.opens, 1)
      yield* TestClock.adjust("500 millis")
      assert.strictEqual(asterisk.opens, 2)
      yield* TestClock.adjust("1 minute")
      const early = asterisk.opens
      assert.isTrue(early >= 6 && early <= 11, `${early} attempts in the first minute`)
      yield* TestClock.adjust("10 minutes")
      const later = asterisk.opens - early
      assert.isTrue(later >= 20 && later <= 40, `${later} attempts in ten minutes`)
      asterisk.refusal = null
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(session.state(), "ready")
      assert.deepStrictEqual(told(signals), ["Ready"])
    }).pipe(Effect.scoped)
  )

  it.effect("connects at once when somebody says that Asterisk is there", () =>
    Effect.gen(function* () {
      const asterisk = new ScriptedAsterisk()
      asterisk.refusal = new AmiTransportError({ reason: "connect", message: "nobody there" })
      const { session } = yield* start(asterisk)
      yield* TestClock.adjust("10 minutes")
      const before = asterisk.opens
      session.reconnect()
      yield* TestClock.adjust(0)
      assert.strictEqual(asterisk.opens, before + 1, "one attempt, also when it fails")
      asterisk.refusal = null
      session.reconnect()
      yield* TestClock.adjust(0)
      assert.strictEqual(session.state(), "ready")
      session.reconnect()
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(asterisk.opens, before + 2, "a link that is up stays")
    })
  )

  it.effect("after a lost link it tells the handler, forgets the events of that link, and signs in again", () =>
    Effect.gen(function* () {
      const asterisk = new ScriptedAsterisk()
      const gate = Deferred.makeUnsafe<void>()
      const signals: Array<AmiSignal> = []
      const { session } = yield* start(asterisk, {
        onSignal: (signal) => {
          signals.push(signal)
          return signals.length === 2 ? Deferred.await(gate) : Effect.void
        }
      })
      asterisk.say(event("Hangup"))
      yield* TestClock.adjust(0)
      asterisk.say(event("Hangup"), event("Hangup"))
      asterisk.drop("lost")
      yield* TestClock.adjust(0)
      assert.strictEqual(session.state(), "down")
      yield* TestClock.adjust("500 millis")
      assert.strictEqual(session.state(), "ready")
      yield* Deferred.succeed(gate, undefined)
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(told(signals), ["Ready", "Hangup", "Lost", "Ready"])
      assert.strictEqual(asterisk.sent("Login").length, 2)
    }).pipe(Effect.scoped)
  )

  it.effect("logs one line per state, with the reason when it is down", () =>
    Effect.gen(function* () {
      const log = capture()
      const asterisk = new ScriptedAsterisk()
      yield* start(asterisk).pipe(Effect.provide(log.layer))
      asterisk.drop("lost")
      yield* TestClock.adjust(0)
      const states = log.lines.map((line) => /"state":"([a-z]+)"/.exec(line)?.[1])
      assert.deepStrictEqual(states, ["connecting", "authenticating", "booting", "ready", "down"])
      assert.include(log.lines.at(-1), '"reason":"lost"')
    }).pipe(Effect.scoped)
  )

  it.effect("logs off at its end, and does not connect again", () =>
    Effect.gen(function* () {
      const asterisk = new ScriptedAsterisk()
      const scope = yield* Scope.make()
      const { session }: { session: AmiSession } = yield* start(asterisk).pipe(Scope.provide(scope))
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(asterisk.names.at(-1), "Logoff")
      assert.isFalse(asterisk.isOpen)
      assert.strictEqual(session.state(), "closing")
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual(asterisk.opens, 1)
      assert.strictEqual(yield* failure(session.action("Ping")), "lost")
    })
  )

  it.effect("ends in time when Asterisk does not say good-bye", () =>
    Effect.gen(function* () {
      const asterisk = new ScriptedAsterisk()
      asterisk.answers.set("Logoff", () => null)
      const scope = yield* Scope.make()
      yield* start(asterisk).pipe(Scope.provide(scope))
      const end = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("500 millis")
      yield* Fiber.join(end)
      assert.isFalse(asterisk.isOpen)
    })
  )
})

const md5 = (text: string) =>
  Effect.flatMap(Digest.Digest, (digest) => digest.digestHex(Digest.md5, new TextEncoder().encode(text)))
