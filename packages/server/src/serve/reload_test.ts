import { renameSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { connect as connectTls } from "node:tls"
import { issueServerCertificate, makeCertificateAuthority } from "@ctid/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { folderOf } from "../config_folder_fixture.ts"
import { type CtidProcess, startCtid } from "../ctid_process_fixture.ts"
import { signIn } from "./client_fixture.ts"

const user = (id: number, login: string, more = ""): string =>
  `  - {id: ${id}, login: ${login}, firstname: ${login}, plain_password: ${login}-word, lines: [${id}]${more}}\n`

interface Written {
  readonly users?: string
  readonly cti?: string
  readonly more?: string
}

const yaml = ({ users = user(1, "alice") + user(2, "bob"), cti = "port: 0", more = "" }: Written = {}): string =>
  `ami: {password: hunter2, port: 1}
log: {format: json}
listeners:
  cti: {${cti}}
  web_interface: {enabled: off}
  info: {enabled: off}
  announce: {enabled: off}
  fast_agi: {enabled: off}
${more}users:
${users}lines:
  - {id: 1, number: 1001}
  - {id: 2, number: 1002}
  - {id: 3, number: 1003}
`

const port = (running: CtidProcess, name = "cti") =>
  Effect.map(running.said(new RegExp(`^open: ${name} 127\\.0\\.0\\.1:(\\d+)$`, "m")), (match) => Number(match[1]))

/** As an editor does it: the file is replaced, never half written. */
const save = (folder: string, name: string, content: string) =>
  Effect.sync(() => {
    writeFileSync(join(folder, `${name}.new`), content, { mode: 0o600 })
    renameSync(join(folder, `${name}.new`), join(folder, name))
  })

const start = Effect.fnUntraced(function* (written: Written = {}, files: Readonly<Record<string, string>> = {}) {
  const folder = yield* folderOf({ "ctid.yml": yaml({ more: "server: {watch_files: off}\n", ...written }), ...files })
  const running = yield* startCtid(["serve"], { cwd: folder })
  yield* running.said(/^ready: /m)
  return { folder, running, cti: yield* port(running) }
})

/** What becomes of a connection to a port: `open`, or the system's word for its end. */
const outcome = (port: number) =>
  Effect.callback<string>((resume) => {
    const socket = connect(port, "127.0.0.1", () => resume(Effect.succeed("open")))
    socket.on("error", (error) => resume(Effect.succeed("code" in error ? String(error.code) : error.message)))
    return Effect.sync(() => socket.destroy())
  })

describe("reload of ctid.yml", () => {
  it.live("at SIGHUP tells connected clients what is different, and ends the session of somebody who is gone", () =>
    Effect.gen(function* () {
      const { folder, running, cti } = yield* start()
      const alice = yield* signIn("alice", () => connect(cti, "127.0.0.1"))
      const bob = yield* signIn("bob", () => connect(cti, "127.0.0.1"))
      yield* save(folder, "ctid.yml", yaml({ users: user(1, "alice", ", lastname: Moss") + user(3, "carol") }))
      running.kill("SIGHUP")
      yield* alice.hears(/"function":"addconfig","listname":"users","tipbxid":"xivo","list":\["3"\]/)
      yield* alice.hears(/"function":"delconfig","listname":"users","tipbxid":"xivo","list":\["2"\]/)
      yield* alice.hears(
        /"function":"updateconfig","listname":"users","tipbxid":"xivo","tid":"1","config":\{[^}]*"lastname":"Moss"/
      )
      yield* bob.hears(/"class":"disconnect"/)
      yield* running.logged(/"message":"reload".*"by":"SIGHUP","outcome":"applied","detail":"users \+1 ~1 -1/)
      assert.isFalse(alice.ended())
      yield* signIn("carol", () => connect(cti, "127.0.0.1"))
    })
  )

  it.live("when it is saved is taken over; a bad one changes nothing and says why", () =>
    Effect.gen(function* () {
      const { folder, running, cti } = yield* start({ more: "" })
      const alice = yield* signIn("alice", () => connect(cti, "127.0.0.1"))
      yield* save(folder, "ctid.yml", `${yaml()}nonsense: 1\n`)
      yield* running.logged(/"configuration refused".*nonsense: found the unknown key/)
      yield* running.logged(/"reload refused, nothing is changed".*"by":"saved file","mistakes":1/)
      yield* save(folder, "ctid.yml", yaml({ users: user(1, "alice") }))
      yield* alice.hears(/"function":"delconfig","listname":"users","tipbxid":"xivo","list":\["2"\]/)
      assert.notInclude(running.stderr(), "hunter2")
      assert.notInclude(running.stderr(), "alice-word")
    })
  )

  it.live("that named a file which was not there is taken over when the file comes", () =>
    Effect.gen(function* () {
      const { folder, running, cti } = yield* start({ more: "" })
      const alice = yield* signIn("alice", () => connect(cti, "127.0.0.1"))
      yield* save(folder, "ctid.yml", yaml().replace(/users:\n( {2}- .*\n)+lines:/, "users: {csv: people.csv}\nlines:"))
      yield* running.logged(/people\.csv:1:1: found no such file/)
      yield* save(folder, "people.csv", "id,login,plain_password,lines\n1,alice,alice-word,1\n")
      yield* alice.hears(/"function":"delconfig","listname":"users","tipbxid":"xivo","list":\["2"\]/)
      assert.isFalse(alice.ended())
    })
  )

  it.live("moves a port: the new one is open, the old one closed, and who came by it stays", () =>
    Effect.gen(function* () {
      const { folder, running, cti } = yield* start()
      const alice = yield* signIn("alice", () => connect(cti, "127.0.0.1"))
      yield* save(folder, "ctid.yml", yaml({ cti: "address: 127.0.0.2, port: 0" }))
      running.kill("SIGHUP")
      const [, moved] = yield* running.logged(/"message":"listening","listener":"cti","address":"127\.0\.0\.2","port":(\d+)/)
      yield* running.logged(/"message":"port closed","listener":"cti","address":"127\.0\.0\.1"/)
      yield* signIn("bob", () => connect(Number(moved), "127.0.0.2"))
      yield* alice.hears(/"tid":"2","status":\{"availstate":"available"\}/)
      assert.strictEqual(yield* outcome(cti), "ECONNREFUSED")
    })
  )

  it.live("with another certificate serves it to the next client, and a hundred connected ones stay", () =>
    Effect.gen(function* () {
      const authority = yield* makeCertificateAuthority({ name: "reload", days: 1 })
      const old = yield* issueServerCertificate(authority, { names: ["127.0.0.1", "old.example"], days: 1 })
      const renewed = yield* issueServerCertificate(authority, { names: ["127.0.0.1", "new.example"], days: 1 })
      const more = "tls: {certificate: a.pem, key: a.key}\n"
      const { folder, running, cti } = yield* start(
        { cti: "port: 0}\n  ctis: {address: 127.0.0.1, port: 0", more },
        { "a.pem": old.certificate, "a.key": Redacted.value(old.key) }
      )
      const ctis = yield* port(running, "ctis")
      const dial = () => connectTls({ host: "127.0.0.1", port: ctis, ca: authority.certificate })
      const people = yield* Effect.forEach(Array.from({ length: 100 }), () => signIn("alice", dial), { concurrency: 10 })
      // first the certificate, which does not fit the key that is there yet
      yield* save(folder, "a.pem", renewed.certificate)
      yield* running.logged(/a\.key:1:1: found the private key of another certificate/)
      yield* save(folder, "a.key", Redacted.value(renewed.key))
      yield* running.logged(/"message":"reload".*"outcome":"applied","detail":"tls"/)
      const shown = () =>
        Effect.callback<string>((resume) => {
          const socket = dial()
          socket.once("secureConnect", () => {
            resume(Effect.succeed(String(socket.getPeerCertificate().subjectaltname)))
            socket.destroy()
          })
        })
      assert.include(yield* shown(), "new.example")
      yield* signIn("bob", dial)
      for (const one of people) {
        yield* one.hears(/"tid":"2","status":\{"availstate":"available"\}/)
        assert.isFalse(one.ended())
      }
      assert.isAbove(cti, 0)
    })
  )

  it.live("says what needs a restart", () =>
    Effect.gen(function* () {
      const { folder, running } = yield* start()
      yield* save(
        folder,
        "ctid.yml",
        yaml({ more: "server: {live_reload: off, watch_files: off}\ntelephony: {poll_interval: 30}\n" })
      )
      running.kill("SIGHUP")
      yield* running.logged(/"message":"restart to apply","sections":"ami, telephony, server\.live_reload"/)
    })
  )
})
