/** The Asterisk of the Telephony contract in memory, and hands that work it. */

import type { DeviceState } from "@ctid/simulator/asterisk/device_state"
import { SimulatedAsterisk, type SimulatedCall } from "@ctid/simulator/asterisk/simulated_asterisk"
import * as Effect from "effect/Effect"
import { ContractBroken, expectTrue } from "./contract.ts"
import { type PbxCall, type PbxControl, telephonyLines } from "./telephony_world.ts"

const { alice, bob, carol, dave } = telephonyLines

/** The account for the Telephony under test: the rights that the documentation asks for. */
export const simulatedManager = {
  username: "ctid",
  secret: "simulated-secret",
  read: "system,call,agent,user",
  write: "system,call,agent,reporting,originate"
} as const

/** An Asterisk as the contract wants it: phones idle, queues empty. */
export const simulatedPbx: Effect.Effect<SimulatedAsterisk> = SimulatedAsterisk.make({
  users: [simulatedManager],
  phones: [alice, bob, carol, dave].map(({ device, number, context }) => ({
    device,
    number,
    context,
    name: `Phone ${number}`
  })),
  hints: [
    { exten: alice.number, context: alice.context, hint: alice.device },
    { exten: bob.number, context: bob.context, hint: bob.device },
    { exten: dave.number, context: dave.context, hint: `${dave.device}&Custom:DND${dave.number}` }
  ],
  queues: [{ name: "support" }, { name: "callback" }, { name: "sales" }],
  mailboxes: [{ mailbox: "1001", context: "tenant-a" }],
  persistentMembers: true
})

const asPbxCall = (call: SimulatedCall): PbxCall => ({ answer: call.answer, hangup: call.hangup() })

const accepted = (what: string, answer: Effect.Effect<boolean>): Effect.Effect<void, ContractBroken> =>
  Effect.flatMap(answer, (holds) => expectTrue(what, holds))

/** Hands on a simulated Asterisk. */
export const simulatedControl = (asterisk: SimulatedAsterisk): PbxControl => ({
  deviceState: (device) => Effect.sync(() => asterisk.deviceState(device)),
  astDb: (family, key) => Effect.sync(() => asterisk.astDb(family, key) ?? null),
  queueMembers: (queue) => Effect.sync(() => asterisk.queueMembers(queue)),
  queueLog: Effect.sync(asterisk.queueLog),
  channels: Effect.sync(asterisk.channels),
  // the contract names only states that Asterisk has
  setDeviceState: (device, state) => asterisk.setDeviceState(device, state as DeviceState),
  dialDoNotDisturb: (line, on) => accepted("a feature code", asterisk.dialFeatureCode(line.device, on ? "*78" : "*79")),
  dialForward: (line, destination) =>
    accepted("a feature code", asterisk.dialFeatureCode(line.device, destination === null ? "*73" : `*72${destination}`)),
  setPresence: (line, value) =>
    accepted("a presence", asterisk.setPresence(`CustomPresence:${line.number}@${line.context}`, value)),
  addMember: (queue, name, memberInterface) =>
    accepted("a new member", asterisk.addMember(queue, { interface: memberInterface, name })),
  removeMember: (queue, memberInterface) => accepted("a member", asterisk.removeMember(queue, memberInterface)),
  pauseMember: (queue, memberInterface, paused) => accepted("a member", asterisk.pauseMember(queue, memberInterface, paused)),
  ring: (from, to) => Effect.map(asterisk.ring(from.device, to.device), asPbxCall),
  callQueue: (queue) =>
    Effect.gen(function* () {
      const call = yield* asterisk.queueCall(queue, "PJSIP/outside")
      const [first] = call?.ringing() ?? []
      if (call === null || first === undefined) {
        return yield* new ContractBroken({ message: `nobody rings for queue ${queue}` })
      }
      yield* accepted("he picks up", call.connect(first))
      return { hangup: call.complete("caller") }
    }),
  setVoicemail: (mailbox, context, newMessages) => asterisk.setVoicemail(mailbox, context, newMessages),
  kill: asterisk.kill,
  start: asterisk.start()
})
