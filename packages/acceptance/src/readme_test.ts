/** README's first example, exactly as it stands there, compiles, runs and serves clients. */
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { connect, createServer } from "node:net"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"

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

/** One line to a CTI port, and the first line of the answer that is not an offer; null: nobody listens. */
const ask = (port: number, line: string): Promise<string | null> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(`${line}\n`))
    let received = ""
    socket.setTimeout(5_000, () => socket.destroy())
    socket.on("data", (chunk) => {
      received += chunk.toString("utf8")
      const reply = received
        .split("\n")
        .slice(0, -1)
        .find((text) => !text.includes('"starttls"'))
      if (reply !== undefined) {
        resolve(reply)
        socket.destroy()
      }
    })
    socket.on("error", () => undefined)
    socket.on("close", () => resolve(null))
  })

/** Asks until somebody answers. */
const askUntilAnswered = async (running: ChildProcess, port: number, line: string): Promise<string> => {
  const deadline = performance.now() + 15_000
  while (performance.now() < deadline && running.exitCode === null) {
    const reply = await ask(port, line)
    if (reply !== null) return reply
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return assert.fail(running.exitCode === null ? `nobody answers on port ${port}` : "the program has ended")
}

describe("README's first example", () => {
  beforeAll(() => mkdir(folder, { recursive: true }))
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it("has at most 25 lines", async () => {
    assert.isAtMost((await firstExample()).length, 25)
  })

  it("compiles, runs and answers a client", { timeout: 60_000 }, async () => {
    const lines = await firstExample()
    const port = await freePort()
    const text = lines.join("\n")
    assert.include(text, "5003", "the example listens on the usual port")
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
      const question = {
        class: "login_id",
        userlogin: "nobody-of-that-name",
        company: "default",
        ident: "test",
        xivoversion: "2.3"
      }
      const reply = await askUntilAnswered(running, port, JSON.stringify(question)).catch((error: Error) =>
        assert.fail(`${error.message}\n${output}`)
      )
      assert.strictEqual(JSON.parse(reply).class, "login_id")
    } finally {
      running.kill("SIGTERM")
      await ended
    }
  })
})
