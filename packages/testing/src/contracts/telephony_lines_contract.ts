/** The Telephony contract on lines: states, services, voicemail, calls. */
import { reduceDestination } from "@ctid/core/telephony/telephony"
import * as Effect from "effect/Effect"
import { expectEqual, expectTrue, until } from "./contract.ts"
import { telephonyCase } from "./telephony_case.ts"
import { telephonyLines } from "./telephony_world.ts"

const { alice, bob, carol, dave } = telephonyLines

export const stateCases = [
  telephonyCase("what is known is told before the link is said to be up", ({ seen }) =>
    Effect.gen(function* () {
      const tags = seen.events().map((event) => event._tag)
      const upAt = tags.indexOf("LinkChanged")
      yield* expectTrue("the members come before", tags.indexOf("QueueMembers") >= 0 && tags.indexOf("QueueMembers") < upAt)
      const lines = seen
        .events()
        .slice(0, upAt)
        .flatMap((event) => (event._tag === "EndpointState" ? [event.lineId] : []))
      yield* expectEqual(
        "lines with a state",
        [...new Set(lines)].sort().join(),
        [alice, bob, carol, dave].map(({ id }) => id).join()
      )
      for (const line of [alice, bob, carol, dave])
        yield* expectEqual(`state of ${line.number}`, seen.endpointState(line.id), 0)
    })
  ),
  telephonyCase("each change of a device that an extension watches is the state of that line", ({ control, seen }) =>
    Effect.gen(function* () {
      const expected = [
        ["RINGING", 8],
        ["INUSE", 1],
        ["RINGINUSE", 9],
        ["ONHOLD", 16],
        ["BUSY", 2],
        ["UNAVAILABLE", 4],
        ["NOT_INUSE", 0]
      ] as const
      for (const [state, number] of expected) {
        yield* control.setDeviceState(bob.device, state)
        yield* until(`${state} is ${number}`, () => seen.endpointState(bob.id) === number)
      }
      yield* expectEqual("another line", seen.endpointState(alice.id), 0)
    })
  ),
  telephonyCase("an extension that watches several devices shows them together", ({ control, seen }) =>
    Effect.gen(function* () {
      yield* control.dialDoNotDisturb(dave, true)
      yield* until("busy for all", () => seen.endpointState(dave.id) === 2)
      yield* control.dialDoNotDisturb(dave, false)
      yield* until("idle again", () => seen.endpointState(dave.id) === 0)
    })
  ),
  telephonyCase("a line without a hint shows its device, and a call moves both its ends", ({ control, seen }) =>
    Effect.gen(function* () {
      const call = yield* control.ring(alice, carol)
      yield* until("the caller is in use", () => seen.endpointState(alice.id) === 1)
      yield* until("the called line rings", () => seen.endpointState(carol.id) === 8)
      yield* call.answer
      yield* until("the called line is in use", () => seen.endpointState(carol.id) === 1)
      yield* call.hangup
      yield* until("both are idle", () => seen.endpointState(alice.id) === 0 && seen.endpointState(carol.id) === 0)
      yield* expectEqual("the other company's line", seen.endpointState(dave.id), 0)
    })
  )
]

export const callCases = [
  telephonyCase("a call is told to both its lines with its direction, and its end too", ({ control, seen }) =>
    Effect.gen(function* () {
      const last = (lineId: number) => seen.of("LineCall").findLast((event) => event.lineId === lineId)?.call
      const call = yield* control.ring(alice, carol)
      yield* call.answer
      yield* until("the called line talks", () => last(carol.id)?.direction === "incoming")
      yield* until("the caller talks", () => last(alice.id)?.direction === "outgoing")
      yield* expectEqual("between lines of the house, caller", last(alice.id)?.internal, true)
      yield* expectEqual("between lines of the house, called", last(carol.id)?.internal, true)
      yield* call.hangup
      yield* until("both have ended", () => last(alice.id) === null && last(carol.id) === null)
    })
  )
]

export const serviceCases = [
  telephonyCase("do not disturb is kept in AstDB and as a device state, and removed from both", ({ telephony, control }) =>
    Effect.gen(function* () {
      yield* expectEqual("on", yield* telephony.setDoNotDisturb(alice, true), "done")
      yield* expectEqual("AstDB", yield* control.astDb("DND", "1001"), "YES")
      yield* expectEqual("device", yield* control.deviceState("Custom:DND1001"), "BUSY")
      yield* expectEqual("the same again", yield* telephony.setDoNotDisturb(alice, true), "done")
      yield* expectEqual("off", yield* telephony.setDoNotDisturb(alice, false), "done")
      yield* expectEqual("AstDB after", yield* control.astDb("DND", "1001"), null)
      yield* expectEqual("device after", yield* control.deviceState("Custom:DND1001"), "NOT_INUSE")
      yield* expectEqual("off twice", yield* telephony.setDoNotDisturb(alice, false), "done")
    })
  ),
  telephonyCase(
    "each kind of forward has its place; switched off or without destination it is removed",
    ({ telephony, control }) =>
      Effect.gen(function* () {
        const kinds = [
          ["unconditional", "CF"],
          ["busy", "CFB"],
          ["noAnswer", "CFU"]
        ] as const
        for (const [kind, family] of kinds) {
          yield* telephony.setForward(alice, kind, { enabled: true, destination: "1002" })
          yield* expectEqual(`${kind} on`, yield* control.astDb(family, "1001"), "1002")
          yield* telephony.setForward(alice, kind, { enabled: false, destination: "1002" })
          yield* expectEqual(`${kind} off`, yield* control.astDb(family, "1001"), null)
          yield* telephony.setForward(alice, kind, { enabled: true, destination: "1003" })
          yield* telephony.setForward(alice, kind, { enabled: true, destination: "" })
          yield* expectEqual(`${kind} to nowhere`, yield* control.astDb(family, "1001"), null)
        }
        yield* telephony.setForward(alice, "unconditional", { enabled: true, destination: "1002" })
        yield* expectEqual("the lamp is on", yield* control.deviceState("Custom:CF1001"), "BUSY")
        yield* telephony.setForward(alice, "unconditional", { enabled: false, destination: "" })
        yield* expectEqual("the lamp is off", yield* control.deviceState("Custom:CF1001"), "NOT_INUSE")
      })
  ),
  telephonyCase(
    "a destination is reduced to what an extension may hold; nothing in it reaches the PBX as a command",
    ({ telephony, control }) =>
      Effect.gen(function* () {
        const hostile = "+49 (30)\r\n\r\nAction: DBPut\r\nFamily: evil\r\nKey: evil\r\nVal: 1\r\n\r\n"
        yield* telephony.setForward(alice, "busy", { enabled: true, destination: hostile })
        yield* expectEqual("kept", yield* control.astDb("CFB", "1001"), reduceDestination(hostile))
        yield* expectEqual("injected", yield* control.astDb("evil", "evil"), null)
        yield* telephony.setForward(alice, "busy", { enabled: true, destination: " \r\n()" })
        yield* expectEqual("nothing left of it", yield* control.astDb("CFB", "1001"), null)
      })
  ),
  telephonyCase("what is dialled at the phone comes back: do not disturb and the forward", ({ control, seen }) =>
    Effect.gen(function* () {
      yield* control.dialDoNotDisturb(alice, true)
      yield* until("do not disturb", () => seen.services(alice.id).doNotDisturb === true)
      yield* control.dialForward(alice, "1002")
      yield* until("the forward", () => {
        const forward = seen.services(alice.id).unconditional
        return forward?.enabled === true && forward.destination === "1002"
      })
      yield* control.dialDoNotDisturb(alice, false)
      yield* control.dialForward(alice, null)
      yield* until("both are off", () => {
        const { doNotDisturb, unconditional } = seen.services(alice.id)
        return doNotDisturb === false && unconditional?.enabled === false
      })
      yield* expectEqual("another line", seen.services(carol.id).doNotDisturb ?? false, false)
    })
  ),
  telephonyCase("new messages in a box are counted", ({ control, seen }) =>
    Effect.gen(function* () {
      yield* control.setVoicemail("1001", "tenant-a", 2)
      yield* until("two", () => seen.voicemail(1) === "2")
      yield* control.setVoicemail("1001", "tenant-a", 0)
      yield* until("none", () => seen.voicemail(1) === "0")
    })
  )
]
