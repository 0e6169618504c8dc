import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { TestClock } from "effect/testing"
import { converseAs } from "./conversation.ts"
import { SimulatedAsterisk } from "./simulated_asterisk.ts"

/** Asterisk with two queues at 100 s of its clock, somebody who asks and somebody who watches the agent class only. */
const setUp = Effect.gen(function* () {
  yield* TestClock.setTime(100_000)
  const asterisk = yield* SimulatedAsterisk.make({
    queues: [
      { name: "support", max: 20, serviceLevel: 20 },
      { name: "sales", strategy: "rrmemory", serviceLevel: 30 }
    ]
  })
  const ami = converseAs(asterisk, "cti", "cti-secret")
  ami.say("Action: Events\nEventMask: agent")
  return { asterisk, ami }
})

const add = (queue: string, extra = ""): string =>
  `Action: QueueAdd\nQueue: ${queue}\nInterface: Local/1001@phones/n\nMemberName: Agent Ü\nStateInterface: Custom:1001${extra}`

const added = (queue: string, penalty = 0): string => `Event: QueueMemberAdded
Privilege: agent,all
Queue: ${queue}
MemberName: Agent Ü
Interface: Local/1001@phones/n
StateInterface: Custom:1001
Membership: dynamic
Penalty: ${penalty}
CallsTaken: 0
LastCall: 0
LastPause: 0
LoginTime: 100
InCall: 0
Status: 0
Paused: 0
PausedReason: 
Ringinuse: 0
Wrapuptime: 0

`

describe("queue members", () => {
  it.effect("are added once, to queues that exist", () =>
    Effect.gen(function* () {
      const { ami } = yield* setUp
      assert.strictEqual(
        ami.say(add("support", "\nPenalty: 1\nPaused: false\nActionID: t-3")),
        `Response: Success\nActionID: t-3\nMessage: Added interface to queue\n\n${added("support", 1)}`
      )
      assert.strictEqual(ami.say(add("support")), "Response: Error\nMessage: Unable to add interface: Already there\n\n")
      assert.strictEqual(
        ami.say(add("nowhere")),
        "Response: Error\nMessage: Unable to add interface to queue: No such queue\n\n"
      )
      assert.include(ami.say("Action: QueueAdd\nQueue: support"), "'Interface' not specified.")
      assert.include(ami.say("Action: QueueAdd"), "'Queue' not specified.")
    })
  )

  it.effect("are removed once, and only those who were added", () =>
    Effect.gen(function* () {
      const { asterisk, ami } = yield* setUp
      yield* asterisk.defineQueue({ name: "desk", members: [{ interface: "PJSIP/desk", name: "Desk" }] })
      ami.say(add("support"))
      const remove = "Action: QueueRemove\nQueue: support\nInterface: Local/1001@phones/n"
      assert.strictEqual(
        ami.say(remove),
        `Response: Success\nMessage: Removed interface from queue\n\n${added("support").replace("Added", "Removed")}`
      )
      assert.strictEqual(ami.say(remove), "Response: Error\nMessage: Unable to remove interface: Not there\n\n")
      assert.include(ami.say("Action: QueueRemove\nQueue: desk\nInterface: PJSIP/desk"), "Member not dynamic")
    })
  )

  it.effect("are paused in one queue or in all; the same again tells it again", () =>
    Effect.gen(function* () {
      const { asterisk, ami } = yield* setUp
      ami.say(add("support"))
      ami.say(add("sales"))
      const paused = (text: string): ReadonlyArray<string> =>
        [...text.matchAll(/Event: QueueMemberPause\n.*\nQueue: (.*)\n(?:.+\n)*?Paused: (.)\nPausedReason: (.*)\n/g)].map(
          ([, queue, flag, reason]) => `${queue} ${flag} ${reason}`
        )
      const pause = "Action: QueuePause\nInterface: Local/1001@phones/n\nPaused: true\nReason: lunch"
      const one = ami.say(`${pause}\nQueue: support`)
      assert.isTrue(one.startsWith("Response: Success\nMessage: Interface paused successfully\n\n"))
      assert.deepStrictEqual(paused(one), ["support 1 lunch"])
      assert.deepStrictEqual(paused(ami.say(pause)), ["support 1 lunch", "sales 1 lunch"])
      assert.deepStrictEqual(paused(ami.say(pause)), ["support 1 lunch", "sales 1 lunch"])
      assert.isTrue(asterisk.queueMembers("sales").every((member) => member.paused && member.lastPause === 100))
      const again = ami.say("Action: QueuePause\nInterface: Local/1001@phones/n\nPaused: false\nReason: over")
      assert.include(again, "Interface unpaused successfully")
      assert.deepStrictEqual(paused(again), ["support 0 ", "sales 0 "])
      assert.strictEqual(
        ami.say("Action: QueuePause\nInterface: Local/nobody@phones\nPaused: true"),
        "Response: Error\nMessage: Interface not found\n\n"
      )
    })
  )

  it.effect("follow the device they are tied to, once per queue and change", () =>
    Effect.gen(function* () {
      const { ami } = yield* setUp
      ami.say(add("support"))
      ami.say(add("sales"))
      const set = (state: string): ReadonlyArray<string> =>
        [...ami.say(`Action: Setvar\nVariable: DEVICE_STATE(Custom:1001)\nValue: ${state}`).matchAll(/\nStatus: (\d)\n/g)].map(
          ([, status]) => status ?? ""
        )
      assert.deepStrictEqual(set("INUSE"), ["2", "2"])
      assert.deepStrictEqual(set("INUSE"), [])
      assert.deepStrictEqual(set("RINGINUSE"), ["7", "7"])
      assert.deepStrictEqual(set("NOT_INUSE"), ["1", "1"])
    })
  )

  it.effect("are listed with their queues, whole or one by one", () =>
    Effect.gen(function* () {
      const { ami } = yield* setUp
      ami.say(add("support", "\nPenalty: 5"))
      assert.strictEqual(
        ami.say("Action: QueueStatus\nQueue: support\nMember: Local/1001@phones/n\nActionID: t-17"),
        `Response: Success
ActionID: t-17
EventList: start
Message: Queue status will follow

Event: QueueParams
Queue: support
Max: 20
Strategy: ringall
Calls: 0
Holdtime: 0
TalkTime: 0
Completed: 0
Abandoned: 0
ServiceLevel: 20
ServicelevelPerf: 0.0
ServicelevelPerf2: 0.0
Weight: 0
ActionID: t-17

Event: QueueMember
Queue: support
Name: Agent Ü
Location: Local/1001@phones/n
StateInterface: Custom:1001
Membership: dynamic
Penalty: 5
CallsTaken: 0
LastCall: 0
LastPause: 0
LoginTime: 100
InCall: 0
Status: 0
Paused: 0
PausedReason: 
Wrapuptime: 0
ActionID: t-17

Event: QueueStatusComplete
ActionID: t-17
EventList: Complete
ListItems: 2

`
      )
      const all = ami.say("Action: QueueStatus")
      assert.include(all, "ListItems: 3\n")
      assert.include(ami.say("Action: QueueSummary\nActionID: s"), "LoggedIn: 1\nAvailable: 1\nCallers: 0\n")
      const shown = ami.say("Action: Command\nCommand: queue show support")
      assert.include(shown, "Output: support has 0 calls (max 20) in 'ringall' strategy")
      assert.include(shown, "Agent Ü (Local/1001@phones/n from Custom:1001) with penalty 5")
    })
  )

  it.effect("change their penalty and speak in the queue log", () =>
    Effect.gen(function* () {
      const { asterisk, ami } = yield* setUp
      ami.say(add("support"))
      const answer = ami.say("Action: QueuePenalty\nInterface: Local/1001@phones/n\nQueue: support\nPenalty: 5")
      assert.include(answer, "Interface penalty set successfully")
      assert.include(answer, "Event: QueueMemberPenalty")
      assert.strictEqual(asterisk.queueMembers("support")[0]?.penalty, 5)
      const log = "Action: QueueLog\nQueue: NONE\nEvent: PRESENCE\nInterface: Agent/1\nMessage: away"
      assert.strictEqual(ami.say(log), "Response: Success\nMessage: Event added successfully\n\n")
      assert.deepStrictEqual(asterisk.queueLog(), [{ queue: "NONE", event: "PRESENCE", interface: "Agent/1", message: "away" }])
    })
  )

  it.effect("make the pseudo devices that a client must filter out", () =>
    Effect.gen(function* () {
      const { ami } = yield* setUp
      ami.say("Action: Events\nEventMask: call")
      assert.include(ami.say(add("support")), "Device: Queue:support_pause_Local/1001@phones/n\nState: NOT_INUSE\n\n")
      const pause = ami.say("Action: QueuePause\nInterface: Local/1001@phones/n\nPaused: true")
      assert.include(pause, "Device: Queue:support_avail\nState: INUSE\n\n")
      assert.include(ami.say("Action: DeviceStateList"), "Device: Queue:support_pause_Local/1001@phones/n\nState: INUSE")
    })
  )
})
