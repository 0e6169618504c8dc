import { chmodSync, copyFileSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { readCertificates } from "@ctid/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { folderOf } from "../config_folder_fixture.ts"
import { runCtid, startCtid } from "../ctid_process_fixture.ts"

const config = `ami: {password: hunter2, port: 1}
listeners:
  cti: {port: 0}
  ctis: {address: 127.0.0.1, port: 0}
  web_interface: {enabled: off}
  info: {enabled: off}
  announce: {enabled: off}
  fast_agi: {enabled: off}
tls: {certificate: server.pem, key: server.key}
`

/** A folder with a configuration and what `ctid cert init` makes for 127.0.0.1. */
const made = (...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const cwd = yield* folderOf({ "ctid.yml": config })
    assert.strictEqual((yield* runCtid(["cert", "init", "--name", "127.0.0.1", ...args], { cwd })).code, 0)
    return cwd
  })

const show = (cwd: string, ...args: ReadonlyArray<string>) => runCtid(["cert", "show", ...args], { cwd })
const facts = (folder: string, name: string) => Result.getOrThrow(readCertificates(readFileSync(join(folder, name), "utf8")))[0]

describe("ctid cert show", () => {
  it.live(
    "shows what ctid.yml names, with its issuer, and exits with 0 while all is well",
    () =>
      Effect.gen(function* () {
        const cwd = yield* made("--ca-name", "Example's CA")
        const { code, stdout, stderr } = yield* show(cwd)
        assert.deepStrictEqual([code, stderr], [0, ""])
        const lines = stdout.split("\n")
        assert.deepStrictEqual(lines.slice(1, 4), [
          "  subject  CN=127.0.0.1",
          "  names    127.0.0.1",
          "  issuer   CN=Example's CA"
        ])
        assert.match(lines[4] ?? "", /^ {2}valid {4}\d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d, 82[45] days left$/)
        assert.deepStrictEqual(lines.slice(5, 8), [
          "  key      EC P-256",
          `  SHA-256  ${facts(cwd, "server.pem").fingerprint}`,
          "its issuer"
        ])
        assert.include(stdout, facts(cwd, "ca.pem").fingerprint)
        const program = JSON.parse((yield* show(cwd, "ca.pem", "--json")).stdout)
        assert.deepStrictEqual([program.source, program.warnings, program.certificates.length], ["ca.pem", [], 1])
        const { notBefore, notAfter, daysLeft, ...rest } = program.certificates[0]
        assert.deepInclude(facts(cwd, "ca.pem"), { ...rest, notBefore: Date.parse(notBefore), notAfter: Date.parse(notAfter) })
        assert.include([3649, 3650], daysLeft)
      }),
    60_000
  )

  it.live(
    "exits with 1 and says so: the end is near, the key is another's, others can read it",
    () =>
      Effect.gen(function* () {
        const cwd = yield* made("--days", "20")
        copyFileSync(join(cwd, "ca.key"), join(cwd, "server.key"))
        chmodSync(join(cwd, "server.key"), 0o644)
        const { code, stderr } = yield* show(cwd)
        assert.strictEqual(code, 1)
        assert.match(
          stderr,
          /^warning: the certificate ends in (19|20) days, on \S+: renew it\nwarning: the private key does not belong to the certificate\nwarning: every user of this machine can read the private key.*\n$/
        )
        const program = yield* show(cwd, "server.pem", "--json")
        assert.strictEqual(program.code, 1)
        assert.strictEqual(JSON.parse(program.stdout).warnings[0].reason, "ends_soon")
      }),
    60_000
  )

  it.live(
    "shows what a server shows, by TLS and by STARTTLS, and whether clients believe it",
    () =>
      Effect.gen(function* () {
        const cwd = yield* made()
        const running = yield* startCtid(["serve"], { cwd })
        const port = (name: string) =>
          Effect.map(running.said(new RegExp(`^open: ${name} (127\\.0\\.0\\.1:\\d+)$`, "m")), (match) => match[1] ?? "")
        const [cti, ctis] = [yield* port("cti"), yield* port("ctis")]
        for (const args of [[ctis], [cti, "--starttls"]]) {
          const { code, stdout } = yield* show(cwd, ...args, "--ca", "ca.pem")
          assert.strictEqual(code, 0)
          assert.match(stdout, new RegExp(`^${args[0]} \\(TLSv1\\.3\\)\n  subject  CN=127\\.0\\.0\\.1\n`))
          assert.include(stdout, facts(cwd, "server.pem").fingerprint)
          assert.match(stdout, /\na client with this CA believes it\n$/)
        }
        const refused = yield* show(cwd, ctis, "--ca", "ca.pem", "--server-name", "cti.example.com", "--json")
        assert.strictEqual(refused.code, 1)
        const why = "the certificate is for IP:127.0.0.1, not for cti.example.com"
        assert.strictEqual(JSON.parse(refused.stdout).refusal, why)
        assert.notProperty(JSON.parse((yield* show(cwd, ctis, "--json")).stdout), "refusal")
        const wrong = yield* show(cwd, cti)
        assert.strictEqual(wrong.code, 1)
        assert.match(wrong.stderr, /does not speak TLS: is this its clear-text port\?\n$/)
      }),
    90_000
  )

  it.live(
    "exits with 1 where there is nothing to show, and with 2 for a command line that means nothing",
    () =>
      Effect.gen(function* () {
        const cwd = yield* folderOf({ "ctid.yml": "ami: {password: a}\n", "bad.yml": "ami: 1\n", text: "hello" })
        const table: ReadonlyArray<readonly [args: ReadonlyArray<string>, code: number, stderr: RegExp]> = [
          [[], 1, /^ctid\.yml: no certificate is named under tls; `ctid cert init` makes one\n$/],
          [["text"], 1, /^text: there is no certificate in PEM form in it\n$/],
          [["none.pem"], 1, /^none\.pem: there is no such file\n$/],
          [["bad.yml"], 2, /^bad\.yml:1:6: ami: /],
          [
            ["text", "--starttls"],
            2,
            /^--starttls, --ca and --server-name are of use with host:port only, and text is none\n$/
          ],
          [["127.0.0.1:70000"], 1, /^127\.0\.0\.1:70000: that is no port: use 1 to 65535\n$/]
        ]
        for (const [args, code, message] of table) {
          const ended = yield* show(cwd, ...args)
          assert.strictEqual(ended.code, code, args.join(" "))
          assert.match(ended.stderr, message)
        }
      }),
    60_000
  )
})
