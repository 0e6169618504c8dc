import { createSocket } from "node:dgram"
import { renameSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folderOf } from "../config_folder_fixture.ts"
import { startCtid } from "../ctid_process_fixture.ts"
import { signIn } from "./client_fixture.ts"

const yaml = (users: string): string => `ami: {password: hunter2, port: 1}
log: {format: json}
server: {watch_files: off}
listeners:
  cti: {port: 0}
  web_interface: {port: 0}
  info: {port: 0}
  announce: {port: 0}
  fast_agi: {port: 0}
users:
${users}lines:
  - {id: 1, number: 1001}
  - {id: 2, number: 1002}
`

const alice = "  - {id: 1, login: alice, plain_password: alice-word, lines: [1]}\n"
const bob = "  - {id: 2, login: bob, plain_password: bob-word, lines: [2]}\n"

const start = Effect.gen(function* () {
  const folder = yield* folderOf({ "ctid.yml": yaml(alice) })
  const running = yield* startCtid(["serve"], { cwd: folder })
  yield* running.said(/^ready: /m)
  const port = (name: string): number => Number(new RegExp(`^open: ${name} .*:(\\d+)$`, "m").exec(running.stdout())?.[1])
  const save = (content: string): void => {
    writeFileSync(join(folder, "new"), content, { mode: 0o600 })
    renameSync(join(folder, "new"), join(folder, "ctid.yml"))
  }
  return { running, port, save }
})

/** Says something and reads until the other end closes. */
const ask = (port: number, text: string) =>
  Effect.callback<string>((resume) => {
    let answer = ""
    const socket = connect(port, "127.0.0.1", () => socket.write(text))
    socket.setEncoding("utf8").on("data", (more: string) => {
      answer += more
      if (answer.includes("XIVO-INFO:")) socket.end()
    })
    socket.on("error", () => {})
    socket.on("close", () => resume(Effect.succeed(answer)))
  }).pipe(Effect.timeoutOrElse({ duration: 10_000, orElse: () => Effect.die(new Error(`no end after ${text}`)) }))

describe("side ports of ctid serve", () => {
  it.live("the administration pages' command has the file read again, with its answer in the form of 2012", () =>
    Effect.gen(function* () {
      const { port, save } = yield* start
      const client = yield* signIn("alice", () => connect(port("cti"), "127.0.0.1"))
      save(yaml(alice + bob))
      assert.strictEqual(yield* ask(port("web_interface"), "xivo[cticonfig,update]"), "")
      yield* client.hears(/"function":"addconfig","listname":"users","tipbxid":"xivo","list":\["2"\]/)
      save("nonsense: 1\n")
      const answer = yield* ask(port("web_interface"), "sync:xivo[cticonfig,update]")
      assert.strictEqual(answer, "XIVO-CLI-WEBI:ID <xivo>\nXIVO-CLI-WEBI:KO\n")
      assert.match(yield* ask(port("info"), "show_infos\n"), /^infos=xivo_version=.*\nconfig=refused;at=.*detail=.*nonsense/)
    })
  )

  it.live("a file that is refused to the administration pages is in the console's health until it is in order", () =>
    Effect.gen(function* () {
      const { port, save } = yield* start
      const health = Effect.map(ask(port("info"), "show_infos\n"), (text) => /^config=(\w+);/m.exec(text)?.[1])
      save("nonsense: 1\n")
      yield* ask(port("web_interface"), "xivo[user,edit,1]")
      assert.strictEqual(yield* health, "refused")
      save(yaml(alice + bob))
      yield* ask(port("web_interface"), "xivo[user,add,2]")
      assert.strictEqual(yield* health, "applied")
    })
  )

  it.live("the console changes how much is logged, and kicks", () =>
    Effect.gen(function* () {
      const { running, port } = yield* start
      const client = yield* signIn("alice", () => connect(port("cti"), "127.0.0.1"))
      assert.include(yield* ask(port("info"), "loglevel set debug\n"), "loglevel set to debug (10)")
      client.socket.write('{"class":"no such class"}\n')
      yield* running.logged(/"level":"debug","message":"ignored".*no such class/)
      assert.match(yield* ask(port("info"), "kick alice\n"), /^kicked 1 \(\d+\)\nXIVO-INFO:OK\n$/)
      yield* Effect.repeat(Effect.sleep(5), { until: () => client.ended(), times: 1_000 })
      assert.isTrue(client.ended())
    })
  )

  it.live("the dialplan is told that Asterisk cannot be reached; an announcement makes it be tried at once", () =>
    Effect.gen(function* () {
      const { running, port } = yield* start
      const request = "agi_network: yes\nagi_network_script: presence\nagi_arg_1: x\n\n"
      assert.strictEqual(yield* ask(port("fast_agi"), request), 'SET VARIABLE XIVO_CTI_AGI "FAIL"\n')
      yield* Effect.acquireUseRelease(
        Effect.sync(() => createSocket("udp4")),
        (socket) =>
          Effect.callback<void>((resume) => socket.send("asterisk", port("announce"), "127.0.0.1", () => resume(Effect.void))),
        (socket) => Effect.sync(() => socket.close())
      )
      yield* running.logged(/"message":"announced by asterisk".*"effect":"connecting"/)
    })
  )

  it.live("a browser that posts is cut off at once", () =>
    Effect.gen(function* () {
      const { running, port } = yield* start
      for (const name of ["web_interface", "info", "fast_agi"]) {
        assert.strictEqual(yield* ask(port(name), "POST / HTTP/1.1\r\nHost: x\r\n\r\nxivo[cticonfig,update]"), "")
      }
      yield* running.logged(/side port cut off a connection/)
      assert.notInclude(running.stderr(), '"message":"reload"')
    })
  )
})
