import { Directory } from "@ctid/core/directory/directory"
import type { PhonePresence } from "@ctid/core/presence/phone_presence"
import { Telephony, type TelephonyEvent } from "@ctid/core/telephony/telephony"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { AmiTelephony } from "./ami_telephony.ts"
import type { TelephonyTemplates } from "./telephony_settings.ts"
import { blue, green, snapshot } from "./testdata/directory.ts"
import { error, event, type Headers, listOf, ScriptedAsterisk, success } from "./testdata/scripted_asterisk.ts"

const shown = (presence: string, message = presence, lamps: PhonePresence["lamps"] = new Map()): PhonePresence => ({
  state: "away",
  presence,
  message,
  lamps
})
const text = (presence: string, message = presence): string =>
  `away,${Base64.encode(`ctid:${presence}`)},${Base64.encode(message)},e`

/** An Asterisk that keeps presences and device states, and tells each change. */
const pbx = () => {
  const asterisk = new ScriptedAsterisk()
  const db = new Map<string, string>()
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
  asterisk.answers.set("Setvar", (action) => {
    const [, family, name] = /^(PRESENCE|DEVICE)_STATE\([^:]*:(.*)\)$/.exec(action.get("Variable") ?? "") ?? []
    const value = action.get("Value") ?? ""
    db.set(`/${family === "PRESENCE" ? "CustomPresence" : "CustomDevstate"}/${name}`, value)
    if (family !== "PRESENCE") return [success()]
    const [state = "", subtype = "", message = ""] = value.split(",")
    return [success(), changed(name ?? "", state, atob(subtype), atob(message))]
  })
  return { asterisk, db, set: () => asterisk.sent("Setvar").map((headers) => headers.slice(1).map(([, value]) => value)) }
}

const changed = (name: string, state: string, subtype = "", message = "") =>
  event(
    "PresenceStateChange",
    ["Presentity", `CustomPresence:${name}`],
    ["Status", state],
    ["Subtype", subtype],
    ["Message", message]
  )

const start = (asterisk: ScriptedAsterisk, templates: Partial<TelephonyTemplates> = {}) =>
  Effect.gen(function* () {
    const context = yield* Layer.build(
      AmiTelephony.layer({ ami: { username: "cti", secret: Redacted.make("hush") }, templates }).pipe(
        Layer.provide([
          asterisk.layer,
          Digest.layerWebCrypto,
          Layer.succeed(Directory, Directory.of({ current: () => snapshot, changes: Stream.never }))
        ])
      )
    )
    const telephony = Context.get(context, Telephony)
    const told: Array<TelephonyEvent> = []
    yield* Effect.forkScoped(
      Stream.runForEach(telephony.events, (one) => Effect.sync(() => one._tag === "PresenceSet" && told.push(one)))
    )
    yield* TestClock.adjust(0)
    return { telephony, told }
  })

/** A complete reading, and what comes of it. */
const resync = (telephony: Telephony["Service"]) => Effect.andThen(telephony.refresh, TestClock.adjust(0))

describe("presences of lines", () => {
  it.effect("are written once they are known to differ, the lamps too; asking again writes nothing", () =>
    Effect.gen(function* () {
      const { asterisk, db, set } = pbx()
      const { telephony, told } = yield* start(asterisk)
      assert.notInclude(
        asterisk.sent("DBGetTree").map(([, family]) => family?.[1]),
        "CustomPresence"
      )
      const lamps = new Map([
        ["away", true],
        ["lunch", false]
      ])
      assert.strictEqual(yield* telephony.setPresence(blue, shown("away", "Away, back at 14", lamps)), "deferred")
      yield* TestClock.adjust(0)
      assert.deepStrictEqual([...db].sort(), [
        ["/CustomDevstate/away.1001@ctx-a", "BUSY"],
        ["/CustomDevstate/lunch.1001@ctx-a", "NOT_INUSE"],
        ["/CustomPresence/1001@ctx-a", text("away", "Away, back at 14")]
      ])
      const writes = set().length
      yield* resync(telephony)
      assert.strictEqual(yield* telephony.setPresence(blue, shown("away", "Away, back at 14", lamps)), "done")
      assert.strictEqual(set().length, writes)
      const next = new Map([
        ["away", false],
        ["lunch", true]
      ])
      assert.strictEqual(yield* telephony.setPresence(blue, shown("lunch", "", next)), "done")
      assert.deepStrictEqual(set().slice(writes), [
        ["PRESENCE_STATE(CustomPresence:1001@ctx-a)", text("lunch", "")],
        ["DEVICE_STATE(Custom:away.1001@ctx-a)", "NOT_INUSE"],
        ["DEVICE_STATE(Custom:lunch.1001@ctx-a)", "BUSY"]
      ])
      assert.deepStrictEqual(told, [])
    })
  )

  it.effect("what is wanted while the first lamp is on its way is what all lamps say in the end", () =>
    Effect.gen(function* () {
      const { asterisk, db } = pbx()
      const { telephony } = yield* start(asterisk)
      const show = (presence: string) => {
        const lamps = ["away", "dnd"].map((one) => [one, one === presence] as const)
        return telephony.setPresence(blue, shown(presence, presence, new Map(lamps)))
      }
      yield* show("away")
      yield* TestClock.adjust(0)
      const set = asterisk.answers.get("Setvar")
      const held: Array<Headers> = []
      asterisk.answers.set("Setvar", (action) => {
        const answer = set?.(action) ?? []
        if (held.length > 0 || !action.get("Variable")?.startsWith("DEVICE_STATE(Custom:away")) return answer
        held.push(...answer.map((packet): Headers => [...packet, ["ActionID", action.get("ActionID") ?? ""]]))
        return null
      })
      const busy = yield* Effect.forkChild(show("dnd"))
      yield* TestClock.adjust(0)
      assert.lengthOf(held, 1)
      const free = yield* Effect.forkChild(show("available"))
      yield* TestClock.adjust(0)
      asterisk.say(...held)
      assert.deepStrictEqual([yield* Fiber.join(busy), yield* Fiber.join(free)], ["done", "done"])
      assert.deepStrictEqual([...db].sort(), [
        ["/CustomDevstate/away.1001@ctx-a", "NOT_INUSE"],
        ["/CustomDevstate/dnd.1001@ctx-a", "NOT_INUSE"],
        ["/CustomPresence/1001@ctx-a", text("available")]
      ])
    })
  )

  it.effect("a lamp that is wanted otherwise while it is on its way is written once more", () =>
    Effect.gen(function* () {
      const { asterisk, db, set } = pbx()
      const { telephony } = yield* start(asterisk)
      const show = (lit: boolean) => telephony.setPresence(blue, shown("away", "away", new Map([["away", lit]])))
      yield* show(true)
      yield* TestClock.adjust(0)
      asterisk.latency = 100
      // the farewell of the session waits for no clock
      yield* Effect.addFinalizer(() => Effect.sync(() => (asterisk.latency = 0)))
      const writes = set().length
      const dark = yield* Effect.forkChild(show(false))
      yield* TestClock.adjust("50 millis")
      const lit = yield* Effect.forkChild(show(true))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([yield* Fiber.join(dark), yield* Fiber.join(lit)], ["done", "done"])
      assert.deepStrictEqual(
        set()
          .slice(writes)
          .map(([, value]) => value),
        ["NOT_INUSE", "BUSY"]
      )
      assert.strictEqual(db.get("/CustomDevstate/away.1001@ctx-a"), "BUSY")
    })
  )

  it.effect("only what differs is written when Asterisk is back, whatever it has become there", () =>
    Effect.gen(function* () {
      const { asterisk, db, set } = pbx()
      const { telephony } = yield* start(asterisk)
      yield* telephony.setPresence(blue, shown("away"))
      yield* telephony.setPresence(green, shown("away"))
      yield* TestClock.adjust(0)
      asterisk.drop()
      db.delete("/CustomPresence/1001@ctx-a")
      const writes = set().length
      yield* TestClock.adjust("1 minute")
      assert.isTrue(telephony.isUp())
      assert.deepStrictEqual(set().slice(writes), [["PRESENCE_STATE(CustomPresence:1001@ctx-a)", text("away")]])
    })
  )

  it.effect(
    "what was set at a phone during an outage is told before the link is up, unless somebody wanted something since",
    () =>
      Effect.gen(function* () {
        const { asterisk, db, set } = pbx()
        const { telephony, told } = yield* start(asterisk)
        yield* telephony.setPresence(blue, shown("away"))
        yield* telephony.setPresence(green, shown("away"))
        yield* TestClock.adjust(0)
        asterisk.drop()
        yield* TestClock.adjust(0)
        db.set("/CustomPresence/1001@ctx-a", "dnd,lunch")
        db.set("/CustomPresence/1002@ctx-a", "dnd,lunch")
        assert.strictEqual(yield* telephony.setPresence(green, shown("available")), "deferred")
        const writes = set().length
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(told, [{ _tag: "PresenceSet", lineId: blue.id, state: "dnd", presence: "lunch" }])
        assert.deepStrictEqual(set().slice(writes), [["PRESENCE_STATE(CustomPresence:1002@ctx-a)", text("available")]])
        assert.strictEqual(yield* telephony.setPresence(blue, shown("lunch")), "done")
        assert.strictEqual(db.get("/CustomPresence/1001@ctx-a"), text("lunch"))
      })
  )

  it.effect("a setting is told once, its answer is written, and an answer that says no as well", () =>
    Effect.gen(function* () {
      const { asterisk, db } = pbx()
      const { telephony, told } = yield* start(asterisk)
      yield* telephony.setPresence(blue, shown("away"))
      yield* TestClock.adjust(0)
      db.set("/CustomPresence/1001@ctx-a", "dnd")
      asterisk.say(changed("1001@ctx-a", "dnd"), changed("4711", "dnd"))
      yield* resync(telephony)
      assert.deepStrictEqual(told, [{ _tag: "PresenceSet", lineId: blue.id, state: "dnd", presence: "" }])
      assert.strictEqual(yield* telephony.setPresence(blue, shown("away")), "done")
      assert.strictEqual(db.get("/CustomPresence/1001@ctx-a"), text("away"))
      assert.strictEqual(told.length, 1)
    })
  )

  it.effect("an Asterisk that does not do it is told to whoever asked, and everything else goes on", () =>
    Effect.gen(function* () {
      const { asterisk } = pbx()
      asterisk.answers.set("Setvar", () => [error("Variable not set")])
      const { telephony } = yield* start(asterisk, { presence: "CustomPresence:{exten}" })
      yield* telephony.setPresence(blue, shown("away"))
      yield* TestClock.adjust(0)
      yield* resync(telephony)
      const failed = yield* Effect.flip(telephony.setPresence(blue, shown("lunch")))
      assert.strictEqual(failed.reason, "refused")
      assert.isTrue(telephony.isUp())
      assert.isTrue(asterisk.sent("Setvar").every((headers) => headers[1]?.[1] === "PRESENCE_STATE(CustomPresence:1001)"))
    })
  )

  it.effect("who may not read what is there writes without asking, once", () =>
    Effect.gen(function* () {
      const { asterisk, set } = pbx()
      asterisk.answers.set("DBGetTree", () => [error("Permission denied")])
      const { telephony } = yield* start(asterisk)
      yield* telephony.setPresence(blue, shown("away"))
      yield* TestClock.adjust(0)
      yield* resync(telephony)
      assert.deepStrictEqual(set(), [["PRESENCE_STATE(CustomPresence:1001@ctx-a)", text("away")]])
    })
  )

  it.effect("an Asterisk that does not answer is not asked for everything at each change", () =>
    Effect.gen(function* () {
      const { asterisk, set } = pbx()
      asterisk.answers.set("DBGetTree", (action) => (action.get("Family") === "CustomPresence" ? null : listOf()))
      const { telephony } = yield* start(asterisk)
      yield* telephony.setPresence(blue, shown("away"))
      yield* TestClock.adjust("40 seconds")
      const asked = () => asterisk.sent("ExtensionStateList").length
      const before = asked()
      yield* telephony.setPresence(green, shown("away"))
      yield* TestClock.adjust("40 seconds")
      assert.deepStrictEqual([asked() - before, set()], [0, []])
      assert.strictEqual(yield* telephony.setPresence(green, shown("lunch")), "done")
      assert.strictEqual(set().length, 1, "a change is written without asking")
    })
  )

  it.effect("nothing that a presence says can become a header", () =>
    Effect.gen(function* () {
      const { asterisk, db } = pbx()
      const { telephony } = yield* start(asterisk)
      yield* telephony.setPresence(blue, shown("away", "x\r\nAction: DBPut\r\nFamily: evil\r\nKey: e\r\nVal: 1\r\n\r\n"))
      yield* TestClock.adjust(0)
      assert.deepStrictEqual([...db.keys()], ["/CustomPresence/1001@ctx-a"])
      assert.deepStrictEqual(asterisk.sent("DBPut"), [])
    })
  )
})
