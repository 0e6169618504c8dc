import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import fc from "fast-check"
import { converseAs } from "./conversation.ts"
import { aggregate, DEVICE_STATES, extensionStatus } from "./device_state.ts"
import { SimulatedAsterisk } from "./simulated_asterisk.ts"

const setUp = Effect.gen(function* () {
  const asterisk = yield* SimulatedAsterisk.make({
    phones: [{ device: "PJSIP/1003", number: "1003", context: "tenant-a" }],
    hints: [
      { exten: "1002", context: "tenant-a", hint: "Custom:1002,CustomPresence:1002" },
      { exten: "1003", context: "tenant-a", hint: "PJSIP/1003&Custom:DND1003" }
    ],
    mailboxes: [{ mailbox: "1001", context: "tenant-a", fullName: "Phone A One", newMessages: 2 }]
  })
  return { asterisk, ami: converseAs(asterisk, "cti", "cti-secret") }
})

const set = (state: string): string => `Action: Setvar\nVariable: DEVICE_STATE(Custom:1002)\nValue: ${state}`

describe("states of extensions", () => {
  it.effect("a device state set by Setvar moves the device and the extension that watches it", () =>
    Effect.gen(function* () {
      const { ami } = yield* setUp
      assert.strictEqual(
        ami.say(`${set("RINGING")}\nActionID: t-7`),
        `Response: Success
ActionID: t-7
Message: Variable Set

Event: DeviceStateChange
Privilege: call,all
Device: Custom:1002
State: RINGING

Event: ExtensionStatus
Privilege: call,all
Exten: 1002
Context: tenant-a
Hint: Custom:1002,CustomPresence:1002
Status: 8
StatusText: Ringing

`
      )
      const statuses = ["INUSE", "BUSY", "ONHOLD", "RINGINUSE", "UNAVAILABLE"].map((state) =>
        /Status: (.*)\nStatusText: (.*)\n/
          .exec(ami.say(set(state)))
          ?.slice(1)
          .join(" ")
      )
      assert.deepStrictEqual(statuses, ["1 InUse", "2 Busy", "16 Hold", "9 InUse&Ringing", "4 Unavailable"])
      const invalid = ami.say(set("INVALID"))
      assert.include(invalid, "State: INVALID")
      assert.notInclude(invalid, "ExtensionStatus")
    })
  )

  it.effect("only custom devices can be set, and not to UNKNOWN", () =>
    Effect.gen(function* () {
      const { ami } = yield* setUp
      assert.strictEqual(ami.say(set("UNKNOWN")), "Response: Error\nMessage: Variable not set\n\n")
      assert.include(ami.say("Action: Setvar\nVariable: DEVICE_STATE(PJSIP/1003)\nValue: INUSE"), "Variable not set")
      assert.include(ami.say("Action: Setvar\nVariable: NOSUCH(x)\nValue: 1"), "Variable not set")
      assert.include(ami.say("Action: Setvar\nVariable: X\nValue: 1"), "Variable Set")
    })
  )

  it.effect("an extension of several devices shows the strongest", () =>
    Effect.gen(function* () {
      const { asterisk } = yield* setUp
      const status = () => asterisk.extensionStatus("1003", "tenant-a")
      assert.strictEqual(status(), 0)
      yield* asterisk.setDeviceState("Custom:DND1003", "BUSY")
      assert.strictEqual(status(), 2)
      yield* asterisk.setDeviceState("PJSIP/1003", "RINGING")
      assert.strictEqual(status(), 9)
      yield* asterisk.setDeviceState("Custom:DND1003", "NOT_INUSE")
      assert.strictEqual(status(), 8)
    })
  )

  it("the strongest of devices does not depend on their order or repeats", () => {
    const states = fc.array(fc.constantFrom(...DEVICE_STATES), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(states, (some) => {
        const status = extensionStatus(aggregate(some))
        assert.strictEqual(extensionStatus(aggregate([...some].reverse())), status)
        assert.strictEqual(extensionStatus(aggregate([...some, ...some])), status)
        if (some.includes("NOT_INUSE") && some.every((state) => state === "NOT_INUSE" || state === "UNAVAILABLE")) {
          assert.strictEqual(status, 0)
        }
      })
    )
  })

  it.effect("are listed, and asked one by one", () =>
    Effect.gen(function* () {
      const { ami } = yield* setUp
      assert.strictEqual(
        ami.say("Action: ExtensionState\nContext: tenant-a\nExten: 4711\nActionID: t-6"),
        "Response: Success\nActionID: t-6\nMessage: Extension Status\nExten: 4711\nContext: tenant-a\nHint: \nStatus: -1\nStatusText: Unknown\n\n"
      )
      const list = ami.say("Action: ExtensionStateList\nActionID: t-2")
      assert.isTrue(
        list.startsWith(`Response: Success
ActionID: t-2
EventList: start
Message: Extension Statuses will follow

Event: ExtensionStatus
ActionID: t-2
Exten: 1002
`)
      )
      assert.isTrue(list.endsWith("Event: ExtensionStateListComplete\nActionID: t-2\nEventList: Complete\nListItems: 2\n\n"))
      const devices = ami.say("Action: DeviceStateList")
      assert.include(devices, "Device: PJSIP/1003\nState: NOT_INUSE")
      assert.notInclude(devices, "Custom:1002")
      assert.include(ami.say("Action: Command\nCommand: core show hints"), "Output: - 2 hints registered\n")
    })
  )

  it.effect("devstate change on the console does the same, and an extension that loses its hint is told", () =>
    Effect.gen(function* () {
      const { asterisk, ami } = yield* setUp
      const answer = ami.say("Action: Command\nCommand: devstate change Custom:1002 INUSE\nActionID: t-16")
      assert.isTrue(
        answer.startsWith(
          "Response: Success\nActionID: t-16\nMessage: Command output follows\nOutput: Changing 1002 to INUSE\n\nEvent: DeviceStateChange"
        )
      )
      assert.strictEqual(asterisk.extensionStatus("1002", "tenant-a"), 1)
      assert.strictEqual(
        ami.say("Action: Command\nCommand: no such command"),
        "Response: Error\nMessage: Command output follows\nOutput: No such command 'no such command' (type 'core show help no such' for other possible commands)\n\n"
      )
      yield* asterisk.removeHint("1002", "tenant-a")
      assert.include(ami.heard(), "Exten: 1002\nContext: tenant-a\nHint: Custom:1002,CustomPresence:1002\nStatus: -2\n")
    })
  )

  it.effect("presence is set, shown and listed", () =>
    Effect.gen(function* () {
      const { ami } = yield* setUp
      assert.include(ami.say("Action: PresenceStateList"), "ListItems: 0")
      const answer = ami.say("Action: Setvar\nVariable: PRESENCE_STATE(CustomPresence:1002)\nValue: away,lunch,back at 14")
      const shown = "Status: away\nSubtype: lunch\nMessage: back at 14\n"
      assert.include(answer, `Event: PresenceStateChange\nPrivilege: call,all\nPresentity: CustomPresence:1002\n${shown}`)
      assert.include(answer, `Event: PresenceStatus\nPrivilege: call,all\nExten: 1002\nContext: tenant-a\n`)
      assert.include(ami.say("Action: PresenceStateList"), shown)
      const setOther = (value: string) => ami.say(`Action: Setvar\nVariable: PRESENCE_STATE(CustomPresence:1)\nValue: ${value}`)
      assert.include(setOther("odd"), "Variable not set")
      assert.include(setOther("away,lunch,back, at 14"), "Variable not set")
      assert.include(setOther(`away,${btoa("lunch")},${btoa("back, at 14")},e`), "Subtype: lunch\nMessage: back, at 14\n")
    })
  )

  it.effect("voicemail boxes are listed, and a new message is told", () =>
    Effect.gen(function* () {
      const { asterisk, ami } = yield* setUp
      const list = ami.say("Action: VoicemailUsersList\nActionID: v")
      assert.include(
        list,
        "Event: VoicemailUserEntry\nActionID: v\nVMContext: tenant-a\nVoiceMailbox: 1001\nFullname: Phone A One\n"
      )
      assert.include(list, "NewMessageCount: 2\nOldMessageCount: 0\n\nEvent: VoicemailUserEntryComplete\n")
      yield* asterisk.setVoicemail("1001", "tenant-a", 3, 1)
      assert.strictEqual(
        ami.heard(),
        "Event: MessageWaiting\nPrivilege: call,all\nMailbox: 1001@tenant-a\nWaiting: 1\nNew: 3\nOld: 1\n\n"
      )
      assert.include(ami.say("Action: VoicemailUsersList"), "Fullname: Phone A One\n")
    })
  )

  it.effect("feature codes dialled at the phone change AstDB and the lamps", () =>
    Effect.gen(function* () {
      const { asterisk, ami } = yield* setUp
      const dial = (code: string) => asterisk.dialFeatureCode("PJSIP/1003", code)
      assert.isTrue(yield* dial("*78"))
      assert.strictEqual(asterisk.astDb("DND", "1003"), "YES")
      assert.include(ami.heard(), "Device: Custom:DND1003\nState: BUSY\n")
      assert.isTrue(yield* dial("*79"))
      assert.isUndefined(asterisk.astDb("DND", "1003"))
      assert.strictEqual(asterisk.deviceState("Custom:DND1003"), "NOT_INUSE")
      assert.isTrue(yield* dial("*721002"))
      assert.strictEqual(asterisk.astDb("CF", "1003"), "1002")
      assert.strictEqual(asterisk.deviceState("Custom:CF1003"), "BUSY")
      assert.isTrue(yield* dial("*73"))
      assert.isTrue(yield* dial("*90123"))
      assert.strictEqual(asterisk.astDb("CFB", "1003"), "123")
      assert.isTrue(yield* dial("*52456"))
      assert.strictEqual(asterisk.astDb("CFU", "1003"), "456")
      assert.isFalse(yield* dial("1002"))
    })
  )
})
