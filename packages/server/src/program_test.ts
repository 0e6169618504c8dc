import { readFileSync } from "node:fs"
import { PasswordHash } from "@ctid/core"
import { NodePasswordHash } from "@ctid/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { folderWith } from "./config_folder_fixture.ts"
import { runCtid } from "./ctid_process_fixture.ts"

const example = readFileSync(new URL("../../../docs/examples/ctid.yml", import.meta.url), "utf8")

describe("ctid", () => {
  it.live("says with --help what there is, with examples, and exits with 0", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* runCtid(["--help"])
      assert.strictEqual(code, 0)
      for (const word of ["serve", "check", "passwd", "cert", "demo", "client", "EXAMPLES"]) assert.include(stdout, word)
      for (const command of ["serve", "check", "passwd", "cert", "demo", "client"]) {
        const help = yield* runCtid([command, "--help"])
        assert.strictEqual(help.code, 0)
        assert.match(help.stdout, new RegExp(`EXAMPLES[\\s\\S]*ctid ${command}`))
      }
    })
  )

  it.live("exits with 2 for an unknown command, an unknown flag and too many arguments", () =>
    Effect.gen(function* () {
      for (const args of [["srve"], ["check", "--amy"], ["passwd", "secret"], ["demo", "--port", "x"]]) {
        const { code, stderr } = yield* runCtid(args)
        assert.strictEqual(code, 2, args.join(" "))
        assert.include(stderr, "ERROR")
      }
    })
  )
})

describe("ctid check", () => {
  it.live("exits with 0 and counts what a good configuration declares", () =>
    Effect.gen(function* () {
      const cwd = yield* folderWith(example)
      const { code, stdout, stderr } = yield* runCtid(["check"], { cwd })
      assert.strictEqual(code, 0)
      assert.match(stdout, /fine: 3 users, 3 lines, 1 agent, 1 queue, 1 voicemail, 2 profiles\n$/)
      assert.strictEqual(stderr, "")
    })
  )

  it.live("exits with 2 and prints where a refused one is wrong, without the secret", () =>
    Effect.gen(function* () {
      const cwd = yield* folderWith("ami:\n  password: hunter2\nusers:\n  - {id: 1, login: a, password: hunter2}\n")
      const { code, stdout, stderr } = yield* runCtid(["check"], { cwd })
      assert.strictEqual(code, 2)
      assert.strictEqual(stdout, "")
      assert.match(stderr, /^ctid\.yml:4:\d+: users\[0\]\.password: found \(hidden\), expected a hash made by `ctid passwd`/)
      assert.notInclude(stderr, "hunter2")
    })
  )

  it.live("exits with 2 when there is no file", () =>
    Effect.gen(function* () {
      const cwd = yield* folderWith("")
      const { code, stderr } = yield* runCtid(["check", "other.yml"], { cwd })
      assert.strictEqual(code, 2)
      assert.include(stderr, "other.yml:1:1: found no such file, expected a file\n")
    })
  )

  it.live("tells programs in one line of JSON", () =>
    Effect.gen(function* () {
      const cwd = yield* folderWith("ami: {password: a}\nuser: []\nlisteners: {ctis: {enabled: off}}\n")
      const refused = yield* runCtid(["check", "--json"], { cwd })
      assert.strictEqual(refused.code, 2)
      const problem = { file: "ctid.yml", line: 2, column: 1, path: "user" }
      const { ok, problems } = JSON.parse(refused.stdout)
      assert.isFalse(ok)
      assert.deepInclude(problems[0], problem)
      const fine = yield* runCtid(["check", "--json"], { cwd: yield* folderWith(example) })
      assert.strictEqual(fine.code, 0)
      assert.deepStrictEqual(JSON.parse(fine.stdout), { ok: true, problems: [], notices: [] })
    })
  )

  it.live("says what should be known of a file that is fine", () =>
    Effect.gen(function* () {
      const cwd = yield* folderWith("ami: {password: a}\ntls:\n  minimum_version: TLSv1\n")
      const { code, stderr } = yield* runCtid(["check"], { cwd })
      assert.strictEqual(code, 0)
      assert.match(stderr, /^ctid\.yml:3:20: tls\.minimum_version: versions of TLS that are broken/)
    })
  )
})

const verifies = (hash: string, password: string) =>
  Effect.flatMap(PasswordHash, ({ verify }) => verify(Redacted.make(password), Redacted.make(hash))).pipe(
    Effect.provide(NodePasswordHash.layer())
  )

describe("ctid passwd", () => {
  it.live("hashes the first line of its input; the hash is accepted in ctid.yml and verifies", () =>
    Effect.gen(function* () {
      const { code, stdout, stderr } = yield* runCtid(["passwd"], { input: "päss wörd\nrest" })
      assert.strictEqual(code, 0)
      assert.match(stdout, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$\S+\n$/)
      assert.match(stderr, /^Argon2id with 19456 KiB of memory, 2 passes, 1 lane: each first login costs about \d+ ms/)
      const hash = stdout.trim()
      assert.isTrue(yield* verifies(hash, "päss wörd"))
      assert.isFalse(yield* verifies(hash, "päss wörd\n"))
      const cwd = yield* folderWith(`ami: {password: a}\nusers: [{id: 1, login: a, password: "${hash}"}]\n`)
      assert.strictEqual((yield* runCtid(["check"], { cwd })).code, 0)
    })
  )

  it.live("takes its parameters from ctid.yml, which need not be complete", () =>
    Effect.gen(function* () {
      const cwd = yield* folderWith("passwords: {memory: 1 MiB, passes: 3, parallelism: 2}\n")
      const { stdout } = yield* runCtid(["passwd"], { cwd, input: "x\n" })
      assert.match(stdout, /^\$argon2id\$v=19\$m=1024,t=3,p=2\$/)
      const bad = yield* folderWith("passwords: {memory: 1 TiB}\n")
      const refused = yield* runCtid(["passwd"], { cwd: bad, input: "x\n" })
      assert.strictEqual(refused.code, 2)
      assert.match(refused.stderr, /^ctid\.yml:1:21: passwords\.memory: found "1 TiB"/)
    })
  )

  it.live("makes a password that nobody has seen, with its hash on the next line", () =>
    Effect.gen(function* () {
      const [first, second] = yield* Effect.all([runCtid(["passwd", "--generate"]), runCtid(["passwd", "--generate"])])
      const [password = "", hash = "", rest] = first.stdout.split("\n")
      assert.match(password, /^[a-z2-9]{4}(-[a-z2-9]{4}){4}$/)
      assert.isTrue(yield* verifies(hash, password))
      assert.strictEqual(rest, "")
      assert.notStrictEqual(second.stdout.split("\n")[0], password)
    })
  )

  it.live("refuses nothing at all", () =>
    Effect.gen(function* () {
      const { code, stdout, stderr } = yield* runCtid(["passwd"], { input: "" })
      assert.strictEqual(code, 2)
      assert.strictEqual(stdout, "")
      assert.strictEqual(stderr, "the password must have 1 to 1024 bytes\n")
    })
  )
})
