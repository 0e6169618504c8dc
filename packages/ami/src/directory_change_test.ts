/** A directory that changes under a link to Asterisk: what is new is asked for and followed on that link. */
import { type Agent, Directory, type DirectoryData, type Line, snapshotOf } from "@ctid/core/directory/directory"
import { Telephony, type TelephonyEvent } from "@ctid/core/telephony/telephony"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { AmiTelephony } from "./ami_telephony.ts"
import { anna, blue, green, idle, line, red, snapshot } from "./testdata/directory.ts"
import { error, event, type Headers, listOf, ScriptedAsterisk, success } from "./testdata/scripted_asterisk.ts"

const device = (name: string, state: string): Headers => event("DeviceStateChange", ["Device", name], ["State", state])
const channel = (name: string): Headers => event("CoreShowChannel", ["Channel", name], ["ChannelState", "6"], ["Exten", "1002"])

/** An Asterisk with states of devices, channels, mailboxes and an AstDB, and what is told of it. */
const world = Effect.gen(function* () {
  const asterisk = new ScriptedAsterisk()
  const lists: Record<string, ReadonlyArray<Headers>> = {}
  for (const action of ["ExtensionStateList", "DeviceStateList", "CoreShowChannels", "VoicemailUsersList", "QueueStatus"]) {
    asterisk.answers.set(action, () => listOf(...(lists[action] ?? [])))
  }
  const db = new Map<string, string>()
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
  for (const action of ["DBPut", "DBDel", "Setvar", "QueueAdd", "QueueRemove", "QueuePause"])
    asterisk.answers.set(action, () => [success()])
  let current = snapshot
  const directory = Directory.of({ current: () => current, changes: Stream.never })
  const context = yield* Layer.build(
    AmiTelephony.layer({ ami: { username: "cti", secret: Redacted.make("hush") } }).pipe(
      Layer.provide([asterisk.layer, Digest.layerWebCrypto, Layer.succeed(Directory, directory)])
    )
  )
  const telephony = Context.get(context, Telephony)
  const events: Array<TelephonyEvent> = []
  yield* Effect.forkScoped(Stream.runForEach(telephony.events, (told) => Effect.sync(() => events.push(told))))
  const settle = TestClock.adjust(0)
  yield* settle
  return {
    asterisk,
    telephony,
    lists,
    db,
    settle,
    say: (...packets: ReadonlyArray<Headers>) =>
      Effect.andThen(
        Effect.sync(() => asterisk.say(...packets)),
        settle
      ),
    /** What was told since the last time, of the kinds that a test looks at. */
    take: (...kinds: ReadonlyArray<TelephonyEvent["_tag"]>) => events.splice(0).filter(({ _tag }) => kinds.includes(_tag)),
    declare: (change: Partial<DirectoryData>) =>
      Effect.suspend(() => {
        current = snapshotOf({ ...current.data, ...change })
        return Effect.andThen(telephony.refresh, settle)
      })
  }
})

const state = (lineId: number, value: number): TelephonyEvent => ({ _tag: "EndpointState", lineId, state: value })
const black = line(14, "1004", "ctx-a", "PJSIP/new4")

describe("a directory that changes", () => {
  it.effect("has a new line's phone, services and calls told, and followed from then on, on the same link", () =>
    Effect.gen(function* () {
      const { lists, db, declare, take, say, asterisk, settle } = yield* world
      lists.DeviceStateList = [device("PJSIP/new4", "INUSE")]
      lists.CoreShowChannels = [channel("PJSIP/new4-00000001")]
      db.set("/DND/1004", "YES")
      yield* say(device("PJSIP/new4", "RINGING"))
      assert.deepStrictEqual(take("EndpointState", "LineCall"), [])
      yield* declare({ lines: [...snapshot.data.lines, black] })
      const told = take("EndpointState", "LineCall", "LineServicesChanged", "LinkChanged")
      assert.deepInclude(told, state(14, 1))
      assert.deepInclude(told, { _tag: "LineCall", lineId: 14, call: { direction: "outgoing", internal: true } })
      const services = told.find((one) => one._tag === "LineServicesChanged" && one.lineId === 14)
      assert.deepInclude(services && "services" in services ? services.services : {}, { doNotDisturb: true })
      assert.isFalse(told.some(({ _tag }) => _tag === "LinkChanged"))
      assert.strictEqual(asterisk.opens, 1)
      yield* say(device("PJSIP/new4", "NOT_INUSE"))
      assert.deepStrictEqual(take("EndpointState"), [state(14, 0)])
      db.delete("/DND/1004")
      yield* say(device("Custom:DND1004", "NOT_INUSE"))
      yield* settle
      assert.deepStrictEqual(take("LineServicesChanged"), [
        { _tag: "LineServicesChanged", lineId: 14, services: { doNotDisturb: false } }
      ])
    }).pipe(Effect.scoped)
  )

  it.effect("has a line with another device follow that one and no more the old one", () =>
    Effect.gen(function* () {
      const { lists, declare, take, say } = yield* world
      yield* say(event("ExtensionStatus", ["Exten", "1001"], ["Context", "ctx-a"], ["Hint", "PJSIP/k3x9q1"], ["Status", "1"]))
      lists.DeviceStateList = [device("PJSIP/k3x9q1", "INUSE"), device("PJSIP/other", "RINGING")]
      yield* declare({ lines: [{ ...blue, number: "1011", device: "PJSIP/other", name: "other" }, green, red] })
      assert.deepInclude(take("EndpointState"), state(11, 8))
      yield* say(device("PJSIP/k3x9q1", "NOT_INUSE"))
      assert.deepStrictEqual(take("EndpointState"), [])
      yield* say(device("PJSIP/other", "ONHOLD"))
      assert.deepStrictEqual(take("EndpointState"), [state(11, 16)])
    }).pipe(Effect.scoped)
  )

  it.effect("has a call belong to the line whose phone it is on now", () =>
    Effect.gen(function* () {
      const { lists, declare, take, say } = yield* world
      yield* say(event("Newchannel", ["Channel", "PJSIP/k3x9q1-00000001"], ["ChannelState", "6"]))
      const call = { direction: "outgoing", internal: true } as const
      assert.deepStrictEqual(take("LineCall"), [{ _tag: "LineCall", lineId: 11, call }])
      lists.CoreShowChannels = [channel("PJSIP/k3x9q1-00000001")]
      const swapped: ReadonlyArray<Line> = [{ ...blue, device: green.device }, { ...green, device: blue.device }, red]
      yield* declare({ lines: swapped })
      assert.sameDeepMembers(take("LineCall"), [
        { _tag: "LineCall", lineId: 11, call: null },
        { _tag: "LineCall", lineId: 12, call }
      ])
      yield* say(event("Hangup", ["Channel", "PJSIP/k3x9q1-00000001"]))
      assert.deepStrictEqual(take("LineCall"), [{ _tag: "LineCall", lineId: 12, call: null }])
    }).pipe(Effect.scoped)
  )

  it.effect("has a line that is gone told of no more, nor its call", () =>
    Effect.gen(function* () {
      const { lists, declare, take, say } = yield* world
      yield* say(
        event("Newchannel", ["Channel", "PJSIP/k3x9q1-00000001"], ["ChannelState", "6"]),
        device("PJSIP/k3x9q1", "INUSE")
      )
      take()
      lists.CoreShowChannels = [channel("PJSIP/k3x9q1-00000001")]
      lists.DeviceStateList = [device("PJSIP/k3x9q1", "INUSE")]
      yield* declare({ lines: [green, red] })
      const told = take("EndpointState", "LineCall", "LineServicesChanged")
      assert.deepStrictEqual(
        told.filter((one) => "lineId" in one && one.lineId === 11),
        [{ _tag: "LineCall", lineId: 11, call: null }]
      )
      yield* say(device("PJSIP/k3x9q1", "NOT_INUSE"), event("Hangup", ["Channel", "PJSIP/k3x9q1-00000001"]))
      assert.deepStrictEqual(take("EndpointState", "LineCall"), [])
    }).pipe(Effect.scoped)
  )

  it.effect("has another mailbox counted under the same id, and one that is gone no more", () =>
    Effect.gen(function* () {
      const { lists, declare, take, say } = yield* world
      const entry = (mailbox: string, count: string) =>
        event("VoicemailUserEntry", ["VMContext", "ctx-a"], ["VoiceMailbox", mailbox], ["NewMessageCount", count])
      lists.VoicemailUsersList = [entry("1001", "5"), entry("1009", "2")]
      yield* say(event("MessageWaiting", ["Mailbox", "1001@ctx-a"], ["New", "5"]))
      take()
      yield* declare({ voicemails: [{ id: 3, mailbox: "1009", context: "ctx-a" }] })
      assert.deepStrictEqual(take("VoicemailCount"), [{ _tag: "VoicemailCount", voicemailId: 3, newMessages: "2" }])
      yield* say(event("MessageWaiting", ["Mailbox", "1001@ctx-a"], ["New", "6"]))
      assert.deepStrictEqual(take("VoicemailCount"), [])
      yield* declare({ voicemails: [] })
      assert.deepStrictEqual(take("VoicemailCount"), [])
    }).pipe(Effect.scoped)
  )

  it.effect("has agents known by the number that they have now", () =>
    Effect.gen(function* () {
      const { declare, take, say } = yield* world
      const renamed: Agent = { ...anna, id: 9, number: "2009" }
      yield* declare({ agents: [renamed] })
      take()
      yield* say(
        event("UserEvent", ["UserEvent", "AgentLogin"], ["AgentID", "7"]),
        event("UserEvent", ["UserEvent", "AgentLogin"], ["AgentID", "9"], ["Extension", "1001"])
      )
      assert.deepStrictEqual(take("AgentLoggedIn"), [{ _tag: "AgentLoggedIn", agentId: 9, extension: "1001" }])
    }).pipe(Effect.scoped)
  )
})

describe("what waits for Asterisk", () => {
  const away = Effect.gen(function* () {
    const given = yield* world
    given.asterisk.drop()
    yield* given.settle
    return given
  })
  const back = TestClock.adjust("2 seconds")

  it.effect("is not done to somebody else who has the number when it is back", () =>
    Effect.gen(function* () {
      const { telephony, asterisk, declare } = yield* away
      assert.strictEqual(yield* telephony.setDoNotDisturb(blue, true), "deferred")
      assert.strictEqual(yield* telephony.setDoNotDisturb(green, true), "deferred")
      assert.strictEqual(yield* telephony.setForward(blue, "busy", { enabled: true, destination: "1002" }), "deferred")
      assert.strictEqual(yield* telephony.agentLogin(anna, blue), "deferred")
      yield* declare({ lines: [{ ...blue, number: "1011" }, green, { ...red, number: "1001", context: "ctx-a" }] })
      yield* back
      const written = asterisk.sent("DBPut").map((headers) => headers.map(([, value]) => value).join(" "))
      assert.deepStrictEqual(written, ["DBPut DND 1002 YES"])
      assert.deepStrictEqual(asterisk.sent("QueueAdd"), [])
    }).pipe(Effect.scoped)
  )

  const member = (interfaceOf: string, name: string): Headers =>
    event("QueueMember", ["Queue", "support"], ["Name", name], ["Location", interfaceOf], ["StateInterface", interfaceOf])

  /** What was done to queue members, as `QueuePause PJSIP/k3x9q1`. */
  const done = ({ actions }: ScriptedAsterisk): ReadonlyArray<string> =>
    actions
      .filter(({ name }) => /^Queue(Add|Remove|Pause)$/.test(name))
      .map((action) => `${action.name} ${action.get("Interface") ?? ""}`)

  const wishes = ["pauseAgent", "queueAdd", "queueRemove", "agentLogoff"] as const
  for (const wish of wishes) {
    const waiting = Effect.gen(function* () {
      const given = yield* away
      given.lists.QueueStatus = [member("PJSIP/k3x9q1", "Agent/2001")]
      const { telephony } = given
      yield* {
        pauseAgent: telephony.pauseAgent(anna, null, true),
        queueAdd: telephony.queueAdd(anna, "night", 1),
        queueRemove: telephony.queueRemove(anna, "support"),
        agentLogoff: telephony.agentLogoff(anna)
      }[wish]
      return given
    })

    it.effect(`is not done to another agent who has the number when it is back: ${wish}`, () =>
      Effect.gen(function* () {
        const { asterisk, declare } = yield* waiting
        yield* declare({
          agents: [
            { ...anna, number: "2005" },
            { ...idle, number: "2001" }
          ]
        })
        yield* back
        assert.deepStrictEqual(done(asterisk), [])
      }).pipe(Effect.scoped)
    )

    it.effect(`is done to the agent under a number that nobody has any more: ${wish}`, () =>
      Effect.gen(function* () {
        const { asterisk, declare } = yield* waiting
        yield* declare({ agents: [{ ...anna, number: "2005" }] })
        yield* back
        assert.lengthOf(done(asterisk), 1)
      }).pipe(Effect.scoped)
    )
  }

  it.effect("is asked for again when a mistake broke the asking", () =>
    Effect.gen(function* () {
      const { telephony, asterisk, settle } = yield* away
      yield* telephony.setDoNotDisturb(blue, true)
      const mistakes = [new Error("a mistake")]
      asterisk.answers.set("DBPut", () => {
        const mistake = mistakes.pop()
        if (mistake !== undefined) throw mistake
        return [success()]
      })
      yield* back
      assert.lengthOf(mistakes, 0)
      const asked = asterisk.sent("DBPut").length
      yield* Effect.andThen(telephony.refresh, settle)
      assert.lengthOf(asterisk.sent("DBPut"), asked + 1)
    }).pipe(Effect.scoped)
  )

  it.effect("is not done to the next owner of a line", () =>
    Effect.gen(function* () {
      const { telephony, asterisk, declare } = yield* away
      yield* telephony.setDoNotDisturb(blue, true)
      yield* telephony.setForward(blue, "busy", { enabled: true, destination: "1002" })
      yield* declare({ lines: [{ ...blue, userId: 2 }, green, red] })
      yield* back
      assert.deepStrictEqual(asterisk.sent("DBPut"), [])
    }).pipe(Effect.scoped)
  )

  it.effect("is done when its line and its agent are what they were, whatever else is another", () =>
    Effect.gen(function* () {
      const { telephony, asterisk, declare } = yield* away
      yield* telephony.setDoNotDisturb(blue, true)
      yield* telephony.agentLogin(anna, blue)
      yield* declare({ lines: [{ ...blue, callerId: "Anna" }, green], agents: [{ ...anna, lastName: "Other" }] })
      yield* back
      assert.strictEqual(asterisk.sent("DBPut").length, 1)
      assert.strictEqual(asterisk.sent("QueueAdd").length, 2)
    }).pipe(Effect.scoped)
  )
})
