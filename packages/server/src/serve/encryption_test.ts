import { spawn } from "node:child_process"
import { connect, createServer, type Socket } from "node:net"
import { join } from "node:path"
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls"
import { issueServerCertificate, makeCertificateAuthority } from "@ctid/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { folderOf } from "../config_folder_fixture.ts"
import { startCtid } from "../ctid_process_fixture.ts"
import { client, signIn } from "./client_fixture.ts"

interface Written {
  readonly cti?: string
  readonly tls?: string
  /** The kind of the server's key. */
  readonly keyKind?: "ec" | "rsa"
}

/** A server with a certificate for 127.0.0.1, in clear with STARTTLS and inside TLS from the first byte. */
const start = Effect.fnUntraced(function* ({ cti = "", tls = "", keyKind = "ec" }: Written = {}) {
  const authority = yield* makeCertificateAuthority({ name: "encryption", days: 1, keyKind })
  const { certificate, key } = yield* issueServerCertificate(authority, { names: ["127.0.0.1"], days: 1, keyKind })
  const folder = yield* folderOf({
    "ca.pem": authority.certificate,
    "a.pem": certificate,
    "a.key": Redacted.value(key),
    "ctid.yml": `ami: {password: hunter2, port: 1}
log: {format: json}
listeners:
  cti: {port: 0${cti}}
  ctis: {address: 127.0.0.1, port: 0}
  web_interface: {enabled: off}
  info: {enabled: off}
  announce: {enabled: off}
  fast_agi: {enabled: off}
tls: {certificate: a.pem, key: a.key${tls}}
users:
  - {id: 1, login: alice, plain_password: alice-word, lines: [1]}
lines:
  - {id: 1, number: 1001}
`
  })
  const running = yield* startCtid(["serve"], { cwd: folder })
  yield* running.said(/^ready: /m)
  const port = (name: string): number => Number(new RegExp(`^open: ${name} .*:(\\d+)$`, "m").exec(running.stdout())?.[1])
  return { ca: authority.certificate, caFile: join(folder, "ca.pem"), cti: port("cti"), ctis: port("ctis"), running }
})

/** Whoever ends first may reset the other: that is nobody's fault here. */
const ignored = (): void => {}

/** A socket on which the server has just confirmed STARTTLS. */
const confirmed = (port: number) =>
  Effect.callback<Socket>((resume) => {
    let text = ""
    const socket = connect(port, "127.0.0.1").on("error", ignored)
    const onData = (bytes: Uint8Array): void => {
      const before = text
      text += new TextDecoder().decode(bytes)
      if (before === "" && /^\{"class":"starttls","timenow":[\d.]+\}\n/.test(text)) {
        socket.write('{"class":"starttls","status":true,"commandid":7}\n')
      }
      if (!/\{"class":"starttls","starttls":true,/.test(text)) return
      socket.off("data", onData)
      resume(Effect.succeed(socket))
    }
    socket.on("data", onData)
  })

/** A port that leads to the server's, with STARTTLS asked for already: for programs that know only TLS. */
const behindStartTls = (port: number) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly port: number; readonly close: () => void }>((resume) => {
      const server = createServer({ pauseOnConnect: true }, (near) => {
        near.on("error", ignored)
        Effect.runPromise(confirmed(port)).then((far) => {
          near.pipe(far).pipe(near)
          near.resume()
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const own = typeof address === "object" && address !== null ? address.port : 0
        resume(Effect.succeed({ port: own, close: () => server.close() }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )

const login = [
  { class: "login_id", userlogin: "alice", company: "default", ident: "openssl", wazoversion: "2.3" },
  { class: "login_pass", password: "alice-word" },
  { class: "login_capas", capaid: 1, state: "available" }
]

/** The whole dialogue by `openssl s_client`: all that it printed. */
const openssl = (port: number, ...options: ReadonlyArray<string>) =>
  Effect.callback<string>((resume) => {
    const child = spawn("openssl", [
      "s_client",
      "-connect",
      `127.0.0.1:${port}`,
      "-nocommands",
      "-verify_return_error",
      ...options
    ])
    let text = ""
    const take = (more: unknown): void => {
      text += String(more)
      if (text.includes('"class":"login_capas"')) child.stdin.end()
    }
    child.stdout.on("data", take)
    child.stderr.on("data", take)
    child.stdin.on("error", ignored)
    child.on("close", () => resume(Effect.succeed(text)))
    for (const message of login) child.stdin.write(`${JSON.stringify(message)}\n`)
    return Effect.sync(() => child.kill())
  }).pipe(Effect.timeoutOrElse({ duration: 15_000, orElse: () => Effect.die(new Error("openssl does not end")) }))

/** What comes of a handshake: its version, or the code of its failure. */
const handshake = (options: ConnectionOptions) =>
  Effect.callback<string>((resume) => {
    const socket: TLSSocket = connectTls({ host: "127.0.0.1", ...options })
    socket.once("secureConnect", () => {
      resume(Effect.succeed(socket.getProtocol() ?? "none"))
      socket.destroy()
    })
    socket.on("error", (error) => resume(Effect.succeed("code" in error ? String(error.code) : error.message)))
  })

const old: ConnectionOptions = { minVersion: "TLSv1", maxVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" }

describe("encryption", () => {
  it.live("lets openssl and a plain TLS client through the whole dialogue, by STARTTLS and from the first byte", () =>
    Effect.gen(function* () {
      const { ca, caFile, cti, ctis } = yield* start()
      const proxy = yield* behindStartTls(cti)
      for (const port of [ctis, proxy.port]) {
        const text = yield* openssl(port, "-CAfile", caFile, "-verify_ip", "127.0.0.1")
        assert.include(text, "Verify return code: 0 (ok)")
        assert.match(text, /\{"class":"login_capas",.*"userid":"1"/)
      }
      yield* signIn("alice", () => connectTls({ host: "127.0.0.1", port: ctis, ca }))
      const socket = yield* confirmed(cti)
      yield* signIn("alice", () => connectTls({ socket, host: "127.0.0.1", ca }))
    })
  )

  it.live("speaks TLS 1.2 and 1.3, and nothing older", () =>
    Effect.gen(function* () {
      const { ca, ctis } = yield* start()
      assert.strictEqual(yield* handshake({ port: ctis, ca }), "TLSv1.3")
      assert.strictEqual(yield* handshake({ port: ctis, ca, maxVersion: "TLSv1.2" }), "TLSv1.2")
      assert.strictEqual(yield* handshake({ port: ctis, ca, ...old }), "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION")
    })
  )

  it.live("admits TLS 1.0 with an RSA certificate where that is asked for, with a warning", () =>
    Effect.gen(function* () {
      const { ca, caFile, cti, ctis, running } = yield* start({ tls: ", minimum_version: TLSv1", keyKind: "rsa" })
      yield* running.logged(/tls\.minimum_version: versions of TLS that are broken/)
      assert.strictEqual(yield* handshake({ port: ctis, ca, ...old }), "TLSv1")
      assert.strictEqual(yield* handshake({ port: ctis, ca }), "TLSv1.3")
      const proxy = yield* behindStartTls(cti)
      const text = yield* openssl(proxy.port, "-tls1", "-cipher", "DEFAULT@SECLEVEL=0", "-CAfile", caFile)
      assert.match(text, /Protocol *: TLSv1$/m)
      assert.match(text, /\{"class":"login_capas",/)
    })
  )

  it.live("required, refuses a login in clear and says so", () =>
    Effect.gen(function* () {
      const { ca, cti } = yield* start({ cti: ", encryption: required" })
      const clear = yield* client(() => connect(cti, "127.0.0.1"))
      clear.socket.write(`${JSON.stringify(login[0])}\n`)
      yield* clear.hears(/\{"class":"login_id","error_string":"encryption_required",/)
      const socket = yield* confirmed(cti)
      yield* signIn("alice", () => connectTls({ socket, host: "127.0.0.1", ca }))
    })
  )

  it.live("asks clients for a certificate where a CA of theirs is named", () =>
    Effect.gen(function* () {
      const clients = yield* makeCertificateAuthority({ name: "clients", days: 1 })
      const theirs = yield* issueServerCertificate(clients, { names: ["alice.example"], days: 1 })
      const { ca, ctis, running } = yield* start({ tls: ", client_ca: ca.pem" })
      // signed by another CA than the one that is asked for
      const stranger = yield* client(() =>
        connectTls({ host: "127.0.0.1", port: ctis, ca, cert: theirs.certificate, key: Redacted.value(theirs.key) })
      )
      yield* running.logged(/the client's certificate is not of the CA that is asked for/)
      const nobody = yield* client(() => connectTls({ host: "127.0.0.1", port: ctis, ca }))
      yield* running.logged(/the client shows no certificate/)
      yield* Effect.repeat(Effect.sleep(5), { until: () => stranger.ended() && nobody.ended(), times: 1_000 })
      assert.isTrue(stranger.ended() && nobody.ended())
    })
  )
})
