import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { NodeListener, serveBytes } from "@ctid/platform-node"
import { SimulatedAsterisk } from "@ctid/simulator"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { runCtid, startCtid } from "./ctid_process_fixture.ts"

/** A folder with a configuration of this driver, and the port of an Asterisk that it names. */
const configured = (driver: string) =>
  Effect.gen(function* () {
    const asterisk = yield* SimulatedAsterisk.make({
      users: [{ username: "ctid", secret: "hunter2", read: "all", write: "all" }]
    })
    const { port } = yield* serveBytes(asterisk.connect)
    const cwd = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "ctid-"))),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
    )
    const yaml = `ami: {username: ctid, password: hunter2, port: ${port}, driver: ${driver}}
log: {format: json}
listeners: {cti: {port: 0}}
`
    writeFileSync(join(cwd, "ctid.yml"), yaml, { mode: 0o600 })
    return { asterisk, port, cwd }
  })

describe("ami.driver", () => {
  for (const [driver, shown] of [
    ["native", ""],
    ["asterisk-ami-client", " (asterisk-ami-client)"]
  ] as const) {
    it.live(`${driver} links the server to Asterisk, and leaves it at the end`, () =>
      Effect.gen(function* () {
        const { asterisk, port, cwd } = yield* configured(driver)
        const server = yield* startCtid(["serve"], { cwd })
        yield* server.logged(/"state":"ready"/)
        assert.include(server.stderr(), `"pbx":"ami://127.0.0.1:${port}${shown}"`)
        assert.strictEqual(asterisk.connections(), 1)
        server.kill("SIGTERM")
        assert.strictEqual((yield* server.ended).code, 0)
        assert.strictEqual(asterisk.connections(), 0)
        assert.isTrue(asterisk.actions().some(({ name }) => name === "Logoff"))
      }).pipe(Effect.scoped, Effect.provide(NodeListener.layer))
    )
  }

  it.live("of another name is a mistake", () =>
    Effect.gen(function* () {
      const { cwd } = yield* configured("ami-io")
      const { code, stderr } = yield* runCtid(["check"], { cwd })
      assert.strictEqual(code, 2)
      assert.include(stderr, 'ami.driver: found "ami-io", expected one of native, asterisk-ami-client')
    }).pipe(Effect.scoped, Effect.provide(NodeListener.layer))
  )
})
