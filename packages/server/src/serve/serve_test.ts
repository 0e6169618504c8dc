import { connect, createServer, type Server, type Socket } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folderWith } from "../config_folder_fixture.ts"
import { runCtid, startCtid } from "../ctid_process_fixture.ts"

const DEADLINE = 10_000

/** A TCP server on a free loopback port that says nothing. */
const silentServer = Effect.acquireRelease(
  Effect.callback<{ readonly server: Server; readonly port: number; readonly sockets: Set<Socket> }>((resume) => {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket.on("error", () => {}))
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      resume(Effect.succeed({ server, port, sockets }))
    })
  }),
  ({ server, sockets }) =>
    Effect.sync(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
)

/** Signs in as alice with bare hands; answers all that it was told once the server has closed. */
const watchAsAlice = (port: number) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly socket: Socket; readonly closed: Promise<string> }>((resume) => {
      let text = ""
      const socket = connect(port, "127.0.0.1")
      const closed = new Promise<string>((resolve) => socket.on("close", () => resolve(text)))
      const send = (message: object): void => {
        socket.write(`${JSON.stringify(message)}\n`)
      }
      socket.on("error", () => {})
      socket.once("connect", () => {
        send({ class: "login_id", userlogin: "alice", company: "default", ident: "test", xivoversion: "2.1" })
        send({ class: "login_pass", password: "hunter3" })
        send({ class: "login_capas", capaid: 1, state: "available" })
      })
      socket.setEncoding("utf8").on("data", (more: string) => {
        text += more
        if (text.includes('"class":"login_capas"')) resume(Effect.succeed({ socket, closed }))
      })
    }).pipe(Effect.timeoutOrElse({ duration: DEADLINE, orElse: () => Effect.die(new Error("alice is not let in")) })),
    ({ socket }) => Effect.sync(() => socket.destroy())
  ).pipe(
    Effect.map(({ closed }) =>
      Effect.promise(() => closed).pipe(
        Effect.timeoutOrElse({ duration: DEADLINE, orElse: () => Effect.die(new Error("the connection is still open")) })
      )
    )
  )

const config = (amiPort: number, port = 0): string => `ami: {password: hunter2, port: ${amiPort}}
log: {format: json}
listeners:
  cti: {port: ${port}}
  web_interface: {port: 0}
  info: {port: 0}
  announce: {port: 0}
  fast_agi: {port: 0}
tls: {minimum_version: TLSv1.1}
users:
  - {id: 1, login: alice, plain_password: hunter3, lines: [11]}
lines:
  - {id: 11, number: 1001}
`

const readyPort = (match: RegExpMatchArray): number => Number(match[1])
const ready = /^ready: 127\.0\.0\.1:(\d+)$/m

/** The log as objects. */
const entries = (stderr: string): ReadonlyArray<Record<string, unknown>> =>
  stderr
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line))

describe("ctid serve", () => {
  it.live("exits with 2 and starts nothing when ctid.yml is refused", () =>
    Effect.gen(function* () {
      const cwd = yield* folderWith(`${config(1)}nonsense: 1\n`)
      const { code, stdout, stderr } = yield* runCtid(["serve"], { cwd })
      assert.strictEqual(code, 2)
      assert.strictEqual(stdout, "")
      assert.match(stderr, /^ctid\.yml:14:1: nonsense: found the unknown key "nonsense"/)
      assert.match(stderr, /1 mistake: nothing was started\n$/)
    })
  )

  it.live("serves while Asterisk cannot be reached, tells clients at SIGTERM, and exits with 0", () =>
    Effect.gen(function* () {
      const closed = yield* Effect.scoped(silentServer)
      const cwd = yield* folderWith(config(closed.port))
      const server = yield* startCtid(["serve"], { cwd })
      const port = readyPort(yield* server.said(ready))
      yield* server.logged(/"state":"down"/)
      const toldUntilClosed = yield* watchAsAlice(port)
      server.kill("SIGTERM")
      assert.include(yield* toldUntilClosed, '{"class":"server_stop","cause":"by_server_stop",')
      const { code, stderr } = yield* server.ended
      assert.strictEqual(code, 0)
      const log = entries(stderr)
      assert.deepInclude(
        log.find(({ message }) => message === "login"),
        { level: "info", user: "alice" }
      )
      assert.notInclude(stderr, "hunter")
      const notices = log.filter(({ message }) => message === "configuration").map(({ notice }) => String(notice).slice(0, 30))
      assert.deepStrictEqual(notices, ["ctid.yml:9:24: tls.minimum_ver", "ctid.yml:11:43: users[0].plain"])
    })
  )

  it.live("goes on when nobody reads its log any more", () =>
    Effect.gen(function* () {
      const silent = yield* silentServer
      const cwd = yield* folderWith(config(silent.port))
      const server = yield* startCtid(["serve"], { cwd })
      const port = readyPort(yield* server.said(ready))
      server.stopReading()
      const first = yield* watchAsAlice(port)
      const second = yield* watchAsAlice(port)
      server.kill("SIGTERM")
      assert.include(yield* first, "server_stop")
      assert.include(yield* second, "server_stop")
      assert.strictEqual((yield* server.ended).code, 0)
    })
  )

  it.live("exits with 0 at SIGINT too, also while Asterisk keeps silent", () =>
    Effect.gen(function* () {
      const silent = yield* silentServer
      const cwd = yield* folderWith(config(silent.port))
      const server = yield* startCtid(["serve"], { cwd })
      yield* server.said(ready)
      server.kill("SIGINT")
      assert.strictEqual((yield* server.ended).code, 0)
    })
  )

  it.live("says what to do about a port that is taken, and exits with 1 when there is no other", () =>
    Effect.gen(function* () {
      const other = yield* silentServer
      const cwd = yield* folderWith(config(other.port, other.port))
      const { code, stdout, stderr } = yield* runCtid(["serve"], { cwd })
      assert.strictEqual(code, 1)
      assert.strictEqual(stdout, "")
      assert.match(stderr, /"code":"EADDRINUSE","reason":"port \d+ on 127\.0\.0\.1 is already in use: stop the program/)
      assert.match(stderr, /no port for clients could be opened: nothing is served\n$/)
    })
  )

  it.live("refuses a CA file that is not there", () =>
    Effect.gen(function* () {
      const cwd = yield* folderWith("ami: {password: a, tls: {enabled: on, ca: ca.pem}}\n")
      const { code, stderr } = yield* runCtid(["serve"], { cwd })
      assert.strictEqual(code, 2)
      assert.match(stderr, /^ca\.pem:1:1: found no such file/)
    })
  )
})

describe("ctid demo", () => {
  it.live("prints passwords that let its client in; its board shows one company; SIGTERM ends it with 0", () =>
    Effect.gen(function* () {
      const demo = yield* startCtid(["demo", "--port", "0"])
      const port = readyPort(yield* demo.said(ready))
      const command = /ctid client (--port \d+ --user alice --password \S+)/.exec(demo.stdout())?.[1] ?? ""
      assert.include(command, `--port ${port} `)
      const { code, stdout } = yield* runCtid(["client", ...command.split(" "), "--once", "--json"])
      assert.strictEqual(code, 0)
      const board = JSON.parse(stdout)
      assert.lengthOf(board.users, 3)
      assert.lengthOf(board.phones, 3)
      assert.lengthOf(board.agents, 2)
      assert.lengthOf(board.queues, 1)
      demo.kill("SIGTERM")
      assert.strictEqual((yield* demo.ended).code, 0)
    })
  )

  it.live("has a presence set by one client seen by another of the same company", () =>
    Effect.gen(function* () {
      const demo = yield* startCtid(["demo", "--port", "0"])
      yield* demo.said(ready)
      const bob = /ctid client (--port \d+ --user bob --password \S+ --set away)/.exec(demo.stdout())?.[1] ?? ""
      const alice = /ctid client (--port \d+ --user alice --password \S+)/.exec(demo.stdout())?.[1] ?? ""
      const away = yield* startCtid(["client", ...bob.split(" ")])
      yield* away.said(/is now/)
      const { stdout } = yield* runCtid(["client", ...alice.split(" "), "--once"])
      assert.match(stdout, /Bob Duval.*away/i)
      away.kill("SIGINT")
      assert.strictEqual((yield* away.ended).code, 0)
      demo.kill("SIGINT")
      assert.strictEqual((yield* demo.ended).code, 0)
    })
  )

  it.live("has calls that come and go on their own", () =>
    Effect.gen(function* () {
      const demo = yield* startCtid(["demo", "--port", "0"])
      yield* demo.said(ready)
      const alice = /ctid client (--port \d+ --user alice --password \S+)/.exec(demo.stdout())?.[1] ?? ""
      const watcher = yield* startCtid(["client", ...alice.split(" ")])
      // a phone of her own company: one that begins to ring, is picked up, or is free again
      yield* watcher.said(/phone \d+ \(.+\): \S.* -> \S/)
    })
  )

  it.live("makes other passwords each time", () =>
    Effect.gen(function* () {
      const passwords = yield* Effect.all(
        [1, 2].map(() =>
          Effect.gen(function* () {
            const demo = yield* startCtid(["demo", "--port", "0"])
            yield* demo.said(ready)
            return /alice (\S+)/.exec(demo.stdout())?.[1]
          }).pipe(Effect.scoped)
        )
      )
      assert.notStrictEqual(passwords[0], passwords[1])
    })
  )
})
