import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { runCtid, startCtid } from "../ctid_process_fixture.ts"

/** A demonstration on a free port. */
const demo = Effect.gen(function* () {
  const running = yield* startCtid(["demo", "--port", "0"])
  const [, port = ""] = yield* running.said(/ready: 127\.0\.0\.1:(\d+)\n/)
  const password = (login: string): string => new RegExp(`\\b${login} ([a-z0-9-]{20,})`).exec(running.stdout())?.[1] ?? ""
  return {
    port,
    password,
    running,
    client: (login: string, ...rest: ReadonlyArray<string>) => [
      "client",
      "--port",
      port,
      "--user",
      login,
      "--password",
      password(login),
      ...rest
    ]
  }
})

interface Printed {
  readonly userId: string
  readonly users: ReadonlyArray<{ readonly fullName: string; readonly presence: string }>
  readonly phones: ReadonlyArray<{ readonly number: string; readonly hintText: string }>
  readonly agents: ReadonlyArray<{ readonly number: string; readonly availability: string }>
  readonly queues: ReadonlyArray<{ readonly name: string }>
}

describe("ctid client", () => {
  it.live("prints the board of the user's company as JSON, and touches nothing", () =>
    Effect.gen(function* () {
      const { client } = yield* demo
      for (const version of ["2.3", "2.0", "1.2"]) {
        const { code, stdout, stderr } = yield* runCtid(client("alice", "--once", "--json", "--protocol", version))
        assert.strictEqual(stderr, "")
        assert.strictEqual(code, 0)
        const printed: Printed = JSON.parse(stdout)
        assert.deepEqual(printed.users.map((user) => user.fullName).sort(), ["Alice Martin", "Bob Duval", "Erin Novak"])
        assert.isTrue(printed.users.every((user) => user.presence === "disconnected"))
        assert.deepEqual(printed.phones.map((phone) => phone.number).sort(), ["1001", "1002", "1003"])
        assert.deepEqual(printed.agents.map((agent) => agent.number).sort(), ["8001", "8002"])
        assert.deepEqual(
          printed.queues.map((queue) => queue.name),
          ["support"]
        )
      }
      const table = yield* runCtid(client("carol", "--once"))
      assert.match(table.stdout, /^Users \(3\)\n {2}● Carol Weber +Disconnected +2001\n/)
      assert.match(table.stdout, /\nQueues \(1\)\n {2}3002 /)
    })
  )

  it.live(
    "holds a presence that others see, until it is interrupted",
    () =>
      Effect.gen(function* () {
        const { client } = yield* demo
        const erin = yield* startCtid(client("erin"))
        const dave = yield* startCtid(client("dave"))
        yield* erin.logged(/^\d\d:\d\d:\d\d online\n/)
        yield* dave.logged(/^\d\d:\d\d:\d\d online\n/)
        const bob = yield* startCtid(client("bob", "--set", "away"))
        yield* bob.said(/^Bob Duval is now Away; Ctrl-C logs out\n/)
        yield* erin.said(/Bob Duval: Disconnected -> Away/)
        yield* erin.said(/queue support, 8002 Bob Duval: .*-> paused/)
        const seen: Printed = JSON.parse((yield* runCtid(client("alice", "--once", "--json"))).stdout)
        assert.strictEqual(seen.users.find(({ fullName }) => fullName === "Bob Duval")?.presence, "away")
        bob.kill("SIGINT")
        const ended = yield* bob.ended
        assert.strictEqual(ended.code, 0)
        assert.strictEqual(ended.stderr, "")
        yield* erin.said(/Bob Duval: Away -> Disconnected/)
        erin.kill("SIGTERM")
        assert.strictEqual((yield* erin.ended).code, 0)
        assert.notInclude(dave.stdout(), "Bob Duval")
      }),
    60_000
  )

  it.live(
    "says something with a presence, and until when it lasts",
    () =>
      Effect.gen(function* () {
        const { client } = yield* demo
        const erin = yield* startCtid(client("erin"))
        yield* erin.logged(/^\d\d:\d\d:\d\d online\n/)
        const bob = yield* startCtid(client("bob", "--set", "away", "--until", "2027-01-02 03:04", "--note", "on\tleave"))
        yield* bob.said(/^Bob Duval is now Away; Ctrl-C logs out\n/)
        yield* erin.said(/Bob Duval: .* -> Away \(until 2027-01-02 03:04, "on leave"\)/)
        bob.kill("SIGINT")
        yield* bob.ended
        yield* erin.said(/-> Disconnected\n/)
        const late = yield* runCtid(client("bob", "--set", "away", "--until", "2099-01-01 00:00"))
        assert.strictEqual(late.code, 1)
        assert.match(late.stderr, /^the server refuses it: presence_until:\d+\n$/)
        erin.kill("SIGTERM")
        yield* erin.ended
      }),
    60_000
  )

  it.live("exits with 3 and one line when the login is refused", () =>
    Effect.gen(function* () {
      const { port } = yield* demo
      for (const version of ["2.3", "1.2"]) {
        const { code, stdout, stderr } = yield* runCtid([
          ...["client", "--port", port, "--user", "alice", "--password", "hunter2"],
          ...["--once", "--json", "--protocol", version]
        ])
        assert.strictEqual(code, 3)
        assert.strictEqual(stdout, "")
        assert.strictEqual(stderr, "alice: login refused: wrong login or password\n")
      }
    })
  )

  it.live("exits with 2 for a presence that the user does not have, and says which there are", () =>
    Effect.gen(function* () {
      const { client } = yield* demo
      const { code, stderr } = yield* runCtid(client("alice", "--set", "juggling"))
      assert.strictEqual(code, 2)
      assert.match(stderr, /^there is no presence "juggling"; there are available, away, .*\n$/)
    })
  )

  it.live("reads the password from a file or a pipe", () =>
    Effect.gen(function* () {
      const { port, password } = yield* demo
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "ctid-client-"))),
        (made) => Effect.sync(() => rmSync(made, { recursive: true }))
      )
      const secret = `${password("frank")}\n`
      writeFileSync(join(folder, "secret"), secret, { mode: 0o600 })
      const args = (file: string) => ["client", "--port", port, "--user", "frank", "--password-file", file, "--once"]
      assert.strictEqual((yield* runCtid(args("secret"), { cwd: folder })).code, 0)
      assert.strictEqual((yield* runCtid(args("-"), { input: secret })).code, 0)
    })
  )

  it.live("exits with 1 and a sentence when there is no server", () =>
    Effect.gen(function* () {
      const { port, running, client } = yield* demo
      running.kill("SIGTERM")
      yield* running.ended
      const { code, stdout, stderr } = yield* runCtid(client("alice", "--once"))
      assert.strictEqual(code, 1)
      assert.strictEqual(stdout, "")
      assert.match(stderr, new RegExp(`^127\\.0\\.0\\.1:${port}: connection refused.*\\n$`))
    })
  )

  it.live(
    "reports a lost connection, tries again, and exits with 3 when it is refused then",
    () =>
      Effect.gen(function* () {
        const { port, running, client } = yield* demo
        const alice = yield* startCtid(client("alice"))
        yield* alice.logged(/ online\n/)
        running.kill("SIGTERM")
        yield* running.ended
        yield* alice.logged(/offline: .*; again in \d+ s\n/)
        const other = yield* startCtid(["demo", "--port", port])
        yield* other.said(/ready: /)
        const ended = yield* alice.ended
        assert.strictEqual(ended.code, 3)
        assert.match(ended.stderr, /\nalice: login refused: wrong login or password\n$/)
      }),
    60_000
  )

  it.live(
    "exits with 2 for a command line that means nothing",
    () =>
      Effect.gen(function* () {
        for (const args of [
          [],
          ["--user", "a", "--port", "0"],
          ["--user", "a", "--protocol", "3.0"],
          ["--user", "a", "--password", "b", "--json"],
          ["--user", "a", "--password", "b", "--once", "--set", "away"],
          ["--user", "a", "--password", "b", "--until", "14:00"],
          ["--user", "a", "--password", "b", "--set", "away", "--until", "soon"],
          ["--user", "a", "--password", "b", "--password-file", "c"],
          ["--user", "a"]
        ]) {
          const { code, stdout, stderr } = yield* runCtid(["client", ...args])
          assert.strictEqual(code, 2, args.join(" "))
          assert.notStrictEqual(stderr, "", args.join(" "))
          if (args.length > 4) assert.strictEqual(stdout, "", args.join(" "))
        }
      }),
    // nine programs, one after the other
    60_000
  )
})
