import { X509Certificate } from "node:crypto"
import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { readCertificates } from "@ctid/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { folderOf } from "../config_folder_fixture.ts"
import { runCtid } from "../ctid_process_fixture.ts"

const DAY = 86_400_000
const FILES = ["ca.key", "ca.pem", "server.key", "server.pem"]

const text = (folder: string, name: string): string => readFileSync(join(folder, name), "utf8")
const facts = (folder: string, name: string) => Result.getOrThrow(readCertificates(text(folder, name)))
const mode = (folder: string, name: string): string => (statSync(join(folder, name)).mode & 0o777).toString(8)

describe("ctid cert init", () => {
  it.live("makes a CA and a certificate for this machine, the keys for this user only", () =>
    Effect.gen(function* () {
      const cwd = yield* folderOf({})
      const { code, stdout, stderr } = yield* runCtid(["cert", "init"], { cwd })
      assert.deepStrictEqual([code, stderr], [0, ""])
      assert.deepStrictEqual(readdirSync(cwd).sort(), FILES)
      assert.deepStrictEqual(
        FILES.map((name) => mode(cwd, name)),
        ["600", "644", "600", "644"]
      )
      const [server, issuer] = facts(cwd, "server.pem")
      const [ca] = facts(cwd, "ca.pem")
      assert.includeMembers([...server.names], ["localhost", "127.0.0.1", "::1"])
      assert.deepStrictEqual(issuer, ca)
      assert.isTrue(new X509Certificate(text(cwd, "server.pem")).verify(new X509Certificate(text(cwd, "ca.pem")).publicKey))
      assert.deepStrictEqual([server.keyKind, ca.keyKind], ["EC P-256", "EC P-256"])
      assert.strictEqual(Math.round((server.notAfter - Date.now()) / DAY), 825)
      assert.strictEqual(Math.round((ca.notAfter - Date.now()) / DAY), 3650)
      assert.include(stdout, ca.fingerprint)
    })
  )

  it.live("prints what ctid.yml accepts as it stands, also for an odd folder", () =>
    Effect.gen(function* () {
      const cwd = yield* folderOf({})
      const dir = "of # 'keys': \"\u00e9\""
      const { code, stdout } = yield* runCtid(["cert", "init", "--dir", dir], { cwd })
      assert.strictEqual(code, 0)
      const section = stdout.match(/^tls:\n(?: .*\n)+/m)?.[0] ?? ""
      assert.include(section, "certificate: ")
      const checked = yield* folderOf({ "ctid.yml": `ami: {password: a}\n${section}` })
      const { stderr, code: accepted } = yield* runCtid(["check"], { cwd: checked })
      assert.strictEqual(accepted, 0, stderr)
      assert.deepStrictEqual(readdirSync(join(cwd, dir)).sort(), FILES)
    })
  )

  it.live("takes names, days, a CA's name and RSA keys", () =>
    Effect.gen(function* () {
      const cwd = yield* folderOf({})
      const names = ["--name", "CTI.example.com", "--name", "192.0.2.10", "--name", "2001:db8:0::10"]
      const more = ["--days", "90", "--ca-days", "400", "--ca-name", "Example's CA", "--rsa"]
      const { code, stdout } = yield* runCtid(["cert", "init", ...names, ...more], { cwd })
      assert.strictEqual(code, 0)
      assert.include(stdout, "The old desktop client also needs `minimum_version: TLSv1` there.")
      const [server] = facts(cwd, "server.pem")
      const [ca] = facts(cwd, "ca.pem")
      assert.deepStrictEqual(server.names, ["cti.example.com", "192.0.2.10", "2001:db8::10"])
      assert.deepStrictEqual([server.subject, server.issuer], ["CN=cti.example.com", "CN=Example's CA"])
      assert.deepStrictEqual([server.keyKind, ca.keyKind], ["RSA 2048", "RSA 3072"])
      assert.strictEqual(Math.round((server.notAfter - Date.now()) / DAY), 90)
      assert.strictEqual(Math.round((ca.notAfter - Date.now()) / DAY), 400)
    })
  )

  it.live(
    "replaces nothing without --force, and all with it",
    () =>
      Effect.gen(function* () {
        const cwd = yield* folderOf({ "ca.key": "precious" })
        const refused = yield* runCtid(["cert", "init"], { cwd })
        assert.strictEqual(refused.code, 1)
        assert.match(refused.stderr, /^already there: \S+\/ca\.key\nnothing was written\. .*ctid cert renew/)
        assert.deepStrictEqual(readdirSync(cwd), ["ca.key"])
        assert.strictEqual(text(cwd, "ca.key"), "precious")
        assert.strictEqual((yield* runCtid(["cert", "init", "--force"], { cwd })).code, 0)
        assert.deepStrictEqual(readdirSync(cwd).sort(), FILES)
        assert.notStrictEqual(text(cwd, "ca.key"), "precious")
      }),
    60_000
  )

  it.live(
    "writes nothing for what is no name, and says where it cannot write",
    () =>
      Effect.gen(function* () {
        const cwd = yield* folderOf({ file: "" })
        const bad = yield* runCtid(["cert", "init", "--name", "two words"], { cwd })
        assert.deepStrictEqual([bad.code, bad.stderr], [2, '"two words" is no host name and no IP address\n'])
        assert.strictEqual((yield* runCtid(["cert", "init", "--days", "0"], { cwd })).code, 2)
        const nowhere = yield* runCtid(["cert", "init", "--dir", "file/x"], { cwd })
        assert.deepStrictEqual([nowhere.code, nowhere.stderr], [1, "file/x: the folder cannot be made\n"])
        assert.deepStrictEqual(readdirSync(cwd), ["file"])
      }),
    60_000
  )
})
