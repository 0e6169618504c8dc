import { Directory, snapshotOf } from "@ctid/core/directory/directory"
import { Telephony, type TelephonyError, type TelephonyEvent } from "@ctid/core/telephony/telephony"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { AmiTelephony } from "./ami_telephony.ts"
import type { TelephonySettings } from "./telephony_settings.ts"
import { anna, blue, green, idle, line, snapshot } from "./testdata/directory.ts"
import { error, event, type Headers, listOf, ScriptedAsterisk, success, unknown } from "./testdata/scripted_asterisk.ts"

/** An Asterisk with an AstDB and one queue `support`, whose members are given as interfaces. */
const pbx = () => {
  const asterisk = new ScriptedAsterisk()
  const db = new Map<string, string>()
  const members = new Map<string, string>()
  asterisk.answers.set("QueueStatus", () =>
    listOf(
      ...[...members].map(([key, name]): Headers => {
        const [queue = "", location = ""] = key.split("|")
        return event(
          "QueueMember",
          ["Queue", queue],
          ["Name", name],
          ["Location", location],
          ["StateInterface", location],
          ["Paused", "0"]
        )
      })
    )
  )
  for (const action of ["ExtensionStateList", "DeviceStateList", "CoreShowChannels", "VoicemailUsersList"]) {
    asterisk.answers.set(action, () => listOf())
  }
  asterisk.answers.set("DBGetTree", (action) =>
    listOf(
      ...[...db]
        .filter(([path]) => path.startsWith(`/${action.get("Family") ?? ""}/`))
        .map(([path, value]) => event("DBGetTreeResponse", ["Key", path], ["Val", value]))
    )
  )
  asterisk.answers.set("DBGet", (action) => {
    const value = db.get(`/${action.get("Family") ?? ""}/${action.get("Key") ?? ""}`)
    return value === undefined ? [error("Database entry not found")] : listOf(event("DBGetResponse", ["Val", value]))
  })
  asterisk.answers.set("DBPut", (action) => {
    db.set(`/${action.get("Family") ?? ""}/${action.get("Key") ?? ""}`, action.get("Val") ?? "")
    return [success()]
  })
  asterisk.answers.set("DBDel", (action) => [
    db.delete(`/${action.get("Family") ?? ""}/${action.get("Key") ?? ""}`)
      ? success()
      : error("Database entry could not be deleted")
  ])
  asterisk.answers.set("QueueAdd", (action) => {
    const key = `${action.get("Queue") ?? ""}|${action.get("Interface") ?? ""}`
    if (members.has(key)) return [error("Unable to add interface: Already there")]
    members.set(key, action.get("MemberName") ?? "")
    return [success()]
  })
  asterisk.answers.set("QueueRemove", (action) => [
    members.delete(`${action.get("Queue") ?? ""}|${action.get("Interface") ?? ""}`)
      ? success()
      : error("Unable to remove interface: Not there")
  ])
  for (const action of ["Setvar", "QueuePause", "QueueLog", "Originate"]) asterisk.answers.set(action, () => [success()])
  return { asterisk, db, members }
}

const deviceEvent = (device: string, state: string) => event("DeviceStateChange", ["Device", device], ["State", state])

interface Given {
  readonly settings?: Partial<TelephonySettings>
  readonly directory?: Directory["Service"]
  readonly consume?: boolean
}

const fixed: Directory["Service"] = { current: () => snapshot, changes: Stream.never }

const start = (asterisk: ScriptedAsterisk, given: Given = {}) =>
  Effect.gen(function* () {
    const context = yield* Layer.build(
      AmiTelephony.layer({ ami: { username: "cti", secret: Redacted.make("hush") }, ...given.settings }).pipe(
        Layer.provide([asterisk.layer, Digest.layerWebCrypto, Layer.succeed(Directory, Directory.of(given.directory ?? fixed))])
      )
    )
    const telephony = Context.get(context, Telephony)
    const events: Array<TelephonyEvent> = []
    if (given.consume !== false) {
      yield* Effect.forkScoped(Stream.runForEach(telephony.events, (told) => Effect.sync(() => events.push(told))))
    }
    yield* TestClock.adjust(0)
    return { telephony, events }
  })

const of = <Tag extends TelephonyEvent["_tag"]>(events: ReadonlyArray<TelephonyEvent>, tag: Tag) =>
  events.filter((told): told is Extract<TelephonyEvent, { readonly _tag: Tag }> => told._tag === tag)

/** How an operation ended: what it answered, or why it failed. */
const outcome = <A>(effect: Effect.Effect<A, TelephonyError>): Effect.Effect<A | TelephonyError["reason"]> =>
  effect.pipe(Effect.catch((failed) => Effect.succeed(failed.reason)))

const warnings = () => {
  const lines: Array<string> = []
  const logger = Logger.make<unknown, void>(({ fiber, logLevel, message }) => {
    if (logLevel === "Warn") lines.push(`${String(message)} ${JSON.stringify(fiber.getRef(References.CurrentLogAnnotations))}`)
  })
  return { lines, layer: Logger.layer([logger]) }
}

describe("operations", () => {
  it.effect("do not disturb is a key and a device state; off deletes the key, there or not", () =>
    Effect.gen(function* () {
      const { asterisk, db } = pbx()
      const { telephony } = yield* start(asterisk)
      assert.strictEqual(yield* outcome(telephony.setDoNotDisturb(blue, true)), "done")
      assert.deepStrictEqual([...db], [["/DND/1001", "YES"]])
      assert.strictEqual(yield* outcome(telephony.setDoNotDisturb(blue, false)), "done")
      assert.strictEqual(yield* outcome(telephony.setDoNotDisturb(blue, false)), "done")
      assert.deepStrictEqual([...db], [])
      assert.deepStrictEqual(
        asterisk.sent("Setvar").map((headers) => headers.slice(1)),
        ["BUSY", "NOT_INUSE", "NOT_INUSE"].map(
          (state): Headers => [
            ["Variable", "DEVICE_STATE(Custom:DND1001)"],
            ["Value", state]
          ]
        )
      )
    }).pipe(Effect.scoped)
  )

  it.effect("forwards go where the templates say, reduced to what an extension may hold", () =>
    Effect.gen(function* () {
      const { asterisk, db } = pbx()
      const templates = { forwardBusy: "cti/{context}/{exten}/busy" }
      const { telephony } = yield* start(asterisk, { settings: { templates } })
      yield* telephony.setForward(blue, "busy", { enabled: true, destination: "+49 (30) 12\r\n\r\nAction: x" })
      yield* telephony.setForward(blue, "unconditional", { enabled: true, destination: "1002" })
      yield* telephony.setForward(blue, "noAnswer", { enabled: false, destination: "1002" })
      yield* telephony.setForward(green, "noAnswer", { enabled: true, destination: " \n" })
      assert.deepStrictEqual(
        [...db],
        [
          ["/cti/ctx-a/1001/busy", "+493012Actionx"],
          ["/CF/1001", "1002"]
        ]
      )
      assert.deepStrictEqual(
        asterisk.sent("DBDel").map((headers) => headers.slice(1)),
        [
          [
            ["Family", "CFU"],
            ["Key", "1001"]
          ],
          [
            ["Family", "CFU"],
            ["Key", "1002"]
          ]
        ]
      )
    }).pipe(Effect.scoped)
  )

  it.effect("a service without its lamp is on all the same, which is logged once", () =>
    Effect.gen(function* () {
      const { asterisk, db } = pbx()
      const log = warnings()
      asterisk.answers.set("Setvar", () => [error("Permission denied")])
      const { telephony } = yield* start(asterisk).pipe(Effect.provide(log.layer))
      assert.strictEqual(yield* outcome(telephony.setDoNotDisturb(blue, true).pipe(Effect.provide(log.layer))), "done")
      assert.strictEqual(yield* outcome(telephony.setDoNotDisturb(green, true).pipe(Effect.provide(log.layer))), "done")
      assert.strictEqual(db.size, 2)
      assert.strictEqual(log.lines.length, 1)
    }).pipe(Effect.scoped)
  )

  it.effect("an agent logs in to his queues with the interfaces of the templates", () =>
    Effect.gen(function* () {
      const { asterisk } = pbx()
      const templates = { agentInterface: "Local/{exten}@from-queue-{agentid}/n", agentStateInterface: "{device}" }
      const { telephony } = yield* start(asterisk, { settings: { templates } })
      assert.strictEqual(yield* outcome(telephony.agentLogin(anna, blue)), "done")
      assert.deepStrictEqual(asterisk.sent("QueueAdd")[0], [
        ["Action", "QueueAdd"],
        ["Queue", "support"],
        ["Interface", "Local/1001@from-queue-7/n"],
        ["Penalty", "2"],
        ["Paused", "false"],
        ["MemberName", "Agent/2001"],
        ["StateInterface", "PJSIP/k3x9q1"]
      ])
      assert.strictEqual(yield* outcome(telephony.agentLogin(anna, blue)), "done")
      assert.strictEqual(yield* outcome(telephony.agentLogin(idle, blue)), "invalid")
    }).pipe(Effect.scoped)
  )

  it.effect("an agent who logs in with another phone leaves with the first", () =>
    Effect.gen(function* () {
      const { asterisk, members } = pbx()
      const { telephony } = yield* start(asterisk)
      yield* telephony.agentLogin(anna, blue)
      yield* telephony.agentLogin(anna, green)
      assert.deepStrictEqual([...members.keys()], ["support|SIP/p7m2z8", "sales|SIP/p7m2z8"])
    }).pipe(Effect.scoped)
  )

  it.effect("one queue that is not there does not keep an agent from the others; none at all is an error", () =>
    Effect.gen(function* () {
      const { asterisk, members } = pbx()
      const { telephony } = yield* start(asterisk)
      const add = asterisk.answers.get("QueueAdd")
      const missing = error("Unable to add interface to queue: No such queue")
      asterisk.answers.set("QueueAdd", (action) => (action.get("Queue") === "sales" ? (add?.(action) ?? null) : [missing]))
      assert.strictEqual(yield* outcome(telephony.agentLogin(anna, blue)), "done")
      assert.deepStrictEqual([...members.keys()], ["sales|PJSIP/k3x9q1"])
      asterisk.answers.set("QueueAdd", () => [missing])
      assert.strictEqual(yield* outcome(telephony.agentLogin(anna, blue)), "refused")
    }).pipe(Effect.scoped)
  )

  it.effect("a second agent is refused the phone with which another is logged in, or logs in, whatever his queues are", () =>
    Effect.gen(function* () {
      const { asterisk, members } = pbx()
      const { telephony } = yield* start(asterisk)
      for (const queues of [anna.queues, [{ queue: "night", penalty: 0 }]]) {
        const ben = { ...idle, queues }
        const both = yield* Effect.all([outcome(telephony.agentLogin(anna, blue)), outcome(telephony.agentLogin(ben, blue))], {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(both, ["done", "taken"])
        assert.strictEqual(yield* outcome(telephony.agentLogin(ben, blue)), "taken")
        assert.deepStrictEqual([...members.values()], ["Agent/2001", "Agent/2001"])
        // the record is that of the first: his logoff reaches his places, the second's reaches none
        assert.strictEqual(yield* outcome(telephony.agentLogoff(ben)), "done")
        assert.strictEqual(members.size, 2)
        assert.strictEqual(yield* outcome(telephony.agentLogoff(anna)), "done")
        assert.strictEqual(members.size, 0)
      }
    }).pipe(Effect.scoped)
  )

  it.effect("who is in a queue already is so under his own name only", () =>
    Effect.gen(function* () {
      const { asterisk, members } = pbx()
      members.set("support|PJSIP/k3x9q1", "Reception")
      members.set("night|SIP/p7m2z8", "Agent/2002")
      const { telephony } = yield* start(asterisk)
      assert.strictEqual(yield* outcome(telephony.agentLogin({ ...anna, queues: anna.queues.slice(0, 1) }, blue)), "refused")
      // one that Asterisk has not told yet
      members.set("sales|PJSIP/k3x9q1", "Agent/2002")
      assert.strictEqual(yield* outcome(telephony.agentLogin(anna, blue)), "refused")
      assert.deepStrictEqual(asterisk.sent("QueuePause"), [])
      yield* telephony.pauseAgent(anna, null, true)
      assert.deepStrictEqual(asterisk.sent("QueuePause"), [])
      members.set("support|SIP/p7m2z8", "Agent/2001")
      yield* telephony.refresh
      yield* TestClock.adjust(0)
      assert.strictEqual(yield* outcome(telephony.queueAdd(anna, "night", 1)), "taken")
      assert.strictEqual(yield* outcome(telephony.queueAdd(anna, "support", 1)), "done")
    }).pipe(Effect.scoped)
  )

  it.effect("pauses with exactly the headers of the reference, and sends nothing for an agent who is not logged in", () =>
    Effect.gen(function* () {
      const { asterisk, members } = pbx()
      members.set("support|Local/id-7@agentcallback", "Agent/2001")
      members.set("sales|Local/id-7@agentcallback", "Agent/2001")
      const { telephony } = yield* start(asterisk)
      yield* telephony.pauseAgent(anna, "support", true)
      yield* telephony.pauseAgent(anna, null, false)
      assert.strictEqual(yield* outcome(telephony.pauseAgent(idle, null, true)), "done")
      assert.deepStrictEqual(asterisk.sent("QueuePause"), [
        [
          ["Action", "QueuePause"],
          ["Queue", "support"],
          ["Interface", "Local/id-7@agentcallback"],
          ["Paused", "True"]
        ],
        [
          ["Action", "QueuePause"],
          ["Interface", "Local/id-7@agentcallback"],
          ["Paused", "False"]
        ]
      ])
    }).pipe(Effect.scoped)
  )

  it.effect("a logoff leaves every queue, whichever interface is in it; one refusal does not stop the rest", () =>
    Effect.gen(function* () {
      const { asterisk, members } = pbx()
      members.set("support|SIP/static", "Agent/2001")
      members.set("sales|SIP/p7m2z8", "Agent/2001")
      members.set("sales|SIP/other", "Agent/9999")
      const { telephony } = yield* start(asterisk)
      const remove = asterisk.answers.get("QueueRemove")
      asterisk.answers.set("QueueRemove", (action) =>
        action.get("Interface") === "SIP/static" ? [error("Member not dynamic")] : (remove?.(action) ?? null)
      )
      assert.strictEqual(yield* outcome(telephony.agentLogoff(anna)), "refused")
      assert.deepStrictEqual([...members.keys()], ["support|SIP/static", "sales|SIP/other"])
    }).pipe(Effect.scoped)
  )

  it.effect("a logged agent is put into another queue and taken out; one who is not cannot be", () =>
    Effect.gen(function* () {
      const { asterisk, members } = pbx()
      members.set("support|SIP/p7m2z8", "Agent/2001")
      const { telephony } = yield* start(asterisk)
      assert.strictEqual(yield* outcome(telephony.queueAdd(anna, "night", 4)), "done")
      assert.deepStrictEqual([...members.keys()], ["support|SIP/p7m2z8", "night|SIP/p7m2z8"])
      assert.strictEqual(yield* outcome(telephony.queueRemove(anna, "night")), "done")
      assert.strictEqual(yield* outcome(telephony.queueRemove(anna, "night")), "done")
      assert.strictEqual(yield* outcome(telephony.queueAdd(idle, "night", 4)), "invalid")
      assert.deepStrictEqual([...members.keys()], ["support|SIP/p7m2z8"])
    }).pipe(Effect.scoped)
  )

  it.effect("listens and logs presence as the reference has it", () =>
    Effect.gen(function* () {
      const { asterisk, members } = pbx()
      members.set("support|SIP/k3x9q1", "Agent/2001")
      const { telephony } = yield* start(asterisk)
      yield* telephony.listen(green, anna)
      yield* telephony.listen(green, idle)
      yield* telephony.logPresence(anna, "away")
      assert.deepStrictEqual(asterisk.sent("Originate"), [
        [
          ["Action", "Originate"],
          ["Channel", "SIP/p7m2z8"],
          ["Application", "ChanSpy"],
          ["Data", "SIP/k3x9q1,bds"],
          ["CallerID", "Listen/Écouter"],
          ["Async", "true"]
        ]
      ])
      assert.deepStrictEqual(asterisk.sent("QueueLog"), [
        [
          ["Action", "QueueLog"],
          ["Queue", "NONE"],
          ["Event", "PRESENCE"],
          ["Interface", "Agent/2001"],
          ["Message", "away"]
        ]
      ])
      assert.strictEqual(yield* outcome(telephony.logPresence(anna, "away\r\nAction: x")), "invalid")
    }).pipe(Effect.scoped)
  )
})

describe("waiting wishes", () => {
  it.effect("the last wish of each key is written when the link is back, before it is said to be up", () =>
    Effect.gen(function* () {
      const { asterisk, db } = pbx()
      db.set("/CFB/1001", "1002")
      const { telephony, events } = yield* start(asterisk)
      assert.isTrue(telephony.isUp())
      asterisk.drop("lost")
      yield* TestClock.adjust(0)
      assert.isFalse(telephony.isUp())
      events.length = 0
      const before = asterisk.actions.length
      for (const on of [true, false, true]) assert.strictEqual(yield* outcome(telephony.setDoNotDisturb(blue, on)), "deferred")
      assert.strictEqual(
        yield* outcome(telephony.setForward(blue, "busy", { enabled: false, destination: "1002" })),
        "deferred"
      )
      assert.strictEqual(yield* outcome(telephony.agentLogoff(anna)), "deferred")
      assert.strictEqual(yield* outcome(telephony.agentLogin(anna, blue)), "deferred")
      assert.strictEqual(yield* outcome(telephony.pauseAgent(anna, "support", true)), "deferred")
      assert.strictEqual(yield* outcome(telephony.pauseAgent(anna, null, true)), "deferred")
      assert.strictEqual(yield* outcome(telephony.logPresence(anna, "away")), "unavailable")
      assert.strictEqual(yield* outcome(telephony.listen(green, anna)), "unavailable")
      assert.strictEqual(asterisk.actions.length, before)
      yield* TestClock.adjust("500 millis")
      assert.isTrue(telephony.isUp())
      assert.deepStrictEqual([...db], [["/DND/1001", "YES"]])
      assert.deepStrictEqual(
        asterisk.actions.slice(before).flatMap(({ name }) => (/^(DBPut|DBDel|Queue)/.test(name) ? [name] : [])),
        ["QueueStatus", "DBPut", "DBDel", "QueueAdd", "QueueAdd", "QueuePause", "QueueStatus"]
      )
      assert.deepStrictEqual(of(events, "LineServicesChanged").find((told) => told.lineId === blue.id)?.services, {
        doNotDisturb: true,
        unconditional: { enabled: false, destination: "" },
        busy: { enabled: false, destination: "" },
        noAnswer: { enabled: false, destination: "" }
      })
      assert.deepStrictEqual(events.at(-1), { _tag: "LinkChanged", state: "up" })
      const sent = asterisk.actions.length
      yield* TestClock.adjust("5 minutes")
      assert.notInclude(asterisk.names.slice(sent), "DBPut")
    }).pipe(Effect.scoped)
  )

  it.effect("a phone for which an agent waits is refused to the next one at once, until he wants something else", () =>
    Effect.gen(function* () {
      const { asterisk, members } = pbx()
      const { telephony } = yield* start(asterisk)
      const ben = { ...idle, queues: anna.queues }
      asterisk.drop("lost")
      yield* TestClock.adjust(0)
      assert.strictEqual(yield* outcome(telephony.agentLogin(anna, blue)), "deferred")
      assert.strictEqual(yield* outcome(telephony.agentLogin(ben, { ...blue, device: "pjsip/K3X9Q1" })), "taken")
      assert.strictEqual(yield* outcome(telephony.agentLogin(anna, blue)), "deferred")
      assert.strictEqual(yield* outcome(telephony.agentLogin(anna, green)), "deferred")
      assert.strictEqual(yield* outcome(telephony.agentLogin(ben, blue)), "deferred")
      const third = { ...ben, id: 9, number: "2009" }
      assert.strictEqual(yield* outcome(telephony.agentLogin(third, green)), "taken")
      assert.strictEqual(yield* outcome(telephony.agentLogoff(anna)), "deferred")
      assert.strictEqual(yield* outcome(telephony.agentLogin(third, green)), "deferred")
      yield* TestClock.adjust("500 millis")
      assert.deepStrictEqual(
        [...members],
        [
          ["support|PJSIP/k3x9q1", "Agent/2002"],
          ["sales|PJSIP/k3x9q1", "Agent/2002"]
        ]
      )
    }).pipe(Effect.scoped)
  )

  it.effect("what nobody knows whether it was done is tried again after the link was lost", () =>
    Effect.gen(function* () {
      const { asterisk, db } = pbx()
      const { telephony } = yield* start(asterisk)
      const put = asterisk.answers.get("DBPut")
      asterisk.answers.set("DBPut", () => null)
      const attempt = yield* Effect.forkChild(outcome(telephony.setDoNotDisturb(blue, true)))
      yield* TestClock.adjust("2 seconds")
      asterisk.drop("lost")
      assert.strictEqual(yield* Fiber.join(attempt), "deferred")
      if (put !== undefined) asterisk.answers.set("DBPut", put)
      yield* TestClock.adjust("500 millis")
      assert.isTrue(telephony.isUp())
      assert.deepStrictEqual([...db], [["/DND/1001", "YES"]])
    }).pipe(Effect.scoped)
  )

  it.effect("an answer that does not come is a timeout, and the wish is granted by the next resync", () =>
    Effect.gen(function* () {
      const { asterisk, db } = pbx()
      const { telephony } = yield* start(asterisk)
      const put = asterisk.answers.get("DBPut")
      asterisk.answers.set("DBPut", () => null)
      const attempt = yield* Effect.forkChild(outcome(telephony.setDoNotDisturb(blue, true)))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* Fiber.join(attempt), "timeout")
      if (put !== undefined) asterisk.answers.set("DBPut", put)
      yield* TestClock.adjust("5 minutes")
      assert.deepStrictEqual([...db], [["/DND/1001", "YES"]])
    }).pipe(Effect.scoped)
  )

  it.effect("a refused change is not tried again", () =>
    Effect.gen(function* () {
      const { asterisk } = pbx()
      asterisk.answers.set("DBPut", () => [error("Permission denied")])
      const { telephony } = yield* start(asterisk)
      assert.strictEqual(yield* outcome(telephony.setDoNotDisturb(blue, true)), "refused")
      yield* TestClock.adjust("6 minutes")
      assert.strictEqual(asterisk.sent("DBPut").length, 1)
    }).pipe(Effect.scoped)
  )

  it.effect("what was begun is finished when the caller does not wait any more", () =>
    Effect.gen(function* () {
      const { asterisk, db } = pbx()
      const { telephony } = yield* start(asterisk)
      const held: Array<string> = []
      asterisk.answers.set("DBPut", (action) => {
        held.push(action.get("ActionID") ?? "")
        db.set("/DND/1001", "YES")
        return null
      })
      const attempt = yield* Effect.forkChild(telephony.setDoNotDisturb(blue, true))
      yield* TestClock.adjust(0)
      yield* Fiber.interrupt(attempt)
      asterisk.say(success(["ActionID", held[0] ?? ""]))
      yield* TestClock.adjust(0)
      assert.strictEqual(asterisk.sent("Setvar").length, 1)
      yield* TestClock.adjust("6 minutes")
      assert.strictEqual(asterisk.sent("DBPut").length, 1)
    }).pipe(Effect.scoped)
  )
})

describe("many waiting wishes", () => {
  const lines = Array.from({ length: 200 }, (_, n) => line(100 + n, String(3000 + n), "ctx-a", `PJSIP/many${n}`))
  const many = snapshotOf({ ...snapshot.data, lines })

  /** The link is down, every line has a wish, and Asterisk answers slowly when it is back. */
  const waiting = Effect.gen(function* () {
    const { asterisk, db } = pbx()
    const { telephony } = yield* start(asterisk, { directory: { current: () => many, changes: Stream.never } })
    asterisk.drop("lost")
    yield* TestClock.adjust(0)
    for (const one of lines) assert.strictEqual(yield* outcome(telephony.setDoNotDisturb(one, true)), "deferred")
    asterisk.latency = 100
    // the farewell of the session waits for no clock
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        asterisk.latency = 0
      })
    )
    return { asterisk, db, telephony }
  })

  it.effect("do not wait for one another's answers", () =>
    Effect.gen(function* () {
      const { db, telephony } = yield* waiting
      yield* TestClock.adjust("5 seconds")
      assert.isTrue(telephony.isUp())
      assert.strictEqual(db.size, lines.length)
    }).pipe(Effect.scoped)
  )

  it.effect("and those that come while they are granted do not keep the link from being up; the last one counts", () =>
    Effect.gen(function* () {
      const { asterisk, db, telephony } = yield* waiting
      const busy = yield* Effect.forkChild(
        Effect.forever(
          Effect.forEach(lines, (one) =>
            Effect.andThen(Effect.forkChild(Effect.exit(telephony.setDoNotDisturb(one, false))), Effect.sleep("10 millis"))
          )
        )
      )
      yield* TestClock.adjust("5 seconds")
      assert.isTrue(telephony.isUp())
      yield* Fiber.interrupt(busy)
      asterisk.latency = 0
      yield* TestClock.adjust("6 minutes")
      assert.deepStrictEqual([...db], [])
    }).pipe(Effect.scoped)
  )
})

describe("services changed at a phone", () => {
  it.effect("a lamp makes us read what it stands for, and only changes are told", () =>
    Effect.gen(function* () {
      const { asterisk, db } = pbx()
      const { events } = yield* start(asterisk)
      events.length = 0
      db.set("/DND/1001", "yes")
      asterisk.say(deviceEvent("Custom:DND1001", "BUSY"))
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(events, [{ _tag: "LineServicesChanged", lineId: 11, services: { doNotDisturb: true } }])
      db.set("/CF/1002", "1001")
      db.set("/CFB/1002", "0049301")
      asterisk.say(deviceEvent("Custom:CF1002", "INUSE"), deviceEvent("Custom:CF1002", "INUSE"))
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(events.slice(1), [
        {
          _tag: "LineServicesChanged",
          lineId: 12,
          services: { unconditional: { enabled: true, destination: "1001" }, busy: { enabled: true, destination: "0049301" } }
        }
      ])
    }).pipe(Effect.scoped)
  )

  it.effect("the echo of our own change is none, however late it comes", () =>
    Effect.gen(function* () {
      const { asterisk, db } = pbx()
      const { telephony, events } = yield* start(asterisk)
      events.length = 0
      asterisk.answers.set("Setvar", (action) => [success(), deviceEvent("Custom:DND1001", action.get("Value") ?? "")])
      for (const on of [true, false, true]) yield* telephony.setDoNotDisturb(blue, on)
      yield* TestClock.adjust(0)
      // the events of the first two changes, delivered again after the third
      asterisk.say(deviceEvent("Custom:DND1001", "BUSY"), deviceEvent("Custom:DND1001", "NOT_INUSE"))
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(of(events, "LineServicesChanged"), [])
      assert.strictEqual(db.get("/DND/1001"), "YES")
    }).pipe(Effect.scoped)
  )

  it.effect("a reading that began before our change does not undo it", () =>
    Effect.gen(function* () {
      const { asterisk } = pbx()
      const { telephony, events } = yield* start(asterisk)
      events.length = 0
      const tree = asterisk.answers.get("DBGetTree")
      const held: Array<() => void> = []
      asterisk.answers.set("DBGetTree", (action) => {
        const answer = tree?.(action) ?? []
        const id = ["ActionID", action.get("ActionID") ?? ""] as const
        held.push(() => asterisk.say(...answer.map((packet): Headers => [...packet, id])))
        return null
      })
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(held.length, 1)
      yield* telephony.setDoNotDisturb(blue, true)
      held[0]?.()
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(of(events, "LineServicesChanged"), [])
    }).pipe(Effect.scoped)
  )

  it.effect("what has no lamp is polled", () =>
    Effect.gen(function* () {
      const { asterisk, db } = pbx()
      const { events } = yield* start(asterisk, { settings: { pollInterval: 10_000 } })
      events.length = 0
      db.set("/CFU/1001", "1002")
      yield* TestClock.adjust("9 seconds")
      assert.deepStrictEqual(events, [])
      yield* TestClock.adjust("1 seconds")
      assert.deepStrictEqual(events, [
        { _tag: "LineServicesChanged", lineId: 11, services: { noAnswer: { enabled: true, destination: "1002" } } }
      ])
    }).pipe(Effect.scoped)
  )

  it.effect("an Asterisk without DBGetTree is asked key by key", () =>
    Effect.gen(function* () {
      const { asterisk, db } = pbx()
      asterisk.answers.set("DBGetTree", () => [unknown("DBGetTree")])
      db.set("/DND/1002", "YES")
      const { telephony, events } = yield* start(asterisk)
      assert.isTrue(telephony.isUp())
      assert.strictEqual(
        of(events, "LineServicesChanged").find((told) => told.lineId === green.id)?.services.doNotDisturb,
        true
      )
    }).pipe(Effect.scoped)
  )

  it.effect("services that may not be read are not told as off", () =>
    Effect.gen(function* () {
      const { asterisk } = pbx()
      asterisk.answers.set("DBGetTree", () => [error("Permission denied")])
      const { telephony, events } = yield* start(asterisk)
      assert.isTrue(telephony.isUp())
      assert.deepStrictEqual(of(events, "LineServicesChanged"), [])
    }).pipe(Effect.scoped)
  )
})

describe("resync", () => {
  it.effect("is up without what Asterisk lacks, and says so once", () =>
    Effect.gen(function* () {
      const { asterisk } = pbx()
      const log = warnings()
      for (const action of ["QueueStatus", "DeviceStateList", "VoicemailUsersList"]) {
        asterisk.answers.set(action, () => [unknown(action)])
      }
      const { telephony, events } = yield* start(asterisk).pipe(Effect.provide(log.layer))
      assert.isTrue(telephony.isUp())
      assert.deepStrictEqual(of(events, "QueueMembers"), [{ _tag: "QueueMembers", members: [] }])
      yield* TestClock.adjust("20 minutes")
      assert.deepStrictEqual(
        log.lines.map((line) => /"action":"(\w+)"/.exec(line)?.[1]),
        ["QueueStatus", "DeviceStateList", "VoicemailUsersList"]
      )
    }).pipe(Effect.scoped)
  )

  it.effect("Asterisk wins: the whole state is told again after each interval, after a reload and after events were lost", () =>
    Effect.gen(function* () {
      const { asterisk, members } = pbx()
      const { events } = yield* start(asterisk, { settings: { resyncInterval: 60_000, ami: tight } })
      const told = () => of(events, "QueueMembers").map((listed) => listed.members.length)
      members.set("support|SIP/k3x9q1", "Agent/2001")
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(told(), [0, 1])
      members.clear()
      asterisk.say(event("Reload", ["Module", "app_queue.so"]), event("Reload", ["Module", "pbx_config.so"]))
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(told(), [0, 1, 0])
      members.set("sales|SIP/k3x9q1", "Agent/2001")
      asterisk.say(...Array.from({ length: 50 }, () => deviceEvent("SIP/k3x9q1", "INUSE")))
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(told(), [0, 1, 0, 1])
    }).pipe(Effect.scoped)
  )

  it.effect("applies events that came during the reading after what was read", () =>
    Effect.gen(function* () {
      const { asterisk } = pbx()
      const { events } = yield* start(asterisk)
      events.length = 0
      asterisk.answers.set("DeviceStateList", () => [
        success(["EventList", "start"]),
        deviceEvent("SIP/k3x9q1", "NOT_INUSE"),
        event("DeviceStateListComplete", ["EventList", "Complete"])
      ])
      asterisk.answers.set("ExtensionStateList", () => {
        asterisk.say(deviceEvent("SIP/k3x9q1", "INUSE"))
        return listOf()
      })
      yield* TestClock.adjust("5 minutes")
      assert.deepStrictEqual(
        of(events, "EndpointState").map((told) => told.state),
        [0, 1]
      )
    }).pipe(Effect.scoped)
  )

  it.effect("starts a consumer with what is known, and does not need one", () =>
    Effect.gen(function* () {
      const { asterisk, members } = pbx()
      members.set("support|SIP/k3x9q1", "Agent/2001")
      asterisk.answers.set("DeviceStateList", () => listOf(deviceEvent("SIP/k3x9q1", "RINGING")))
      const { telephony } = yield* start(asterisk, { consume: false })
      for (let n = 0; n < 40_000; n++) asterisk.say(deviceEvent("SIP/k3x9q1", n % 2 === 0 ? "INUSE" : "RINGING"))
      yield* TestClock.adjust(0)
      const known = yield* Stream.runCollect(Stream.take(telephony.events, 6))
      assert.deepStrictEqual(
        known.map((told) => told._tag),
        ["EndpointState", "QueueMembers", "LineServicesChanged", "LineServicesChanged", "LineServicesChanged", "LinkChanged"]
      )
      assert.deepStrictEqual(known[0], { _tag: "EndpointState", lineId: 11, state: 8 })
    }).pipe(Effect.scoped)
  )

  it.effect("tells that the link is lost, and that it is back when everything was asked", () =>
    Effect.gen(function* () {
      const { asterisk } = pbx()
      const { telephony, events } = yield* start(asterisk)
      events.length = 0
      asterisk.drop("lost")
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(events, [{ _tag: "LinkChanged", state: "down" }])
      asterisk.answers.set("ExtensionStateList", () => null)
      yield* TestClock.adjust("500 millis")
      assert.isFalse(telephony.isUp())
      // a list that does not come is not waited for for ever
      yield* TestClock.adjust("30 seconds")
      assert.isTrue(telephony.isUp())
      assert.deepStrictEqual(events.at(-1), { _tag: "LinkChanged", state: "up" })
    }).pipe(Effect.scoped)
  )
})

const tight = { username: "cti", secret: Redacted.make("hush"), maxQueuedEvents: 10 }
