/** The Telephony contract on agents and queues. */
import type { Agent } from "@ctid/core/directory/directory"
import type { TelephonyError } from "@ctid/core/telephony/telephony"
import * as Effect from "effect/Effect"
import { eventually, expectEqual, expectTrue, until } from "./contract.ts"
import { telephonyCase } from "./telephony_case.ts"
import { type PbxControl, telephonyAgents, telephonyLines } from "./telephony_world.ts"

const { alice, carol } = telephonyLines
const { anna, ben } = telephonyAgents

const nameOf = (agent: Agent): string => `Agent/${agent.number}`

const namesIn = (control: PbxControl, queue: string): Effect.Effect<string, unknown> =>
  Effect.map(control.queueMembers(queue), (members) =>
    members
      .map((member) => member.name)
      .sort()
      .join()
  )

export const agentCases = [
  telephonyCase("one member who is asked for is told as he is", ({ telephony, seen }) =>
    Effect.gen(function* () {
      yield* telephony.agentLogin(anna, alice)
      yield* until("told", () => seen.members().size === 2)
      seen.forget()
      yield* telephony.askMember("support", nameOf(anna))
      yield* until("told again", () =>
        seen.of("QueueMemberChanged").some(({ member }) => member.queue === "support" && member.name === nameOf(anna))
      )
      yield* telephony.askMember("support", nameOf(ben))
    })
  ),
  telephonyCase(
    "an agent who logs in is a member of his queues, by name and with his penalties",
    ({ telephony, control, seen }) =>
      Effect.gen(function* () {
        yield* expectEqual("login", yield* telephony.agentLogin(anna, alice), "done")
        const [member] = yield* control.queueMembers("support")
        yield* expectEqual("name", member?.name, nameOf(anna))
        yield* expectEqual("interface", member?.interface, alice.device)
        yield* expectEqual("state interface", member?.stateInterface, alice.device)
        yield* expectEqual("penalty", member?.penalty, 1)
        yield* expectEqual("paused", member?.paused, false)
        yield* expectEqual("the other queue", yield* namesIn(control, "callback"), nameOf(anna))
        yield* expectEqual("a queue of others", yield* namesIn(control, "sales"), "")
        for (const queue of ["support", "callback"]) {
          yield* until(`${queue} is told`, () => seen.members().get(`${nameOf(anna)},${queue}`)?.interface === alice.device)
        }
        yield* telephony.agentLogin(anna, alice)
        yield* expectEqual("a second login changes nothing", (yield* control.queueMembers("support")).length, 1)
      })
  ),
  telephonyCase("an agent who logs off leaves every queue he is in", ({ telephony, control, seen }) =>
    Effect.gen(function* () {
      yield* telephony.agentLogin(anna, alice)
      yield* telephony.agentLogin(ben, carol)
      yield* expectEqual("added elsewhere", yield* telephony.queueAdd(anna, "sales", 3), "done")
      yield* until("told", () => seen.members().size === 4)
      yield* expectEqual("logoff", yield* telephony.agentLogoff(anna), "done")
      yield* expectEqual("support", yield* namesIn(control, "support"), nameOf(ben))
      yield* expectEqual("callback", yield* namesIn(control, "callback"), "")
      yield* expectEqual("sales", yield* namesIn(control, "sales"), "")
      yield* until("told", () => [...seen.members().keys()].join() === `${nameOf(ben)},support`)
      yield* expectEqual("again", yield* telephony.agentLogoff(anna), "done")
    })
  ),
  telephonyCase("an agent is paused in one queue or in all", ({ telephony, control, seen }) =>
    Effect.gen(function* () {
      yield* telephony.agentLogin(anna, alice)
      yield* until("told", () => seen.members().size === 2)
      const paused = Effect.gen(function* () {
        const found: Array<string> = []
        for (const queue of ["support", "callback"]) {
          for (const member of yield* control.queueMembers(queue)) if (member.paused) found.push(queue)
        }
        return found.join()
      })
      const told = (): string =>
        [...seen.members().values()]
          .filter((member) => member.paused)
          .map((member) => member.queue)
          .sort()
          .join()
      yield* expectEqual("in one", yield* telephony.pauseAgent(anna, "support", true), "done")
      yield* expectEqual("found in one", yield* paused, "support")
      yield* until("told in one", () => told() === "support")
      yield* expectEqual("in all", yield* telephony.pauseAgent(anna, null, true), "done")
      yield* expectEqual("found in all", yield* paused, "support,callback")
      yield* until("told in all", () => told() === "callback,support")
      yield* telephony.pauseAgent(anna, "callback", false)
      yield* expectEqual("one taken back", yield* paused, "support")
      yield* telephony.pauseAgent(anna, null, false)
      yield* expectEqual("all taken back", yield* paused, "")
      yield* until("told at the end", () => told() === "")
    })
  ),
  telephonyCase("an agent who is not logged in can be paused without anything happening", ({ telephony, control, seen }) =>
    Effect.gen(function* () {
      seen.forget()
      yield* expectEqual("pause", yield* telephony.pauseAgent(anna, null, true), "done")
      yield* expectEqual("in one", yield* telephony.pauseAgent(anna, "support", true), "done")
      yield* expectEqual("members", yield* namesIn(control, "support"), "")
      const about = seen.events().filter(({ _tag }) => _tag.startsWith("QueueMember"))
      yield* expectEqual("told", about.length, 0)
    })
  ),
  telephonyCase("a logged agent is put into another queue and taken out", ({ telephony, control }) =>
    Effect.gen(function* () {
      yield* telephony.agentLogin(ben, carol)
      yield* telephony.queueAdd(ben, "sales", 7)
      const [member] = yield* control.queueMembers("sales")
      yield* expectEqual("penalty", member?.penalty, 7)
      yield* telephony.queueRemove(ben, "sales")
      yield* expectEqual("sales", yield* namesIn(control, "sales"), "")
      yield* expectEqual("support", yield* namesIn(control, "support"), nameOf(ben))
    })
  ),
  telephonyCase("a queue that is not there is refused", ({ telephony }) =>
    Effect.gen(function* () {
      yield* telephony.agentLogin(ben, carol)
      const error = yield* Effect.flip(telephony.queueAdd(ben, "nowhere", 0))
      yield* expectEqual("reason", (error as TelephonyError).reason, "refused")
    })
  ),
  telephonyCase("what others do with queue members is told", ({ control, seen }) =>
    Effect.gen(function* () {
      yield* control.addMember("support", nameOf(anna), alice.device)
      yield* until("added", () => seen.members().get(`${nameOf(anna)},support`)?.paused === false)
      yield* control.pauseMember("support", alice.device, true)
      yield* until("paused", () => seen.members().get(`${nameOf(anna)},support`)?.paused === true)
      yield* control.removeMember("support", alice.device)
      yield* until("removed", () => !seen.members().has(`${nameOf(anna)},support`))
    })
  ),
  telephonyCase("a member's status follows his phone", ({ telephony, control, seen }) =>
    Effect.gen(function* () {
      yield* telephony.agentLogin(ben, carol)
      const status = () => seen.members().get(`${nameOf(ben)},support`)?.status
      yield* until("free", () => status() === 1)
      const call = yield* control.ring(alice, carol)
      yield* until("ringing", () => status() === 6)
      yield* call.answer
      yield* until("in use", () => status() === 2)
      yield* call.hangup
      yield* until("free again", () => status() === 1)
    })
  ),
  telephonyCase("a queue call that an agent takes is told, and its end too", ({ telephony, control, seen }) =>
    Effect.gen(function* () {
      yield* telephony.agentLogin(ben, carol)
      const call = yield* control.callQueue("support")
      yield* until("taken", () =>
        seen.of("AgentConnected").some((event) => event.queue === "support" && event.member === nameOf(ben))
      )
      yield* expectEqual("not yet over", seen.of("AgentCompleted").length, 0)
      yield* call.hangup
      yield* until("over", () =>
        seen.of("AgentCompleted").some((event) => event.queue === "support" && event.member === nameOf(ben))
      )
    })
  ),
  telephonyCase("a presence change is written into the queue log", ({ telephony, control }) =>
    Effect.gen(function* () {
      yield* telephony.logPresence(anna, "away")
      yield* eventually("the entry", control.queueLog, (entries) =>
        entries.some(
          (entry) =>
            entry.queue === "NONE" && entry.interface === nameOf(anna) && entry.event === "PRESENCE" && entry.message === "away"
        )
      )
    })
  ),
  telephonyCase("a phone listens to the phone where an agent is logged in", ({ telephony, control }) =>
    Effect.gen(function* () {
      yield* telephony.agentLogin(anna, alice)
      yield* telephony.listen(carol, anna)
      yield* eventually("the listener's phone is called", control.channels, (channels) =>
        channels.some((channel) => channel.startsWith(`${carol.device}-`))
      )
    })
  ),
  telephonyCase("a text that would be another command is refused and nothing is sent", ({ telephony, control }) =>
    Effect.gen(function* () {
      yield* telephony.agentLogin(anna, alice)
      const evil = "x\r\n\r\nAction: DBPut\r\nFamily: evil\r\nKey: evil\r\nVal: 1\r\n\r\n"
      for (const [what, attempt] of [
        ["queueAdd", telephony.queueAdd(anna, evil, 0)],
        ["pauseAgent", telephony.pauseAgent(anna, evil, true)],
        ["queueRemove", telephony.queueRemove(anna, evil)],
        ["logPresence", telephony.logPresence(anna, evil)]
      ] as const) {
        const result = yield* Effect.result(attempt)
        if (result._tag === "Failure") yield* expectEqual(`${what} is refused`, result.failure.reason, "invalid")
        // without a member in such a queue there is nothing to send
        else yield* expectTrue(`${what} is refused`, what === "pauseAgent" || what === "queueRemove")
      }
      yield* expectEqual("injected", yield* control.astDb("evil", "evil"), null)
      yield* expectEqual("still a member", yield* namesIn(control, "support"), nameOf(anna))
    })
  )
]
