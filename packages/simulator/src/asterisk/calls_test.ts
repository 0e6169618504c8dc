import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { TestClock } from "effect/testing"
import { type Conversation, converseAs } from "./conversation.ts"
import { SimulatedAsterisk } from "./simulated_asterisk.ts"

const setUp = Effect.gen(function* () {
  yield* TestClock.setTime(1_000_000)
  const asterisk = yield* SimulatedAsterisk.make({
    phones: [
      { device: "PJSIP/1003", number: "1003", name: "Phone A Three", context: "tenant-a" },
      { device: "PJSIP/2002", number: "2002", name: "Phone B Two", context: "tenant-b" },
      { device: "Custom:1001", number: "1001", context: "tenant-a" },
      { device: "PJSIP/gone", number: "1999", state: "UNAVAILABLE" }
    ],
    hints: [{ exten: "2002", context: "tenant-b", hint: "PJSIP/2002" }],
    queues: [{ name: "support" }]
  })
  return { asterisk, ami: converseAs(asterisk, "cti", "cti-secret") }
})

/** Each event as its name and the values of these headers. */
const events = (text: string, ...headers: ReadonlyArray<string>): ReadonlyArray<string> =>
  text
    .split("\n\n")
    .filter((packet) => packet.startsWith("Event: "))
    .map((packet) =>
      ["Event", ...headers]
        .map((name) => new RegExp(`^${name}: (.*)$`, "m").exec(packet)?.[1])
        .filter((value) => value !== undefined)
        .join(" ")
    )

const interesting = (ami: Conversation): ReadonlyArray<string> =>
  events(ami.heard(), "Channel", "DestChannel", "ChannelState", "BridgeNumChannels", "DialStatus", "Device", "State", "Status")

describe("calls", () => {
  it.effect("ring, are answered, held and hung up, and the devices and extensions follow", () =>
    Effect.gen(function* () {
      const { asterisk, ami } = yield* setUp
      const call = yield* asterisk.ring("PJSIP/1003", "PJSIP/2002")
      const [a, b] = ["PJSIP/1003-00000000", "PJSIP/2002-00000001"]
      assert.deepStrictEqual(interesting(ami), [
        `Newchannel ${a} 4`,
        "DeviceStateChange PJSIP/1003 INUSE",
        `Newchannel ${b} 0`,
        `DialBegin ${a} ${b} 4`,
        `Newstate ${b} 5`,
        "DeviceStateChange PJSIP/2002 RINGING",
        "ExtensionStatus 8",
        `DialState ${a} ${b} 4 RINGING`
      ])
      yield* call.answer
      assert.deepStrictEqual(interesting(ami), [
        `Newstate ${b} 6`,
        "DeviceStateChange PJSIP/2002 INUSE",
        "ExtensionStatus 1",
        `DialEnd ${a} ${b} 4 ANSWER`,
        `Newstate ${a} 6`,
        "BridgeCreate 0",
        `BridgeEnter ${b} 6 1`,
        `BridgeEnter ${a} 6 2`
      ])
      yield* call.hold(true)
      assert.deepStrictEqual(interesting(ami), [`Hold ${b} 6`, "DeviceStateChange PJSIP/2002 ONHOLD", "ExtensionStatus 16"])
      yield* call.hold(false)
      ami.heard()
      assert.include(ami.say("Action: CoreShowChannels"), "ListItems: 2")
      yield* call.hangup()
      assert.deepStrictEqual(interesting(ami), [
        `BridgeLeave ${a} 6 1`,
        `BridgeLeave ${b} 6 0`,
        "BridgeDestroy 0",
        `Hangup ${b} 6`,
        "DeviceStateChange PJSIP/2002 NOT_INUSE",
        "ExtensionStatus 0",
        `Hangup ${a} 6`,
        "DeviceStateChange PJSIP/1003 NOT_INUSE"
      ])
      assert.strictEqual(call.state(), "ended")
      yield* call.answer
      assert.strictEqual(ami.heard(), "")
    })
  )

  it.effect("carry the headers of a channel as Asterisk writes them", () =>
    Effect.gen(function* () {
      const { asterisk, ami } = yield* setUp
      yield* asterisk.ring("PJSIP/1003", "PJSIP/2002")
      assert.isTrue(
        ami.heard().startsWith(`Event: Newchannel
Privilege: call,all
Channel: PJSIP/1003-00000000
ChannelState: 4
ChannelStateDesc: Ring
CallerIDNum: 1003
CallerIDName: Phone A Three
ConnectedLineNum: <unknown>
ConnectedLineName: <unknown>
Language: en
AccountCode: 
Context: tenant-a
Exten: 2002
Priority: 1
Uniqueid: 1000.0
Linkedid: 1000.0

`)
      )
    })
  )

  it.effect("a phone in a call that rings again is in use and ringing; a busy one ends with its cause", () =>
    Effect.gen(function* () {
      const { asterisk, ami } = yield* setUp
      yield* asterisk.call("PJSIP/1003", "PJSIP/2002")
      const second = yield* asterisk.ring("PJSIP/trunk", "PJSIP/2002")
      assert.strictEqual(asterisk.extensionStatus("2002", "tenant-b"), 9)
      ami.heard()
      yield* second.hangup(17)
      const told = ami.heard()
      assert.include(told, "DialStatus: BUSY\n")
      assert.include(told, "Cause: 17\nCause-txt: User busy\n")
      assert.strictEqual(asterisk.extensionStatus("2002", "tenant-b"), 1)
    })
  )

  it.effect("are hung up by name", () =>
    Effect.gen(function* () {
      const { asterisk, ami } = yield* setUp
      const call = yield* asterisk.call("PJSIP/1003", "PJSIP/2002")
      assert.include(ami.say(`Action: Hangup\nChannel: ${call.callee}`), "Response: Success\nMessage: Channel Hungup\n")
      assert.strictEqual(call.state(), "ended")
      assert.strictEqual(ami.say(`Action: Hangup\nChannel: ${call.callee}`), "Response: Error\nMessage: No such channel\n\n")
      assert.lengthOf(asterisk.channels(), 0)
    })
  )

  it.effect("wait in a queue until a member takes them", () =>
    Effect.gen(function* () {
      const { asterisk, ami } = yield* setUp
      yield* asterisk.addMember("support", {
        interface: "Local/1001@phones/n",
        name: "Agent One",
        stateInterface: "Custom:1001"
      })
      yield* asterisk.addMember("support", { interface: "PJSIP/2002" })
      ami.say("Action: Events\nEventMask: agent")
      const call = yield* asterisk.queueCall("support", "PJSIP/trunk")
      assert.isNotNull(call)
      assert.deepStrictEqual(call?.ringing(), ["Local/1001@phones/n", "PJSIP/2002"])
      const ringing = ami.heard()
      assert.deepStrictEqual(events(ringing, "Interface", "Status", "Position"), [
        "QueueCallerJoin 1",
        "AgentCalled Local/1001@phones/n",
        "QueueMemberStatus Local/1001@phones/n 6",
        "AgentCalled PJSIP/2002",
        "QueueMemberStatus PJSIP/2002 6"
      ])
      assert.include(ringing, "DestChannel: Local/1001@phones-00000001;1\n")
      yield* TestClock.adjust("3 seconds")
      const waiting = ami.say("Action: QueueStatus\nQueue: support")
      assert.include(waiting, "Event: QueueEntry\nQueue: support\nPosition: 1\n")
      assert.include(waiting, "Wait: 3\n")
      assert.isFalse(yield* call?.connect("PJSIP/nobody") ?? Effect.succeed(true))
      yield* call?.connect("Local/1001@phones/n") ?? Effect.void
      assert.deepStrictEqual(events(ami.heard(), "Interface", "HoldTime", "RingTime", "Status", "Count"), [
        "QueueMemberStatus Local/1001@phones/n 2",
        "QueueMemberStatus PJSIP/2002 1",
        "QueueCallerLeave 0",
        "AgentConnect Local/1001@phones/n 3 3"
      ])
      yield* TestClock.adjust("10 seconds")
      yield* call?.complete("agent") ?? Effect.void
      assert.deepStrictEqual(events(ami.heard(), "MemberName", "HoldTime", "TalkTime", "Reason", "CallsTaken", "Status"), [
        "AgentComplete Agent One 3 10 agent",
        "QueueMemberStatus Agent One 1 1"
      ])
      assert.strictEqual(asterisk.queueMembers("support")[0]?.lastCall, 1013)
      assert.lengthOf(asterisk.channels(), 0)
      assert.isNull(yield* asterisk.queueCall("nowhere", "PJSIP/trunk"))
    })
  )

  it.effect("do not ring members who are paused or busy; a caller may give up", () =>
    Effect.gen(function* () {
      const { asterisk, ami } = yield* setUp
      yield* asterisk.addMember("support", { interface: "PJSIP/1003" })
      yield* asterisk.addMember("support", { interface: "PJSIP/2002" })
      yield* asterisk.pauseMember("support", "PJSIP/1003", true)
      yield* asterisk.setDeviceState("PJSIP/2002", "INUSE")
      ami.say("Action: Events\nEventMask: agent")
      const call = yield* asterisk.queueCall("support", "PJSIP/trunk")
      assert.deepStrictEqual(call?.ringing(), [])
      yield* call?.abandon ?? Effect.void
      assert.deepStrictEqual(events(ami.heard(), "Position", "Count"), [
        "QueueCallerJoin 1 1",
        "QueueCallerAbandon 1",
        "QueueCallerLeave 1 0"
      ])
    })
  )

  it.effect("are originated towards an application, as for listening", () =>
    Effect.gen(function* () {
      const { asterisk, ami } = yield* setUp
      const answer = ami.say(
        "Action: Originate\nChannel: PJSIP/1003\nApplication: ChanSpy\nData: PJSIP/2002,bds\nCallerID: Listen/Écouter\nAsync: true\nChannelId: spy-1\nActionID: o-1"
      )
      assert.isTrue(
        answer.startsWith("Response: Success\nActionID: o-1\nMessage: Originate successfully queued\n\nEvent: Newchannel")
      )
      assert.include(
        answer,
        "Event: OriginateResponse\nPrivilege: call,all\nActionID: o-1\nResponse: Success\nChannel: PJSIP/1003-00000000\nApplication: ChanSpy\nData: PJSIP/2002,bds\nReason: 4\nUniqueid: spy-1\nCallerIDNum: Listen/Écouter\n"
      )
      assert.notInclude(answer, "\nChannel: PJSIP/1003-00000000\nChannelState: 0\nChannelStateDesc: Down\nDestChannel")
      assert.include(ami.say("Action: CoreShowChannels"), "Application: ChanSpy\nApplicationData: PJSIP/2002,bds\n")
      assert.include(ami.say("Action: Hangup\nChannel: PJSIP/1003-00000000"), "Channel Hungup")
      assert.strictEqual(asterisk.deviceState("PJSIP/1003"), "NOT_INUSE")
    })
  )

  it.effect("are originated towards an extension, and fail for what is not there", () =>
    Effect.gen(function* () {
      const { asterisk, ami } = yield* setUp
      const to = (channel: string, exten: string): string =>
        ami.say(
          `Action: Originate\nChannel: ${channel}\nContext: tenant-b\nExten: ${exten}\nPriority: 1\nAsync: true\nActionID: o`
        )
      assert.include(to("PJSIP/1003", "2002"), "Context: tenant-b\nExten: 2002\nReason: 4\n")
      const [call] = asterisk.calls()
      assert.strictEqual(call?.state(), "ringing")
      yield* call?.answer ?? Effect.void
      assert.strictEqual(asterisk.extensionStatus("2002", "tenant-b"), 1)
      ami.heard()
      assert.strictEqual(to("PJSIP/1003", "4711"), "Response: Error\nActionID: o\nMessage: Extension does not exist.\n\n")
      const gone = to("PJSIP/gone", "2002")
      assert.include(
        gone,
        "Response: Failure\nChannel: PJSIP/gone\nContext: tenant-b\nExten: 2002\nReason: 0\nUniqueid: <unknown>\n"
      )
      assert.notInclude(gone, "Newchannel")
      assert.include(ami.say("Action: Originate"), "Channel not specified")
    })
  )
})
