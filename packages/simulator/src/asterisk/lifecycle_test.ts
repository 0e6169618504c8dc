import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { TestClock } from "effect/testing"
import { converse, converseAs } from "./conversation.ts"
import { SimulatedAsterisk } from "./simulated_asterisk.ts"

const make = (persistentMembers: boolean) =>
  SimulatedAsterisk.make({
    persistentMembers,
    phones: [{ device: "PJSIP/1003", number: "1003" }],
    hints: [{ exten: "1003", context: "default", hint: "PJSIP/1003&Custom:DND1003" }],
    queues: [{ name: "support", members: [{ interface: "PJSIP/desk" }] }]
  })

describe("life and death of Asterisk", () => {
  it.effect("killed, it drops everybody without a word and takes nobody", () =>
    Effect.gen(function* () {
      const asterisk = yield* make(false)
      const ami = converseAs(asterisk, "cti", "cti-secret")
      yield* asterisk.kill
      assert.isTrue(ami.isClosed())
      assert.strictEqual(ami.heard(), "")
      assert.isFalse(asterisk.isRunning())
      const refused = converse(asterisk)
      assert.isTrue(refused.isClosed())
      assert.strictEqual(refused.heard(), "")
    })
  )

  it.effect("told to stop, it says so first", () =>
    Effect.gen(function* () {
      const asterisk = yield* make(false)
      const ami = converseAs(asterisk, "cti", "cti-secret")
      yield* asterisk.stop
      assert.strictEqual(ami.heard(), "Event: Shutdown\nPrivilege: system,all\nShutdown: Cleanly\nRestart: False\n\n")
      assert.isTrue(ami.isClosed())
    })
  )

  it.effect("started again it has AstDB and its custom states, but neither calls nor dynamic members", () =>
    Effect.gen(function* () {
      const asterisk = yield* make(false)
      yield* asterisk.dialFeatureCode("PJSIP/1003", "*78")
      yield* asterisk.addMember("support", { interface: "PJSIP/1003" })
      yield* asterisk.call("PJSIP/1003", "PJSIP/trunk")
      yield* asterisk.kill
      yield* TestClock.adjust("5 seconds")
      yield* asterisk.start()
      const ami = converseAs(asterisk, "cti", "cti-secret")
      assert.strictEqual(asterisk.astDb("DND", "1003"), "YES")
      assert.strictEqual(asterisk.deviceState("Custom:DND1003"), "BUSY")
      assert.strictEqual(asterisk.deviceState("PJSIP/1003"), "NOT_INUSE")
      assert.strictEqual(asterisk.extensionStatus("1003", "default"), 2)
      assert.deepStrictEqual(
        asterisk.queueMembers("support").map((member) => member.interface),
        ["PJSIP/desk"]
      )
      assert.lengthOf(asterisk.channels(), 0)
      assert.include(ami.say("Action: CoreStatus"), "CoreStartupTime: 00:00:05\n")
      yield* asterisk.kill
      yield* asterisk.start({ keepDatabase: false })
      assert.isUndefined(asterisk.astDb("DND", "1003"))
      assert.strictEqual(asterisk.deviceState("Custom:DND1003"), "UNKNOWN")
    })
  )

  it.effect("keeps dynamic members, and that they are paused, when it is told to", () =>
    Effect.gen(function* () {
      const asterisk = yield* make(true)
      yield* asterisk.addMember("support", { interface: "PJSIP/1003", name: "Agent/1" })
      yield* asterisk.pauseMember("support", "PJSIP/1003", true)
      yield* asterisk.kill
      yield* asterisk.start()
      const kept = asterisk.queueMembers("support").find((member) => member.name === "Agent/1")
      assert.isTrue(kept?.paused)
      yield* asterisk.kill
      yield* asterisk.start({ keepDatabase: false })
      assert.lengthOf(asterisk.queueMembers("support"), 1)
    })
  )

  it.effect("while it boots one can log in, but what modules bring is unknown until FullyBooted", () =>
    Effect.gen(function* () {
      const asterisk = yield* make(false)
      yield* asterisk.kill
      yield* asterisk.start({ booting: true })
      const ami = converse(asterisk)
      assert.notInclude(ami.say("Action: Login\nUsername: cti\nSecret: cti-secret"), "FullyBooted")
      assert.include(ami.say("Action: QueueStatus"), "Message: Invalid/unknown command: QueueStatus.")
      assert.include(ami.say("Action: CoreStatus"), "Response: Success")
      assert.include(ami.say("Action: ModuleCheck\nModule: app_queue"), "Module not loaded")
      yield* asterisk.finishBooting
      assert.strictEqual(
        ami.heard(),
        "Event: FullyBooted\nPrivilege: system,all\nStatus: Fully Booted\nUptime: 0\nLastReload: 0\n\n"
      )
      assert.include(ami.say("Action: QueueStatus"), "Queue status will follow")
      assert.strictEqual(ami.say("Action: ModuleCheck\nModule: app_queue.so"), "Response: Success\nVersion: \n\n")
    })
  )

  it.effect("lacks the actions of modules it was made without", () =>
    Effect.gen(function* () {
      const asterisk = yield* SimulatedAsterisk.make({ withoutModules: ["app_queue"] })
      const ami = converseAs(asterisk, "cti", "cti-secret")
      assert.include(ami.say("Action: QueueStatus"), "Invalid/unknown command")
      assert.notInclude(ami.say("Action: ListCommands"), "QueueStatus")
    })
  )

  it.effect("serves a handler that writes while it is called, and survives one that closes", () =>
    Effect.gen(function* () {
      const asterisk = yield* make(false)
      const encoder = new TextEncoder()
      const decoder = new TextDecoder()
      let text = ""
      let closes = 0
      const pipe = asterisk.connect({
        onBytes: (bytes) => {
          const chunk = decoder.decode(bytes)
          text += chunk
          if (chunk.includes("accepted")) pipe.write(encoder.encode("Action: Ping\r\nActionID: p\r\n\r\n"))
          if (chunk.includes("Pong")) pipe.close()
        },
        onClose: () => {
          closes++
        }
      })
      pipe.write(encoder.encode("Action: Login\r\nUsername: cti\r\nSecret: cti-secret\r\n\r\n"))
      assert.include(text, "ActionID: p\r\nPing: Pong")
      assert.strictEqual(closes, 1)
      pipe.close()
      pipe.write(encoder.encode("Action: Ping\r\n\r\n"))
      assert.strictEqual(closes, 1)
      assert.strictEqual(asterisk.connections(), 0)
    })
  )

  it.effect("a changed secret counts from the next login on", () =>
    Effect.gen(function* () {
      const asterisk = yield* make(false)
      yield* asterisk.setUsers([{ username: "cti", secret: "other", read: "all", write: "all" }])
      assert.isTrue(converseAs(asterisk, "cti", "cti-secret").isClosed())
      assert.isFalse(converseAs(asterisk, "cti", "other").isClosed())
    })
  )
})
