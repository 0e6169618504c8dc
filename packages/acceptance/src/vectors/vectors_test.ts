import { spawn } from "node:child_process"
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"

/** The command as people run it: the built one, because it starts a process of its own. */
const main = fileURLToPath(new URL("../../dist/vectors/main.js", import.meta.url))
const vectors = fileURLToPath(new URL("../../vectors", import.meta.url))
const PATIENCE = 120_000

interface Ended {
  readonly code: number | null
  readonly lines: ReadonlyArray<string>
  readonly errors: string
}

const run = (...args: ReadonlyArray<string>): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] })
    let output = ""
    let errors = ""
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output += text
    })
    child.stderr.setEncoding("utf8").on("data", (text) => {
      errors += text
    })
    child.on("error", reject)
    child.on("close", (code) => resolve({ code, lines: output.trimEnd().split("\n"), errors }))
  })

/** A folder of its own with the standard state and these cases, gone afterwards. */
const withFolder = async (cases: ReadonlyArray<unknown>, use: (folder: string) => Promise<void>): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), "vectors-"))
  try {
    await cp(join(vectors, "_standard_state.json"), join(folder, "_standard_state.json"))
    await writeFile(join(folder, "cases.json"), JSON.stringify(cases))
    await use(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

const asksServers = (expect: unknown, more: object = {}): object => ({
  name: "servers",
  area: "framing",
  given: { logged_in: [42, 43] },
  send: [{ via: "cti:42", msg: { class: "getipbxlist", commandid: 1 } }],
  expect: [expect],
  ...more
})

describe("npm run vectors", () => {
  for (const over of ["starttls", "ctis"]) {
    it(
      `passes all of them over ${over} too, but for those about the way there`,
      async () => {
        const { code, lines, errors } = await run("--over", over)
        assert.strictEqual(errors, "")
        assert.match(lines.at(-1) ?? "", /^[1-9]\d\d passed, 0 failed$/)
        assert.notMatch(lines.join("\n"), /^starttls/m)
        assert.strictEqual(code, 0)
      },
      PATIENCE
    )
  }

  it(
    "passes all vectors of the reference, and names those that wait with what they wait for",
    async () => {
      const { code, lines, errors } = await run()
      process.stdout.write(`${lines.join("\n")}\n`)
      assert.match(lines.at(-1) ?? "", /^\d+ passed, 0 failed$/, `${lines.join("\n")}\n${errors}`)
      assert.strictEqual(code, 0)
      for (const area of ["framing", "getlist", "hints", "login", "login_1x", "presence", "webi"]) {
        assert.isTrue(
          lines.some((line) => new RegExp(`^${area} +[1-9]\\d* +0 +0$`).test(line)),
          area
        )
      }
      assert.isTrue(lines.some((line) => /^waiting for lamps \(\d+\): /.test(line)))
    },
    PATIENCE
  )

  it(
    "passes the project's own vectors",
    async () => {
      const { code, lines, errors } = await run(join(vectors, "more"))
      assert.match(lines.at(-1) ?? "", /^\d+ passed, 0 failed$/, `${lines.join("\n")}\n${errors}`)
      assert.strictEqual(code, 0)
    },
    PATIENCE
  )

  /** Behind several actions of Asterisk, and behind a hash that is computed off the event loop: the barrier must see them. */
  const LONG_WAY = "nothing, where something comes after much else"
  const OFF_THE_LOOP = "nothing, where something comes after a hash"
  const wrong: ReadonlyArray<readonly [string, unknown]> = [
    ["a wrong value", { to: "cti:42", msg: { class: "getipbxlist", ipbxlist: ["other"] } }],
    ["a key that should not be there", { to: "cti:42", msg: { class: "getipbxlist", replyid: "<absent>" } }],
    ["a message that does not come", { to: "cti:43", msg: { class: "getipbxlist" } }],
    ["a wrong number of messages", { to: "cti:42", count: 2, msg: { class: "getipbxlist" } }],
    ["nothing, where something comes", { to: "none" }],
    ["an action that is not sent", { to: "ami", action: [["Action", "QueuePause"]] }],
    ["an end that does not come", { to: "closed", conn: "cti:42" }],
    ["a session that is not there", { to: "cti:99", msg: { class: "getipbxlist" } }],
    ["a side port that was not spoken to", { to: "closed", conn: "webi" }],
    ["what nobody knows", { to: "pigeon" }]
  ]

  const sidePorts: ReadonlyArray<readonly [string, object, unknown]> = [
    ["a side port that stays open", { via: "info", raw: "help\n" }, { to: "closed", conn: "info" }],
    ["another answer of a side port", { via: "info", raw: "dance\n" }, { to: "info", lines: ["XIVO-INFO:OK"] }],
    [
      "an announcement where none is made",
      { via: "webi", raw: "xivo[queue,edit,99]" },
      { to: "all", msg: { class: "getlist" } }
    ],
    ["nothing, where a queue is announced", { via: "webi", raw: "xivo[queue,edit,5]" }, { to: "none" }]
  ]

  it(
    "fails a vector that expects what does not happen",
    () =>
      withFolder(
        [
          asksServers({ to: "cti:42", msg: { class: "getipbxlist", ipbxlist: ["xivo"] } }),
          ...wrong.map(([name, expect]) => asksServers(expect, { name })),
          asksServers(
            { to: "none", conn: "ami:QueueLog" },
            { name: LONG_WAY, send: [{ via: "cti:42", msg: { class: "availstate", availstate: "donotdisturb" } }] }
          ),
          ...sidePorts.map(([name, send, expect]) => asksServers(expect, { name, send: [send] })),
          asksServers(
            { to: "none" },
            {
              name: OFF_THE_LOOP,
              given: {},
              send: [
                { via: "cti:new", msg: { class: "login_id", userlogin: "nobody", wazoversion: "2.3" } },
                { via: "cti:new", msg: { class: "login_pass", password: "wrong" } }
              ]
            }
          )
        ],
        async (folder) => {
          const { code, lines } = await run(folder)
          assert.deepStrictEqual(
            lines.flatMap((line) => /^FAILED framing\/([^:]*): expected .+; came .+$/.exec(line)?.[1] ?? []).sort(),
            [...[...wrong, ...sidePorts].map(([name]) => name), LONG_WAY, OFF_THE_LOOP].sort()
          )
          assert.strictEqual(lines.at(-1), `1 passed, ${wrong.length + sidePorts.length + 2} failed`)
          assert.strictEqual(code, 1)
        }
      ),
    PATIENCE
  )

  it(
    "lets a case wait whose capability is not served, also when it expects nothing",
    () =>
      withFolder(
        [asksServers({ to: "none" }, { send: [{ via: "cti:42", msg: { class: "direct_transfer", number: "1" } }] })],
        async (folder) => {
          const { code, lines } = await run(folder)
          assert.include(lines, "waiting for calls (1): framing/servers")
          assert.strictEqual(lines.at(-1), "0 passed, 0 failed")
          assert.strictEqual(code, 0)
        }
      ),
    PATIENCE
  )

  it("says why a folder cannot be run", async () => {
    const nowhere = await run("/nowhere")
    assert.strictEqual(nowhere.code, 2)
    assert.match(nowhere.errors, /\/nowhere: .*ENOENT/)
    const twice = await run("a", "b")
    assert.strictEqual(twice.code, 2)
    assert.match(twice.errors, /usage/)
    await withFolder([], async (folder) => {
      await writeFile(join(folder, "broken.json"), "[{]")
      const broken = await run(folder)
      assert.strictEqual(broken.code, 2)
      assert.match(broken.errors, /broken\.json: .*JSON/)
    })
  })
})
