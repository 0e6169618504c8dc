import { NodeListener, serveBytes } from "@ctid/platform-node"
import { SimulatedAsterisk, type SimulatedAsteriskOptions } from "@ctid/simulator"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folderWith } from "./config_folder_fixture.ts"
import { runCtid } from "./ctid_process_fixture.ts"

const withEverything: SimulatedAsteriskOptions = {
  users: [{ username: "ctid", secret: "hunter2", read: "all", write: "all" }],
  phones: [{ device: "PJSIP/1001", number: "1001", context: "default" }],
  hints: [{ exten: "1001", context: "default", hint: "PJSIP/1001" }],
  queues: [{ name: "support" }]
}

/** Runs `ctid check --ami` against such an Asterisk. */
const check = (options: SimulatedAsteriskOptions, args: ReadonlyArray<string> = []) =>
  Effect.gen(function* () {
    const asterisk = yield* SimulatedAsterisk.make(options)
    const { port } = yield* serveBytes(asterisk.connect)
    const yaml = `ami: {username: ctid, password: hunter2, port: ${port}}
lines: [{id: 11, number: 1001}]
queues: [{id: 1, name: support}]
`
    const ended = yield* runCtid(["check", "--ami", ...args], { cwd: yield* folderWith(yaml) })
    assert.notInclude(ended.stdout + ended.stderr, "hunter2")
    return ended
  }).pipe(Effect.scoped, Effect.provide(NodeListener.layer))

describe("ctid check --ami", () => {
  it.live("finds nothing to complain of in an Asterisk that has everything", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* check(withEverything)
      assert.match(stdout, /Asterisk 22\.10\.1:\n[\s\S]*nothing that is needed is missing\n$/)
      assert.strictEqual(code, 0)
    })
  )

  it.live("names the queue, the hint and the right that are missing, and exits with 1", () =>
    Effect.gen(function* () {
      const poor: SimulatedAsteriskOptions = {
        users: [{ username: "ctid", secret: "hunter2", read: "all", write: "call,reporting,system" }]
      }
      const { code, stdout } = yield* check(poor)
      assert.strictEqual(code, 1)
      assert.match(stdout, /^missing: queue support: /m)
      assert.match(stdout, /^missing: hint default: /m)
      assert.match(stdout, /^missing: right write agent: /m)
    })
  )

  it.live("says that the login is refused, for people and for programs", () =>
    Effect.gen(function* () {
      const other: SimulatedAsteriskOptions = { users: [{ username: "ctid", secret: "another", read: "all", write: "all" }] }
      const people = yield* check(other)
      assert.strictEqual(people.code, 1)
      assert.match(people.stderr, /^Asterisk refused the login of 'ctid'/)
      const programs = yield* check(other, ["--json"])
      assert.strictEqual(programs.code, 1)
      const { ok, problems, asterisk } = JSON.parse(programs.stdout)
      assert.isFalse(ok)
      assert.deepStrictEqual(problems, [])
      assert.match(asterisk.error, /refused the login/)
    })
  )
})
