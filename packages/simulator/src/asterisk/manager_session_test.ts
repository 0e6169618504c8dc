import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { TestClock } from "effect/testing"
import { converse, converseAs } from "./conversation.ts"
import { md5Hex } from "./md5.ts"
import { SimulatedAsterisk } from "./simulated_asterisk.ts"

const greeting = "Asterisk Call Manager/11.0.0\n"

describe("the manager port", () => {
  it.effect("greets, accepts a plain login and says that it is booted, all as Asterisk does", () =>
    Effect.gen(function* () {
      const asterisk = yield* SimulatedAsterisk.make()
      yield* TestClock.adjust("1 second")
      const ami = converse(asterisk)
      assert.strictEqual(ami.heard(), greeting)
      assert.strictEqual(
        ami.say("Action: Login\nUsername: cti\nSecret: cti-secret\nActionID: t-1"),
        `Response: Success
ActionID: t-1
Message: Authentication accepted

Event: FullyBooted
Privilege: system,all
Uptime: 1
LastReload: 1
Status: Fully Booted

`
      )
      assert.strictEqual(
        ami.say("Action: Logoff\nActionID: t-2"),
        "Response: Goodbye\nActionID: t-2\nMessage: Thanks for all the fish.\n\n"
      )
      assert.isTrue(ami.isClosed())
    })
  )

  it("computes the key of a challenge login as Asterisk does", () => {
    assert.strictEqual(md5Hex("793292043cti-secret"), "93f9369ea0b5d2638874de5500415ba4")
  })

  it.effect("accepts a challenge login, each challenge being another, and refuses a key without one", () =>
    Effect.gen(function* () {
      const asterisk = yield* SimulatedAsterisk.make()
      const ami = converse(asterisk)
      const answer = ami.say("Action: Challenge\nAuthType: MD5\nActionID: c")
      const challenge = /^Challenge: (\d+)$/m.exec(answer)?.[1] ?? ""
      assert.include(answer, "Response: Success\nActionID: c\nChallenge: ")
      const key = md5Hex(`${challenge}cti-secret`)
      assert.include(ami.say(`Action: Login\nAuthType: MD5\nUsername: cti\nKey: ${key}`), "Authentication accepted")

      const other = converse(asterisk)
      assert.notInclude(other.say("Action: Challenge\nAuthType: MD5"), challenge)
      const third = converse(asterisk)
      const refused = third.say(`Action: Login\nAuthType: MD5\nUsername: cti\nKey: ${md5Hex("cti-secret")}`)
      assert.include(refused, "Authentication failed")
    })
  )

  it.effect("refuses a wrong secret and an unknown user alike, and closes", () =>
    Effect.gen(function* () {
      const asterisk = yield* SimulatedAsterisk.make()
      for (const user of ["cti", "nobody"]) {
        const ami = converse(asterisk)
        assert.strictEqual(
          ami.say(`Action: Login\nUsername: ${user}\nSecret: wrong\nActionID: t-1`),
          `${greeting}Response: Error\nActionID: t-1\nMessage: Authentication failed\n\n`
        )
        assert.isTrue(ami.isClosed())
      }
      assert.strictEqual(asterisk.connections(), 0)
    })
  )

  it.effect("before a login permits nothing but to leave", () =>
    Effect.gen(function* () {
      const ami = converse(yield* SimulatedAsterisk.make())
      ami.heard()
      assert.strictEqual(
        ami.say("Action: Ping\nActionID: t-1"),
        "Response: Error\nActionID: t-1\nMessage: Permission denied\n\n"
      )
      assert.include(ami.say("Action: Logoff"), "Goodbye")
    })
  )

  it.effect("keeps a user to his classes: actions refused, events unseen, no FullyBooted without class system", () =>
    Effect.gen(function* () {
      const asterisk = yield* SimulatedAsterisk.make({ queues: [{ name: "support" }] })
      const ami = converse(asterisk)
      const welcome = ami.say("Action: Login\nUsername: viewer\nSecret: viewer-secret")
      assert.strictEqual(welcome, `${greeting}Response: Success\nMessage: Authentication accepted\n\n`)
      for (const action of ["QueueAdd", "DBPut", "Command", "Originate", "Setvar", "UserEvent"]) {
        assert.strictEqual(
          ami.say(`Action: ${action}\nActionID: x`),
          "Response: Error\nActionID: x\nMessage: Permission denied\n\n"
        )
      }
      assert.include(ami.say("Action: DBGet\nFamily: cti\nKey: note"), "Database entry not found")
      assert.include(ami.say("Action: QueueStatus"), "Queue status will follow")
      yield* asterisk.emit("system", "Reload", [])
      yield* asterisk.emit("call", "Newstate", [])
      assert.strictEqual(ami.heard(), "Event: Newstate\nPrivilege: call,all\n\n")
      const commands = ami.say("Action: ListCommands")
      assert.include(commands, "\nDBGet: Get DB Entry.  (Priv: system,reporting,all)\n")
      assert.include(commands, "\nPing: Keepalive command.  (Priv: <none>)\n")
      assert.notInclude(commands, "QueueAdd")
    })
  )

  it.effect("masks events as Login and Events ask", () =>
    Effect.gen(function* () {
      const asterisk = yield* SimulatedAsterisk.make()
      const ami = converse(asterisk)
      ami.say("Action: Login\nUsername: cti\nSecret: cti-secret\nEvents: off")
      const seen = Effect.gen(function* () {
        yield* asterisk.emit("user", "UserEvent", [["UserEvent", "Seen"]])
        return ami.heard() !== ""
      })
      assert.isFalse(yield* seen)
      assert.strictEqual(ami.say("Action: Events\nEventMask: on"), "Response: Success\nEvents: On\n\n")
      assert.isTrue(yield* seen)
      ami.say("Action: Events\nEventMask: call,agent")
      assert.isFalse(yield* seen)
      ami.say("Action: Events\nEventMask: user,system")
      assert.isTrue(yield* seen)
      assert.strictEqual(ami.say("Action: Events\nEventMask: off"), "Response: Success\nEvents: Off\n\n")
      assert.isFalse(yield* seen)
    })
  )

  it.effect("filters events in the old and the new form, for this session only", () =>
    Effect.gen(function* () {
      const asterisk = yield* SimulatedAsterisk.make()
      const ami = converseAs(asterisk, "cti", "cti-secret")
      const other = converseAs(asterisk, "cti", "cti-secret")
      assert.strictEqual(
        ami.say("Action: Filter\nOperation: Add\nFilter: !UserEvent: Hidden"),
        "Response: Success\nMessage: Success\n\n"
      )
      assert.include(
        ami.say("Action: Filter\nOperation: Add\nMatchCriteria: action(exclude),name(Newexten)\nFilter: "),
        "Response: Success"
      )
      assert.include(ami.say("Action: Filter\nOperation: Add\nFilter: !("), "Message: Filter did not compile.")
      assert.include(ami.say("Action: Filter\nOperation: Drop\nFilter: x"), "Unknown operation")
      yield* asterisk.emit("user", "UserEvent", [["UserEvent", "Hidden1"]])
      yield* asterisk.emit("dialplan", "Newexten", [["Extension", "1"]])
      yield* asterisk.emit("user", "UserEvent", [["UserEvent", "Seen"]])
      assert.strictEqual(ami.heard(), "Event: UserEvent\nPrivilege: user,all\nUserEvent: Seen\n\n")
      assert.include(other.heard(), "Hidden1")

      ami.say("Action: Filter\nOperation: Add\nMatchCriteria: action(include),header(Queue),method(exact)\nFilter: support")
      yield* asterisk.emit("agent", "QueueCallerJoin", [["Queue", "support"]])
      yield* asterisk.emit("agent", "QueueCallerJoin", [["Queue", "support2"]])
      assert.strictEqual(ami.heard(), "Event: QueueCallerJoin\nPrivilege: agent,all\nQueue: support\n\n")
    })
  )

  it.effect("answers an unknown action with Asterisk's words", () =>
    Effect.gen(function* () {
      const ami = converseAs(yield* SimulatedAsterisk.make(), "cti", "cti-secret")
      assert.strictEqual(
        ami.say("Action: NoSuchAction\nActionID: t-7"),
        "Response: Error\nActionID: t-7\nMessage: Invalid/unknown command: NoSuchAction. Use Action: ListCommands to show available commands.\n\n"
      )
      assert.include(ami.say("Foo: bar"), "Missing action in request")
    })
  )

  it.effect("repeats a user event to everybody, its headers in order", () =>
    Effect.gen(function* () {
      const asterisk = yield* SimulatedAsterisk.make()
      const ami = converseAs(asterisk, "cti", "cti-secret")
      const viewer = converseAs(asterisk, "viewer", "viewer-secret")
      const event =
        "Event: UserEvent\nPrivilege: user,all\nUserEvent: CtiNote\nText: Grüße 日本\nOther: a: b\nActionID: t-2\n\n"
      assert.strictEqual(
        ami.say("Action: UserEvent\nUserEvent: CtiNote\nText: Grüße 日本\nOther: a: b\nActionID: t-2"),
        `Response: Success\nActionID: t-2\nMessage: Event Sent\n\n${event}`
      )
      viewer.say("Action: Ping")
      yield* asterisk.emit("user", "UserEvent", [["UserEvent", "Next"]])
      assert.include(viewer.heard(), "Next")
    })
  )

  it.effect("remembers the latest actions in order, and gives canned answers or none", () =>
    Effect.gen(function* () {
      const asterisk = yield* SimulatedAsterisk.make({ recorded: 3 })
      const ami = converseAs(asterisk, "cti", "cti-secret")
      yield* asterisk.answer("QueueStatus", [
        ["Response", "Error"],
        ["Message", "Not today"]
      ])
      assert.strictEqual(ami.say("Action: QueueStatus\nActionID: 1"), "Response: Error\nActionID: 1\nMessage: Not today\n\n")
      yield* asterisk.answer("ping", "silence")
      assert.strictEqual(ami.say("Action: Ping"), "")
      yield* asterisk.answer("Ping", null)
      assert.include(ami.say("Action: Ping\nActionID: 9"), "Pong")
      assert.deepStrictEqual(asterisk.actions(), [
        {
          name: "QueueStatus",
          headers: [
            ["Action", "QueueStatus"],
            ["ActionID", "1"]
          ]
        },
        { name: "Ping", headers: [["Action", "Ping"]] },
        {
          name: "Ping",
          headers: [
            ["Action", "Ping"],
            ["ActionID", "9"]
          ]
        }
      ])
      yield* asterisk.forgetActions
      assert.lengthOf(asterisk.actions(), 0)
    })
  )
})
