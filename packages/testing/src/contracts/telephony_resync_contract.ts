/** The Telephony contract on a PBX that dies and comes back. */
import * as Effect from "effect/Effect"
import { eventually, expectEqual, expectTrue, until } from "./contract.ts"
import { type TelephonyCase, telephonyCase, up } from "./telephony_case.ts"
import { telephonyAgents, telephonyLines } from "./telephony_world.ts"

const { alice, bob, carol } = telephonyLines
const { anna, ben } = telephonyAgents

const kill = ({ control, telephony, seen }: TelephonyCase): Effect.Effect<void, unknown> =>
  Effect.gen(function* () {
    yield* control.kill
    yield* until("the link is down", () => !telephony.isUp() && seen.of("LinkChanged").at(-1)?.state === "down")
    seen.forget()
  })

const restart = (world: TelephonyCase): Effect.Effect<void, unknown> =>
  Effect.andThen(world.control.start, up(world, world.seen))

export const resyncCases = [
  telephonyCase("a PBX that is said to have changed is asked for everything again", ({ telephony, seen }) =>
    Effect.gen(function* () {
      seen.forget()
      yield* telephony.refresh
      yield* until("the members", () => seen.of("QueueMembers").length > 0)
      yield* expectEqual("the link", seen.of("LinkChanged").length, 0)
    })
  ),
  telephonyCase("a PBX that is said to be back is tried at once, and what cannot wait fails until then", (world) =>
    Effect.gen(function* () {
      const { control, telephony, seen } = world
      yield* kill(world)
      yield* expectEqual("a member", (yield* Effect.flip(telephony.askMember("support", "Agent/4001"))).reason, "unavailable")
      const command = yield* Effect.flip(telephony.runCommand("core show version"))
      yield* expectEqual("a command", command.reason, "unavailable")
      yield* control.start
      yield* telephony.refresh
      yield* up(world, seen)
    })
  ),
  telephonyCase("a command that this account may not run is refused", ({ telephony }) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(telephony.runCommand("core show version"))
      yield* expectEqual("reason", error.reason, "refused")
    })
  ),
  telephonyCase("a PBX that dies is told; when it is back, all that is known is told again before that is", (world) =>
    Effect.gen(function* () {
      const { control, seen, telephony } = world
      yield* telephony.agentLogin(ben, carol)
      yield* until("a member", () => seen.members().size === 1)
      yield* control.setDeviceState(bob.device, "INUSE")
      yield* until("in use", () => seen.endpointState(bob.id) === 1)
      yield* control.ring(alice, carol)
      yield* until("the caller is in use", () => seen.endpointState(alice.id) === 1)
      yield* kill(world)
      yield* restart(world)
      const before = seen.events().slice(
        0,
        seen.events().findIndex((event) => event._tag === "LinkChanged")
      )
      yield* expectTrue(
        "the members",
        before.some((event) => event._tag === "QueueMembers")
      )
      yield* expectTrue(
        "a state that AstDB keeps",
        before.some((event) => event._tag === "EndpointState" && event.lineId === bob.id)
      )
      yield* expectEqual("it is as it was", seen.endpointState(bob.id), 1)
      yield* until("the call is gone", () => seen.endpointState(alice.id) === 0 && seen.endpointState(carol.id) === 0)
      yield* expectEqual("the agent is still logged in", [...seen.members().keys()].join(), "Agent/4002,support")
    })
  ),
  telephonyCase("what is wanted while the PBX is away waits, and the last wish counts", (world) =>
    Effect.gen(function* () {
      const { control, telephony } = world
      yield* telephony.setForward(alice, "busy", { enabled: true, destination: "1003" })
      yield* kill(world)
      yield* expectEqual("on", yield* telephony.setDoNotDisturb(alice, true), "deferred")
      yield* expectEqual("off", yield* telephony.setDoNotDisturb(bob, true), "deferred")
      yield* expectEqual("off again", yield* telephony.setDoNotDisturb(bob, false), "deferred")
      const forward = telephony.setForward(alice, "unconditional", { enabled: true, destination: "1002" })
      yield* expectEqual("forward", yield* forward, "deferred")
      yield* expectEqual(
        "no forward",
        yield* telephony.setForward(alice, "busy", { enabled: false, destination: "" }),
        "deferred"
      )
      const error = yield* Effect.flip(telephony.logPresence(anna, "away"))
      yield* expectEqual("what cannot wait", error.reason, "unavailable")
      yield* restart(world)
      yield* eventually("do not disturb", control.astDb("DND", "1001"), (value) => value === "YES")
      yield* eventually("its device", control.deviceState("Custom:DND1001"), (state) => state === "BUSY")
      yield* eventually("the forward", control.astDb("CF", "1001"), (value) => value === "1002")
      yield* eventually("the other forward", control.astDb("CFB", "1001"), (value) => value === null)
      yield* expectEqual("the withdrawn wish", yield* control.astDb("DND", "1002"), null)
    })
  ),
  telephonyCase("a login and a pause that waited are done when the PBX is back", (world) =>
    Effect.gen(function* () {
      const { control, telephony } = world
      yield* telephony.agentLogin(ben, carol)
      yield* until("told", () => world.seen.members().size === 1)
      yield* kill(world)
      yield* expectEqual("login", yield* telephony.agentLogin(anna, alice), "deferred")
      yield* expectEqual("pause", yield* telephony.pauseAgent(ben, null, true), "deferred")
      yield* restart(world)
      yield* eventually("logged in", control.queueMembers("callback"), (members) =>
        members.some(({ name }) => name === "Agent/4001")
      )
      yield* eventually("paused", control.queueMembers("support"), (members) =>
        members.some(({ name, paused }) => name === "Agent/4002" && paused)
      )
    })
  ),
  telephonyCase("what was changed at the phones before the PBX died is known when it is back", (world) =>
    Effect.gen(function* () {
      const { control, seen } = world
      yield* control.dialDoNotDisturb(carol, true)
      yield* until("told", () => seen.services(carol.id).doNotDisturb === true)
      yield* kill(world)
      yield* restart(world)
      yield* until("told again", () =>
        seen.of("LineServicesChanged").some((event) => event.lineId === carol.id && event.services.doNotDisturb === true)
      )
    })
  )
]
