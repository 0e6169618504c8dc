import { createHash } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { connect, type Socket } from "node:net"
import { join } from "node:path"
import { AUDIT_ACTS } from "@ctid/core/audit"
import { defaultSettings } from "@ctid/core/config/settings"
import { defaultGuessRules } from "@ctid/core/password/guess_delays"
import { NodeListener, serveBytes } from "@ctid/platform-node"
import { SimulatedAsterisk } from "@ctid/simulator"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folderOf } from "../config_folder_fixture.ts"
import { runCtid, startCtid } from "../ctid_process_fixture.ts"
import { client } from "./client_fixture.ts"

const SECRETS = {
  ami: "secret-of-the-manager",
  alice: "secret-of-alice",
  bob: "secret-of-bob",
  mistyped: "secret-of-alicf"
} as const

const yaml = (amiPort: number, bobsHash: string): string => `ami: {username: ctid, password: ${SECRETS.ami}, port: ${amiPort}}
log: {format: json, level: trace}
server: {watch_files: off}
listeners:
  cti: {port: 0}
  ctis: {enabled: off}
  web_interface: {port: 0}
  info: {port: 0}
  announce: {enabled: off}
  fast_agi: {enabled: off}
users:
  - {id: 1, login: alice, plain_password: ${SECRETS.alice}, lines: [11], agent: 7}
  - {id: 2, login: bob, password: "${bobsHash}", lines: [12]}
lines:
  - {id: 11, number: 1001}
  - {id: 12, number: 1002}
agents: [{id: 7, number: 2001, queues: [support]}]
queues: [{id: 5, name: support}]
`

const pbx = SimulatedAsterisk.make({
  users: [{ username: "ctid", secret: SECRETS.ami, read: "all", write: "all" }],
  phones: [
    { device: "PJSIP/1001", number: "1001", context: "default" },
    { device: "PJSIP/1002", number: "1002", context: "default" }
  ],
  hints: [{ exten: "1001", context: "default", hint: "PJSIP/1001" }],
  queues: [{ name: "support" }]
})

interface Entry extends Readonly<Record<string, unknown>> {
  readonly audit?: keyof typeof AUDIT_ACTS
}

/** Asks a side port until it closes, or says that it is done. */
const ask = (port: number, text: string) =>
  Effect.callback<void>((resume) => {
    let answer = ""
    const socket = connect(port, "127.0.0.1", () => socket.write(text))
    socket.setEncoding("utf8").on("data", (more: string) => {
      answer += more
      if (answer.includes("XIVO-INFO:")) socket.end()
    })
    socket.on("error", () => {})
    socket.on("close", () => resume(Effect.void))
  }).pipe(Effect.timeoutOrElse({ duration: 10_000, orElse: () => Effect.die(new Error(`no end after ${text}`)) }))

/** A whole day: logins of all kinds, a wrong password, commands, the console, reloads. Answers the log and what was secret in it. */
const day = Effect.gen(function* () {
  const { stdout } = yield* runCtid(["passwd"], { input: `${SECRETS.bob}\n` })
  const bobsHash = stdout.trim()
  const asterisk = yield* pbx
  const { port: amiPort } = yield* serveBytes(asterisk.connect)
  const folder = yield* folderOf({ "ctid.yml": yaml(amiPort, bobsHash) })
  const running = yield* startCtid(["serve"], { cwd: folder })
  yield* running.said(/^ready: /m)
  yield* running.logged(/"state":"ready"/)
  const port = (name: string): number => Number(new RegExp(`^open: ${name} .*:(\\d+)$`, "m").exec(running.stdout())?.[1])
  const open = (): Socket => connect(port("cti"), "127.0.0.1")
  const talk = Effect.gen(function* () {
    const one = yield* client(open)
    const say = (...messages: ReadonlyArray<object>): void =>
      void one.socket.write(messages.map((message) => `${JSON.stringify(message)}\n`).join(""))
    return { ...one, say }
  })

  // Asterisk's events are in the log from here on
  yield* ask(port("info"), "dumpami enable\n")

  const wrong = yield* talk
  wrong.say({ class: "login_id", userlogin: "alice", wazoversion: "2.3" }, { class: "login_pass", password: SECRETS.mistyped })
  yield* wrong.hears(/"error_string":"login_password"/)
  wrong.socket.destroy()

  const old = yield* talk
  old.say({ class: "login_id", userlogin: "alice", xivoversion: "1.2" })
  yield* old.hears(/"sessionid"/)
  const sessionId = String(old.heard()[0]?.sessionid)
  const hashed = createHash("sha1").update(`${sessionId}:${SECRETS.alice}`).digest("hex")
  old.say(
    { class: "login_pass", hashedpassword: hashed },
    { class: "login_capas", capaid: 1, state: "available", lastconnwins: true, loginkind: "user" }
  )
  yield* old.hears(/"class":"login_capas"/)
  old.say(
    { class: "availstate", availstate: "away" },
    { class: "ipbxcommand", command: "agentlogin" },
    { class: "featuresput", function: "enablerecording", target: "2", value: true },
    { class: "dance", password: "not-a-secret" }
  )
  yield* old.hears(/"enablerecording":true/)

  const bob = yield* talk
  bob.say(
    { class: "login_id", userlogin: "bob", wazoversion: "2.3" },
    { class: "login_pass", password: SECRETS.bob },
    { class: "login_capas", capaid: 1, state: "available" }
  )
  yield* bob.hears(/"class":"login_capas"/)
  yield* old.hears(/"availability":"available"/)
  bob.say({ class: "ipbxcommand", command: "listen", destination: "agent:xivo/7" })
  yield* running.logged(/"audit":"listen"/)
  old.say({ class: "logout" })
  yield* running.logged(/"audit":"logout"/)

  yield* ask(port("info"), "kick bob\n")
  yield* ask(port("web_interface"), "xivo[cticonfig,update]")
  writeFileSync(join(folder, "ctid.yml"), `${yaml(amiPort, bobsHash)}nonsense: ${SECRETS.ami}\n`)
  yield* ask(port("web_interface"), "xivo[cticonfig,update]")
  yield* running.logged(/"audit":"reload_refused"/)
  running.kill("SIGTERM")
  const { stderr, stdout: said } = yield* running.ended
  const entries: ReadonlyArray<Entry> = stderr
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line))
  const hashPart = bobsHash.slice(bobsHash.lastIndexOf("$") + 1)
  return { entries, text: stderr + said, secrets: [...Object.values(SECRETS), bobsHash, hashPart, sessionId, hashed] }
}).pipe(Effect.scoped, Effect.provide(NodeListener.layer))

const page = readFileSync(new URL("../../../../docs/security.md", import.meta.url), "utf8")

describe("docs/security.md", () => {
  it("states the delays and the limits as they are", () => {
    const seconds = (milliseconds: number): string => `${milliseconds / 1000} s`
    for (const rule of ["pair", "address", "account"] as const) {
      const { free, first, longest, forgiven } = defaultGuessRules[rule]
      assert.include(page, ` | ${free} | ${seconds(first)}, doubling | ${seconds(longest)} | ${seconds(forgiven)} |\n`)
    }
    const { limits } = defaultSettings
    for (const [option, value] of [
      ["connections_before_login", limits.connectionsBeforeLogin.toLocaleString("en")],
      ["connections_per_address", limits.connectionsPerAddress.toLocaleString("en")],
      ["connection_rate_per_address", limits.connectionRatePerAddress.toLocaleString("en")],
      ["line_budget_before_login", `${limits.lineBudgetBeforeLogin / 2 ** 20} MiB for all`],
      ["line_budget_after_login", `${limits.lineBudgetAfterLogin / 2 ** 20} MiB`]
    ] as const) {
      assert.include(page, `\`limits.${option}\` (${value})`)
    }
  })

  it("names every act of the audit log, with its fields", () => {
    const rows = [...page.matchAll(/^\| `(\w+)` \| (`\w+`(?:, `\w+`)*) \|/gm)].map(([, act, fields = ""]) => [
      act,
      fields.replaceAll("`", "").split(", ")
    ])
    assert.deepStrictEqual(
      rows,
      Object.entries(AUDIT_ACTS).map(([act, fields]) => [act, [...fields]])
    )
  })
})

describe("the log of a whole day", () => {
  it.live("holds no secret at any level, and an audit line with its fields for each act", () =>
    Effect.gen(function* () {
      const { entries, text, secrets } = yield* day
      assert.isTrue(entries.some(({ level }) => level === "debug"))
      assert.isTrue(entries.some(({ message }) => message === "ami event"))
      for (const secret of secrets) assert.notInclude(text, secret)

      const audit = entries.filter((entry) => entry.audit !== undefined)
      for (const { time: _, level: __, message: ___, audit: act, ...fields } of audit) {
        const allowed: ReadonlyArray<string> = act === undefined ? [] : AUDIT_ACTS[act]
        assert.deepStrictEqual([act, Object.keys(fields).filter((name) => !allowed.includes(name))], [act, []])
      }
      const of = (act: keyof typeof AUDIT_ACTS) => audit.filter((entry) => entry.audit === act)
      assert.deepInclude(of("login_refused")[0], { message: "login refused", login: "alice", reason: "login_password" })
      assert.deepStrictEqual(
        of("login").map(({ user, version, encrypted }) => [user, version, encrypted]),
        [
          ["alice", "1.2", false],
          ["bob", "2.3", false]
        ]
      )
      assert.deepInclude(of("recording")[0], { user: "alice", of: "bob", on: true })
      assert.deepInclude(of("listen")[0], { user: "bob", agent: "2001" })
      assert.deepInclude(of("logout")[0], { user: "alice" })
      assert.deepStrictEqual(
        of("console").map(({ command }) => command),
        ["dumpami enable", "kick bob"]
      )
      assert.deepInclude(
        of("disconnected").find(({ user }) => user === "bob"),
        { cause: "closed" }
      )
      assert.lengthOf(of("web_interface"), 2)
      assert.deepInclude(of("reload")[0], { outcome: "unchanged" })
      assert.deepInclude(of("reload_refused")[0], { mistakes: 1 })
      for (const entry of [...of("login"), ...of("login_refused"), ...of("console"), ...of("web_interface")]) {
        assert.match(String(entry.peer), /^127\.0\.0\.1:\d+$/)
      }
    })
  )
})
