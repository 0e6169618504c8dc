import { snapshotOf } from "@ctid/core/directory/directory"
import { assert, describe, it } from "@effect/vitest"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { checkAsterisk } from "./ami_check.ts"
import { snapshot } from "./testdata/directory.ts"
import { error, event, type Headers, listOf, ScriptedAsterisk, success, unknown } from "./testdata/scripted_asterisk.ts"

const directory = snapshotOf({
  ...snapshot.data,
  queues: [{ id: 1, name: "support", displayName: "Support", number: "3001", context: "ctx-a", staticMembers: [] }]
})

const denied = (): ReadonlyArray<Headers> => [error("Permission denied")]
const output = (...lines: ReadonlyArray<string>): ReadonlyArray<Headers> => [
  success(...lines.map((line) => ["Output", line] as const))
]

const hint = (exten: string, context: string, hinted: string) =>
  event("ExtensionStatus", ["Exten", exten], ["Context", context], ["Hint", hinted], ["Status", "0"])

/** An Asterisk that has everything, for a user who may do everything. */
const complete = () => {
  const asterisk = new ScriptedAsterisk()
  const answer = asterisk.answers
  answer.set("CoreSettings", () => [success(["AsteriskVersion", "22.10.1"])])
  for (const action of ["QueuePause", "Setvar", "Originate", "DBPut", "DBGet"])
    answer.set(action, () => [error("Nothing given")])
  answer.set("Command", () =>
    output("          username: cti", "         read perm: system,call,agent,user", "        write perm: all")
  )
  answer.set("ModuleCheck", () => [success(["Version", ""])])
  answer.set("ExtensionStateList", () =>
    listOf(hint("1001", "ctx-a", "PJSIP/k3x9q1"), hint("1002", "ctx-a", "SIP/p7m2z8"), hint("2001", "ctx-b", "Custom:2001"))
  )
  answer.set("DeviceStateList", () => listOf())
  answer.set("QueueStatus", () => listOf(event("QueueParams", ["Queue", "support"])))
  answer.set("VoicemailUsersList", () => listOf(event("VoicemailUserEntry", ["VMContext", "ctx-a"], ["VoiceMailbox", "1001"])))
  return asterisk
}

/** The same where phones are told that somebody is away. */
const withPresences = snapshotOf({
  ...directory.data,
  presenceGroups: [
    {
      name: "office",
      presences: new Map([
        ["away", { name: "away", longName: "Away", color: "#000000", allowed: null, actions: [], phoneState: "away" }]
      ])
    }
  ]
})

const check = (asterisk: ScriptedAsterisk, declared = directory) =>
  checkAsterisk({ username: "cti", secret: Redacted.make("hush") }, declared).pipe(
    Effect.provide(Layer.merge(asterisk.layer, Digest.layerWebCrypto))
  )

const found = (asterisk: ScriptedAsterisk, declared = directory) =>
  Effect.map(check(asterisk, declared), ({ findings }) => findings.map(({ level, kind, name }) => `${level} ${kind} ${name}`))

describe("checkAsterisk", () => {
  it.effect("finds nothing where nothing is missing, changes nothing, and logs off", () =>
    Effect.gen(function* () {
      const asterisk = complete()
      assert.deepStrictEqual(yield* check(asterisk), { asteriskVersion: "22.10.1", findings: [] })
      for (const action of ["QueuePause", "Setvar", "Originate", "DBPut"]) {
        assert.deepStrictEqual(asterisk.sent(action), [[["Action", action]]])
      }
      assert.strictEqual(asterisk.names.at(-1), "Logoff")
      assert.isFalse(asterisk.isOpen)
    })
  )

  it.effect("names each right that is missing, to write and to read", () =>
    Effect.gen(function* () {
      const asterisk = complete()
      for (const action of ["QueuePause", "Setvar", "Originate", "DBPut", "DBGet"]) asterisk.answers.set(action, denied)
      asterisk.answers.set("Command", () => output("         read perm: system,agent"))
      assert.deepStrictEqual(yield* found(asterisk), [
        "missing right write agent",
        "missing right write call",
        "missing right write originate",
        "missing right write system",
        "missing right write reporting",
        "missing right read call",
        "missing right read user"
      ])
      const [first] = (yield* check(asterisk)).findings
      assert.include(first?.message, "add agent to its 'write =' line in manager.conf")
    })
  )

  it.effect("says what it cannot find out", () =>
    Effect.gen(function* () {
      const asterisk = complete()
      for (const action of ["Command", "ModuleCheck", "CoreSettings", "Getvar"]) asterisk.answers.set(action, denied)
      // who does not hear that Asterisk has booted does not read the class system
      asterisk.answers.set("Login", () => [success()])
      const deaf = yield* Effect.forkChild(found(asterisk))
      yield* TestClock.adjust("1 seconds")
      assert.deepStrictEqual(yield* Fiber.join(deaf), [
        "missing right read system",
        "unknown right read call, agent, user",
        "unknown module func_devstate",
        "unknown module app_chanspy"
      ])
      asterisk.answers.set("Login", () => [success(), event("FullyBooted")])
      assert.notInclude(yield* found(asterisk), "missing right read system")
      // a function can be asked for without the right to ask for modules
      asterisk.answers.set("Getvar", () => [success(["Value", "UNKNOWN"])])
      assert.notInclude((yield* found(asterisk)).join(), "func_devstate")
      asterisk.answers.set("Getvar", () => [success(["Value", ""])])
      assert.include(yield* found(asterisk), "missing module func_devstate")
    })
  )

  it.effect("names the modules that are not loaded", () =>
    Effect.gen(function* () {
      const asterisk = complete()
      for (const action of ["QueuePause", "QueueStatus", "DeviceStateList", "VoicemailUsersList"]) {
        asterisk.answers.set(action, () => [unknown(action)])
      }
      asterisk.answers.set("ModuleCheck", () => [error("Module not loaded")])
      assert.deepStrictEqual(yield* found(asterisk), [
        "missing module app_queue",
        "missing module func_devstate",
        "missing module app_chanspy",
        "missing module res_manager_devicestate",
        "missing module app_voicemail"
      ])
      const presences = ["missing module func_presencestate", "missing module res_manager_presencestate"]
      assert.includeMembers([...(yield* found(asterisk, withPresences))], presences)
    })
  )

  it.effect("names lines without a hint, queues and boxes that Asterisk does not have", () =>
    Effect.gen(function* () {
      const asterisk = complete()
      asterisk.answers.set("ExtensionStateList", () => listOf(hint("1001", "ctx-a", "PJSIP/k3x9q1")))
      asterisk.answers.set("DeviceStateList", () =>
        listOf(event("DeviceStateChange", ["Device", "PJSIP/p7m2z8"], ["State", "INUSE"]))
      )
      asterisk.answers.set("QueueStatus", () => listOf())
      asterisk.answers.set("VoicemailUsersList", () => listOf())
      assert.deepStrictEqual(yield* found(asterisk), [
        "advice hint ctx-a",
        "missing hint ctx-b",
        "missing queue support",
        "missing voicemail 1001@ctx-a"
      ])
    })
  )

  it.effect("fails when Asterisk falls silent", () =>
    Effect.gen(function* () {
      const asterisk = complete()
      asterisk.answers.set("Setvar", () => null)
      const fiber = yield* Effect.forkChild(Effect.flip(check(asterisk)))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).reason, "timeout")
      assert.isFalse(asterisk.isOpen)
    })
  )
})
