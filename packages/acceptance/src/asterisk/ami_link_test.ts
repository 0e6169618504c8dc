/** How ctid gets to Asterisk: secrets, encryption, rights. */
import { execFile, spawn } from "node:child_process"
import { writeFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { companyConfig, ids } from "./company.ts"
import { eventually } from "./eventually.ts"
import { scenarioWithoutServer } from "./office.ts"

const binary = fileURLToPath(new URL("../../../server/bin/ctid.js", import.meta.url))

/** Runs the built `ctid`. */
const ctid = (...args: ReadonlyArray<string>): Effect.Effect<{ readonly code: number; readonly output: string }> =>
  Effect.callback((resume) => {
    const child = execFile(process.execPath, [binary, ...args], { timeout: 30_000 }, (_, stdout, stderr) =>
      resume(Effect.succeed({ code: child.exitCode ?? -1, output: `${stdout}${stderr}` }))
    )
  })

describe("the link to a real Asterisk", () => {
  scenarioWithoutServer(
    "a wrong secret is a clear error, is tried again, and heals when it is corrected",
    ({ asterisk, serve }) =>
      Effect.gen(function* () {
        const server = yield* serve({ ami: { password: "notTheSecret" } })
        const alice = yield* server.signIn("alice")
        const bob = yield* server.signIn("bob")
        const refusals = Effect.sync(() => server.log().filter((line) => /refused/i.test(line) && line.includes("ctid")))
        yield* eventually("two refused attempts in the log", refusals, (lines) => lines.length >= 2, 20)
        assert.isFalse(yield* server.linkIsUp)
        yield* alice.client.setPresence("donotdisturb")

        yield* asterisk.setSecret("notTheSecret")
        yield* eventually("the link is up", server.linkIsUp, (up) => up, 20)
        yield* eventually("do not disturb is set", asterisk.database("DND"), (found) => found["1001"] === "YES")
        yield* bob.sees("the phone", (board) => board.phones.get(ids.phone1001)?.hint === 0)
        for (const line of server.log()) assert.notInclude(line, "notTheSecret")
      })
  )

  scenarioWithoutServer("AMI inside TLS, verified by its authority", ({ asterisk, serve }) =>
    Effect.gen(function* () {
      const tls = { enabled: true, ca: asterisk.info.ca, server_name: "localhost" }
      const server = yield* serve({ ami: { port: asterisk.info.tlsPort, tls } })
      yield* eventually("the link is up", server.linkIsUp, (up) => up)
      const alice = yield* server.signIn("alice")
      yield* alice.client.setPresence("donotdisturb")
      assert.deepStrictEqual(yield* asterisk.database("DND"), { "1001": "YES" })
    })
  )

  for (const [what, tls] of [
    ["from an authority that is not trusted", { enabled: true }],
    ["in another name", { enabled: true, server_name: "pbx.example" }]
  ] as const) {
    scenarioWithoutServer(`a certificate ${what} is refused with a clear error, and no login is tried`, ({ asterisk, serve }) =>
      Effect.gen(function* () {
        const ca = "server_name" in tls ? { ca: asterisk.info.ca } : {}
        const server = yield* serve({ ami: { port: asterisk.info.tlsPort, tls: { ...tls, ...ca } } })
        const complaints = Effect.sync(() => server.log().filter((line) => /certificate/i.test(line)))
        yield* eventually("a complaint in the log", complaints, (lines) => lines.length > 0)
        assert.isFalse(yield* server.linkIsUp)
        assert.notMatch(yield* asterisk.console("manager show connected"), /^\s+ctid\s/m)
      })
    )
  }

  scenarioWithoutServer(
    "`ctid check --ami` finds nothing to complain about in the documented account",
    ({ asterisk, folder }) =>
      Effect.gen(function* () {
        const file = `${folder}/ctid.yml`
        yield* Effect.promise(() => writeFile(file, JSON.stringify(companyConfig(asterisk.info))))
        const { code, output } = yield* ctid("check", "--ami", file)
        assert.strictEqual(code, 0, output)
        assert.include(output, asterisk.version)
      })
  )

  scenarioWithoutServer("`ctid check --ami` names rights, hints and modules that are missing", ({ asterisk, folder }) =>
    Effect.gen(function* () {
      const file = `${folder}/ctid.yml`
      yield* Effect.promise(() =>
        writeFile(file, JSON.stringify(companyConfig(asterisk.info, { ami: { username: "onlooker" } })))
      )
      yield* asterisk.console("module unload res_manager_devicestate.so")
      yield* asterisk.console("dialplan remove extension 1001@tenant-a")
      const { code, output } = yield* ctid("check", "--ami", file)
      assert.notStrictEqual(code, 0, output)
      for (const missing of ["system", "call", "agent", "originate", "res_manager_devicestate", "1001 (PJSIP/1001)"]) {
        assert.include(output, missing)
      }
      assert.notInclude(output, asterisk.info.secret)
    })
  )

  scenarioWithoutServer("`ctid check --ami` says that a secret is wrong", ({ asterisk, folder }) =>
    Effect.gen(function* () {
      const file = `${folder}/ctid.yml`
      yield* Effect.promise(() =>
        writeFile(file, JSON.stringify(companyConfig(asterisk.info, { ami: { password: "notTheSecret" } })))
      )
      const { code, output } = yield* ctid("check", "--ami", file)
      assert.notStrictEqual(code, 0)
      assert.match(output, /refused|secret|password/i)
      assert.notInclude(output, "notTheSecret")
    })
  )

  scenarioWithoutServer("the binary serves, and leaves Asterisk in order when it is told to end", ({ asterisk, folder }) =>
    Effect.gen(function* () {
      const file = `${folder}/ctid.yml`
      yield* Effect.promise(() => writeFile(file, JSON.stringify(companyConfig(asterisk.info))))
      const connected = asterisk.console("manager show connected")
      const child = yield* Effect.acquireRelease(
        Effect.sync(() => spawn(process.execPath, [binary, "serve", file], { stdio: ["ignore", "ignore", "pipe"] })),
        (running) => Effect.sync(() => running.kill("SIGKILL"))
      )
      let log = ""
      child.stderr.on("data", (chunk: Buffer) => {
        log += chunk.toString("utf8")
      })
      yield* eventually("ctid is signed in", connected, (shown) => /^\s+ctid\s/m.test(shown))
      child.kill("SIGTERM")
      yield* eventually(
        "it ends",
        Effect.sync(() => child.exitCode),
        (code) => code !== null
      )
      assert.strictEqual(child.exitCode, 0, log)
      assert.notMatch(yield* connected, /^\s+ctid\s/m)
      assert.notInclude(log, asterisk.info.secret)
    })
  )
})
