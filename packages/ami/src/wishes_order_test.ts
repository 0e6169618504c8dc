import { Directory, snapshotOf } from "@ctid/core/directory/directory"
import { Telephony } from "@ctid/core/telephony/telephony"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import type { AmiMessage } from "./ami_message.ts"
import { AmiTelephony } from "./ami_telephony.ts"
import { anna, blue, line, snapshot } from "./testdata/directory.ts"
import { event, listOf, ScriptedAsterisk, success } from "./testdata/scripted_asterisk.ts"

const lines = Array.from({ length: 100 }, (_, n) => line(100 + n, String(3000 + n), "ctx-a", `PJSIP/many${n}`))
const many = snapshotOf({ ...snapshot.data, lines: [blue, ...lines] })

/** An Asterisk whose queues have one agent, or none yet. `paused`: queue -> whether he is paused there. */
const start = (...queues: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const asterisk = new ScriptedAsterisk()
    const paused = new Map(queues.map((queue) => [queue, false]))
    for (const action of ["ExtensionStateList", "DeviceStateList", "CoreShowChannels", "VoicemailUsersList", "DBGetTree"]) {
      asterisk.answers.set(action, () => listOf())
    }
    for (const action of ["DBPut", "Setvar"]) asterisk.answers.set(action, () => [success()])
    asterisk.answers.set("QueueStatus", () =>
      listOf(
        ...[...paused].map(([queue, is]) =>
          event(
            "QueueMember",
            ["Queue", queue],
            ["Name", "Agent/2001"],
            ["Location", blue.device],
            ["StateInterface", blue.device],
            ["Paused", is ? "1" : "0"]
          )
        )
      )
    )
    const obey = (action: AmiMessage): void => {
      const queue = action.get("Queue")
      if (action.name === "QueueAdd") paused.set(queue ?? "", false)
      else for (const one of paused.keys()) if ((queue ?? one) === one) paused.set(one, action.get("Paused") === "True")
    }
    /** It does everything; what it is asked to be silent about is answered too late. */
    const answers = (isSilent: (action: AmiMessage) => boolean): void => {
      for (const name of ["QueueAdd", "QueuePause"]) {
        asterisk.answers.set(name, (action) => {
          obey(action)
          return isSilent(action) ? null : [success()]
        })
      }
    }
    answers(() => false)
    const context = yield* Layer.build(
      AmiTelephony.layer({ ami: { username: "cti", secret: Redacted.make("hush") } }).pipe(
        Layer.provide([
          asterisk.layer,
          Digest.layerWebCrypto,
          Layer.succeed(Directory, Directory.of({ current: () => many, changes: Stream.never }))
        ])
      )
    )
    const telephony = Context.get(context, Telephony)
    yield* TestClock.adjust(0)
    return { asterisk, telephony, answers, now: () => Object.fromEntries(paused) }
  })

const isOfAll = (action: AmiMessage): boolean => action.get("Queue") === undefined

/** Nobody waits for its answer. */
const ask = <A, E>(effect: Effect.Effect<A, E>) => Effect.forkChild(Effect.exit(effect))

describe("wishes of one agent keep their order", () => {
  it.effect("a pause of all queues whose answer came too late does not come after what was asked for one queue since", () =>
    Effect.gen(function* () {
      const { answers, asterisk, now, telephony } = yield* start("support", "sales")
      answers(isOfAll)
      yield* ask(telephony.pauseAgent(anna, null, true))
      yield* TestClock.adjust("6 seconds")
      answers(() => false)
      assert.strictEqual(yield* telephony.pauseAgent(anna, "support", false), "done")
      assert.deepStrictEqual(now(), { support: false, sales: true })
      assert.strictEqual(yield* telephony.pauseAgent(anna, "sales", false), "done")
      assert.deepStrictEqual(now(), { support: false, sales: false })
      const sent = asterisk.sent("QueuePause").length
      yield* TestClock.adjust("20 minutes")
      assert.deepStrictEqual(now(), { support: false, sales: false })
      assert.lengthOf(asterisk.sent("QueuePause"), sent)
    }).pipe(Effect.scoped)
  )

  it.effect("what was done while an older wish has no answer again and again is done once more after it", () =>
    Effect.gen(function* () {
      const { answers, asterisk, now, telephony } = yield* start("support", "sales")
      answers(isOfAll)
      yield* ask(telephony.pauseAgent(anna, null, true))
      yield* ask(telephony.pauseAgent(anna, "sales", false))
      yield* TestClock.adjust("20 seconds")
      yield* ask(telephony.pauseAgent(anna, "support", false))
      yield* TestClock.adjust("20 minutes")
      assert.deepStrictEqual(now(), { support: false, sales: false })
      answers(() => false)
      yield* TestClock.adjust("5 minutes")
      assert.deepStrictEqual(now(), { support: false, sales: false })
      const sent = asterisk.sent("QueuePause").length
      yield* TestClock.adjust("20 minutes")
      assert.lengthOf(asterisk.sent("QueuePause"), sent)
    }).pipe(Effect.scoped)
  )

  it.effect("a pause of one queue whose answer came too late does not come after what was asked for all since", () =>
    Effect.gen(function* () {
      const { answers, asterisk, now, telephony } = yield* start("support", "sales")
      answers(() => true)
      yield* ask(telephony.pauseAgent(anna, "support", true))
      yield* TestClock.adjust("6 seconds")
      answers(() => false)
      assert.strictEqual(yield* telephony.pauseAgent(anna, null, false), "done")
      yield* TestClock.adjust("20 minutes")
      assert.deepStrictEqual(now(), { support: false, sales: false })
      assert.lengthOf(asterisk.sent("QueuePause"), 2)
    }).pipe(Effect.scoped)
  )

  it.effect("a pause comes after the login that still waits for its turn after an outage", () =>
    Effect.gen(function* () {
      const { asterisk, now, telephony } = yield* start()
      asterisk.drop("lost")
      yield* TestClock.adjust(0)
      for (const one of lines) yield* telephony.setDoNotDisturb(one, true)
      assert.strictEqual(yield* telephony.agentLogin(anna, blue), "deferred")
      asterisk.latency = 100
      // the farewell of the session waits for no clock
      yield* Effect.addFinalizer(() => Effect.sync(() => (asterisk.latency = 0)))
      while (asterisk.sent("DBPut").length === 0) yield* TestClock.adjust("10 millis")
      assert.deepStrictEqual(asterisk.sent("QueueAdd"), [])
      yield* ask(telephony.pauseAgent(anna, null, true))
      yield* TestClock.adjust("5 seconds")
      assert.isTrue(telephony.isUp())
      assert.deepStrictEqual(now(), { support: true, sales: true })
      assert.lengthOf(asterisk.sent("QueueAdd"), 2)
    }).pipe(Effect.scoped)
  )
})
