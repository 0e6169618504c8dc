import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folderOf } from "../config_folder_fixture.ts"
import { runCtid, startCtid } from "../ctid_process_fixture.ts"

const config = `ami: {password: hunter2, port: 1}
log: {format: json}
listeners:
  cti: {port: 0, encryption: required}
  ctis: {address: 127.0.0.1, port: 0}
  web_interface: {enabled: off}
  info: {enabled: off}
  announce: {enabled: off}
  fast_agi: {enabled: off}
tls: {certificate: server.pem, key: server.key}
users:
  - {id: 1, login: alice, firstname: Alice, plain_password: hunter3, lines: [11]}
lines:
  - {id: 11, number: 1001}
`

/** A server with a certificate of `ctid cert init` for 127.0.0.1, which lets nobody sign in in clear. */
const serverOf = Effect.fnUntraced(function* (config: string) {
  const cwd = yield* folderOf({ "ctid.yml": config, secret: "hunter3\n", other: "" })
  for (const [dir, name] of [
    [".", "127.0.0.1"],
    ["stranger", "localhost"]
  ] as const) {
    assert.strictEqual((yield* runCtid(["cert", "init", "--dir", dir, "--name", name, "--ca-name", dir], { cwd })).code, 0)
  }
  const running = yield* startCtid(["serve"], { cwd })
  const port = (listener: string) =>
    Effect.map(running.said(new RegExp(`^open: ${listener} 127\\.0\\.0\\.1:(\\d+)$`, "m")), (match) => String(match[1]))
  const ports = { cti: yield* port("cti"), ctis: yield* port("ctis") }
  const client = (port: string, ...args: ReadonlyArray<string>) =>
    runCtid(["client", "--user", "alice", "--password-file", "secret", "--once", "--json", "--port", port, ...args], { cwd })
  return { cwd, ports, client, ca: join(cwd, "ca.pem"), stranger: join(cwd, "stranger", "ca.pem") }
})

const server = serverOf(config)

describe("ctid client, encrypted", () => {
  it.live(
    "signs in by STARTTLS and by TLS at a server that the CA vouches for, and says why it does not at another",
    () =>
      Effect.gen(function* () {
        const { ports, client, ca, stranger } = yield* server
        for (const [flag, port, other] of [
          ["--starttls", ports.cti, ["--ca", stranger]],
          ["--tls", ports.ctis, []]
        ] as const) {
          const fine = yield* client(port, flag, "--ca", ca)
          assert.deepStrictEqual([fine.code, fine.stderr], [0, ""])
          assert.include(fine.stdout, '"fullName": "Alice"')
          const unknown = yield* client(port, flag, ...other)
          const issuer = `127.0.0.1:${port}: the certificate's issuer is not known here: give its CA certificate\n`
          assert.deepStrictEqual([unknown.code, unknown.stdout, unknown.stderr], [1, "", issuer])
          const name = yield* client(port, flag, "--ca", ca, "--server-name", "cti.example.com")
          const why = `127.0.0.1:${port}: the certificate is for IP:127.0.0.1, not for cti.example.com\n`
          assert.deepStrictEqual([name.code, name.stderr], [1, why])
        }
        const clear = yield* client(ports.cti)
        assert.strictEqual(clear.code, 3)
        assert.match(
          clear.stderr,
          /^alice: login refused: the server lets nobody sign in over a connection that is not encrypted/
        )
      }),
    90_000
  )

  it.live(
    "exits with 2 for flags that contradict each other, and for a CA that cannot be read",
    () =>
      Effect.gen(function* () {
        const cwd = yield* folderOf({ secret: "hunter3\n" })
        const told = (...args: ReadonlyArray<string>) =>
          Effect.map(
            runCtid(["client", "--user", "alice", "--password-file", "secret", "--once", ...args], { cwd }),
            ({ code, stderr }) => [code, stderr]
          )
        assert.deepStrictEqual(yield* told("--tls", "--starttls"), [
          2,
          "--starttls begins in clear and --tls does not: give one of them\n"
        ])
        const useless = [2, "--ca, --server-name, --certificate and --key are of use with --starttls or --tls only\n"]
        assert.deepStrictEqual(yield* told("--ca", "ca.pem"), useless)
        assert.deepStrictEqual(yield* told("--server-name", "pbx"), useless)
        assert.deepStrictEqual(yield* told("--certificate", "a.pem", "--key", "a.key"), useless)
        const alone = [2, "--certificate and --key belong together: give both\n"]
        assert.deepStrictEqual(yield* told("--tls", "--certificate", "secret"), alone)
        assert.deepStrictEqual(yield* told("--tls", "--key", "secret"), alone)
        assert.deepStrictEqual(yield* told("--tls", "--ca", "none.pem"), [2, "none.pem: there is no such file\n"])
      }),
    60_000
  )

  it.live(
    "shows its own certificate to a server that asks for one",
    () =>
      Effect.gen(function* () {
        const asking = config.replace("key: server.key}", "key: server.key, client_ca: ca.pem}")
        const { cwd, ports, client, ca } = yield* serverOf(asking)
        const make = (...args: ReadonlyArray<string>) => runCtid(["cert", "client", ...args], { cwd })
        assert.strictEqual((yield* make("--name", "alice")).code, 0)
        assert.strictEqual((yield* make("--name", "alice", "--dir", "stranger")).code, 0)
        const own = (dir: string) => ["--certificate", join(cwd, dir, "alice.pem"), "--key", join(cwd, dir, "alice.key")]
        for (const [flag, port] of [
          ["--starttls", ports.cti],
          ["--tls", ports.ctis]
        ] as const) {
          const known = yield* client(port, flag, "--ca", ca, ...own("."))
          assert.deepStrictEqual([known.code, known.stderr], [0, ""])
          assert.strictEqual((yield* client(port, flag, "--ca", ca)).code, 1)
          assert.strictEqual((yield* client(port, flag, "--ca", ca, ...own("stranger"))).code, 1)
          const mixed = ["--certificate", join(cwd, "alice.pem"), "--key", join(cwd, "stranger", "alice.key")]
          const refused = yield* client(port, flag, "--ca", ca, ...mixed)
          const why = "the client's own certificate and its key cannot be used: both have to be PEM, and belong together"
          assert.deepStrictEqual([refused.code, refused.stderr], [1, `127.0.0.1:${port}: ${why}\n`])
        }
      }),
    90_000
  )
})
