/** README's first example, exactly as it stands there, compiles, runs and serves clients. */
import { execFile, spawn } from "node:child_process"
import { mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { CtiClient } from "@ctid/client"
import { NodeClientTransport } from "@ctid/platform-node"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const folder = fileURLToPath(new URL("../.cache/readme", import.meta.url))
const program = `${folder}/first_example.ts`

/** Lines of the first `ts` block, without its fences. */
const firstExample = async (): Promise<ReadonlyArray<string>> => {
  const readme = await readFile(`${root}/README.md`, "utf8").catch(() => assert.fail("there is no README.md"))
  const block = /^```ts\n([\s\S]*?)^```$/m.exec(readme)?.[1]
  return block === undefined ? assert.fail("README.md has no block of ts") : block.trimEnd().split("\n")
}

/** A port that nobody has at this moment. */
const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() =>
        address !== null && typeof address === "object" ? resolve(address.port) : reject(new Error("no port"))
      )
    })
  })

/** Signs in, as soon as the server listens, and answers the names on the board. */
const signIn = (port: number, login: string, password: string): Promise<ReadonlyArray<string>> =>
  Effect.gen(function* () {
    const client = yield* CtiClient.make({ login, password: Redacted.make(password) })
    const { users } = yield* client.ready
    return [...users.values()].map(({ fullName }) => fullName)
  }).pipe(
    Effect.scoped,
    Effect.retry({ while: (error) => error._tag === "ClientTransportError", schedule: Schedule.spaced("50 millis") }),
    Effect.timeout("20 seconds"),
    Effect.provide([NodeClientTransport.layer({ host: "127.0.0.1", port }), NodeCrypto.layer]),
    Effect.runPromise
  )

describe("README's first example", () => {
  beforeAll(() => mkdir(folder, { recursive: true }))
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it("has at most 25 lines", async () => {
    assert.isAtMost((await firstExample()).length, 25)
  })

  it("compiles, runs, and its user signs in", { timeout: 60_000 }, async () => {
    const lines = await firstExample()
    const port = await freePort()
    const text = lines.join("\n")
    assert.include(text, "5003", "the example listens on the usual port")
    const [, login, password] = /login: "([^"]+)", plain_password: "([^"]+)"/.exec(text) ?? []
    if (login === undefined || password === undefined) return assert.fail("the example has no user who could sign in")
    await writeFile(program, `${text.replace("5003", String(port))}\n`)
    await writeFile(
      `${folder}/tsconfig.json`,
      JSON.stringify({
        extends: `${root}/tsconfig.base.json`,
        compilerOptions: { composite: false, declaration: false, declarationMap: false, noEmit: true, types: ["node"] },
        files: ["first_example.ts"]
      })
    )
    const tsc = `${root}/node_modules/typescript/bin/tsc`
    await promisify(execFile)(process.execPath, [tsc, "-p", folder]).catch((error: { stdout: string }) =>
      assert.fail(error.stdout)
    )

    const running = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "pipe"] })
    let output = ""
    running.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString("utf8")
    })
    running.stderr.on("data", (chunk: Buffer) => {
      output += chunk.toString("utf8")
    })
    const ended = new Promise((resolve) => running.once("exit", resolve))
    try {
      const names = await signIn(port, login, password).catch((error: Error) => assert.fail(`${error.message}\n${output}`))
      assert.strictEqual(names.length, 1, output)
    } finally {
      running.kill("SIGTERM")
      await ended
    }
  })
})
