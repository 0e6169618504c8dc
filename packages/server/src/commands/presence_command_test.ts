import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { folderWith } from "../config_folder_fixture.ts"
import { runCtid } from "../ctid_process_fixture.ts"
import { demoConfig } from "../demo/people.ts"

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8")
const example = read("../../../../docs/examples/ctid.yml")
const broken = read("../testdata/presence_defects.yml")

/** The defects of `presence_defects.yml`, in its order. */
const expected = [
  {
    line: 7,
    column: 32,
    path: "presence_groups.office.available.allowed[2]",
    rule: "unknown_presence",
    group: "office",
    presences: ["available", "focsu"],
    refused: true,
    message: 'found "focsu", expected a presence of this group: "focus" (did you mean it?)'
  },
  {
    line: 13,
    column: 51,
    path: "presence_groups.office.away.actions.queuepause_all",
    rule: "left_on",
    group: "office",
    presences: ["away"],
    refused: false,
    message: "the agent stays paused after away: available does not unpause him (away -> available)"
  },
  {
    line: 14,
    column: 5,
    path: "presence_groups.office.meeting.longname",
    rule: "no_display_text",
    group: "office",
    presences: ["meeting"],
    refused: false,
    message: "no display text: people read the name"
  },
  {
    line: 17,
    column: 34,
    path: "presence_groups.office.meeting.actions.enablecoffee",
    rule: "unknown_action",
    group: "office",
    presences: ["meeting"],
    refused: false,
    message: "an unknown action, which is skipped; expected one of enablednd, queuepause_all, queueunpause_all, agentlogoff"
  },
  {
    line: 20,
    column: 14,
    path: "presence_groups.office.focus.color",
    rule: "colours_alike",
    group: "office",
    presences: ["focus", "available"],
    refused: false,
    message: "red-blind and green-blind people cannot tell its colour from that of available in a small dot"
  },
  {
    line: 26,
    column: 16,
    path: "presence_groups.office.gone.allowed",
    rule: "one_way_street",
    group: "office",
    presences: ["gone"],
    refused: false,
    message: "a one-way street: no way leads from gone back to available"
  },
  {
    line: 27,
    column: 5,
    path: "presence_groups.office.secret",
    rule: "unreachable",
    group: "office",
    presences: ["secret"],
    refused: false,
    message: "unreachable: no way leads from available to secret"
  },
  {
    line: 45,
    column: 28,
    path: "presence_groups.shop.closed.actions.enablednd",
    rule: "left_on",
    group: "shop",
    presences: ["closed"],
    refused: false,
    message: "do not disturb stays on after closed: available does not switch it off (closed -> available)"
  },
  {
    line: 48,
    column: 14,
    path: "presence_groups.shop.disconnected.color",
    rule: "colours_alike",
    group: "shop",
    presences: ["disconnected", "closed"],
    refused: false,
    message: "its colour cannot be told from that of closed in a small dot"
  },
  {
    line: 51,
    column: 36,
    path: "profiles[1].presences",
    rule: "unknown_group",
    group: "shops",
    presences: [],
    refused: true,
    message: 'found "shops", expected one of presence_groups: "shop" (did you mean it?)'
  }
]

describe("ctid presence check", () => {
  it.live("tells programs of all ten defects of a file that has ten, and of nothing else", () =>
    Effect.gen(function* () {
      const cwd = yield* folderWith(broken)
      const { code, stdout, stderr } = yield* runCtid(["presence", "check", "--json"], { cwd })
      assert.strictEqual(code, 2)
      assert.strictEqual(stderr, "")
      assert.deepStrictEqual(JSON.parse(stdout), {
        ok: false,
        groups: [
          { name: "office", presences: ["available", "away", "meeting", "focus", "gone", "secret", "disconnected"] },
          { name: "shop", presences: ["available", "closed", "disconnected"] }
        ],
        findings: expected.map((finding) => ({ file: "ctid.yml", ...finding }))
      })
      assert.strictEqual(stdout.trimEnd().split("\n").length, 1)
    })
  )

  it.live("tells people the same, one line each, and what it means", () =>
    Effect.gen(function* () {
      const cwd = yield* folderWith(broken)
      const { code, stdout, stderr } = yield* runCtid(["presence", "check"], { cwd })
      assert.strictEqual(code, 2)
      assert.strictEqual(stdout, "")
      assert.deepStrictEqual(stderr.trimEnd().split("\n"), [
        ...expected.map(({ line, column, path, message }) => `ctid.yml:${line}:${column}: ${path}: ${message}`),
        "10 defects: the server would not start"
      ])
    })
  )

  it.live("exits with 1 where the server would run nevertheless", () =>
    Effect.gen(function* () {
      const cwd = yield* folderWith(example.replace('{enablednd: false, queueunpause_all: ""}', "{enablednd: false}"))
      const { code, stderr } = yield* runCtid(["presence", "check"], { cwd })
      assert.strictEqual(code, 1)
      assert.match(
        stderr,
        /^ctid\.yml:\d+:\d+: \S+: the agent stays paused after away, outtolunch and donotdisturb: available does not unpause him \(away -> available\)\n1 defect\n$/
      )
      assert.strictEqual((yield* runCtid(["check"], { cwd })).code, 0)
    })
  )

  it.live("finds nothing wrong with the example, nor with the factory's group", () =>
    Effect.gen(function* () {
      const fine = yield* runCtid(["presence", "check"], { cwd: yield* folderWith(example) })
      assert.deepStrictEqual([fine.code, fine.stdout, fine.stderr], [0, "ctid.yml: fine: office (5 presences)\n", ""])
      const factory = yield* runCtid(["presence", "check"], { cwd: yield* folderWith("profiles: [{id: 1, name: Client}]\n") })
      assert.deepStrictEqual([factory.code, factory.stdout], [0, "ctid.yml: fine: xivo (6 presences)\n"])
      const json = yield* runCtid(["presence", "check", "--json"], { cwd: yield* folderWith("") })
      assert.strictEqual(json.code, 0)
      assert.deepInclude(JSON.parse(json.stdout), { ok: true, findings: [] })
    })
  )

  it.live("tells of values of a wrong kind beside the defects of the rest", () =>
    Effect.gen(function* () {
      const cwd = yield* folderWith(
        'presence_groups:\n  g:\n    available: {longname: "", color: red, allowed: [awy]}\n    away: {color: "#FFDD00", longname: Away}\n'
      )
      const { code, stdout } = yield* runCtid(["presence", "check", "--json"], { cwd })
      assert.strictEqual(code, 2)
      const { findings }: { readonly findings: ReadonlyArray<{ readonly rule: string; readonly path: string }> } =
        JSON.parse(stdout)
      assert.deepStrictEqual(
        findings.map(({ rule, path }) => `${path.replace("presence_groups.g", "")} ${rule}`),
        [
          " missing_presence",
          ".available.longname malformed",
          ".available.color malformed",
          ".available.allowed[0] unknown_presence",
          ".away unreachable",
          ".away.allowed one_way_street"
        ]
      )
    })
  )

  it.live("exits with 2 for a file that is not there, or is no YAML, in both languages", () =>
    Effect.gen(function* () {
      const cwd = yield* folderWith("a: [")
      for (const file of ["no.yml", "ctid.yml"]) {
        const people = yield* runCtid(["presence", "check", file], { cwd })
        assert.strictEqual(people.code, 2)
        assert.match(people.stderr, new RegExp(`^${file}:1:\\d+: found `))
        const programs = yield* runCtid(["presence", "check", "--json", file], { cwd })
        assert.strictEqual(programs.code, 2)
        const { ok, findings } = JSON.parse(programs.stdout)
        assert.isFalse(ok)
        assert.deepInclude(findings[0], { file, line: 1, rule: "malformed", refused: true })
      }
    })
  )
})

const picture = fileURLToPath(new URL("../../../../docs/presence-demo.svg", import.meta.url))

/** What `ctid demo` runs with, as a file: JSON is YAML. */
const demo = JSON.stringify(
  demoConfig({ passwords: new Map(), ami: { username: "ctid", password: Redacted.make("x"), port: 5038 }, port: 5003 })
)

describe("ctid presence graph", () => {
  it.live("draws the demonstration's group, of which nothing is wrong, as in docs (CTID_WRITE_DOCS=1 writes it)", () =>
    Effect.gen(function* () {
      const cwd = yield* folderWith(demo)
      const checked = yield* runCtid(["presence", "check"], { cwd })
      assert.deepStrictEqual([checked.code, checked.stdout], [0, "ctid.yml: fine: demo (5 presences)\n"])
      const { code, stdout, stderr } = yield* runCtid(["presence", "graph"], { cwd })
      assert.deepStrictEqual([code, stderr], [0, ""])
      if (process.env.CTID_WRITE_DOCS === "1") writeFileSync(picture, stdout)
      else assert.strictEqual(stdout, readFileSync(picture, "utf8"))
    })
  )

  it.live("writes a file, of the group and in the format that are asked for, and says that the group has defects", () =>
    Effect.gen(function* () {
      const cwd = yield* folderWith(broken)
      const args = ["presence", "graph", "ctid.yml", "--group", "shop"]
      const { code, stdout, stderr } = yield* runCtid([...args, "--format", "mermaid", "-o", "shop.mmd"], { cwd })
      assert.deepStrictEqual([code, stdout], [0, ""])
      assert.strictEqual(stderr, "ctid.yml has defects: ctid presence check names them\n")
      assert.match(readFileSync(join(cwd, "shop.mmd"), "utf8"), /^flowchart TD\n[\s\S]*Open[\s\S]*0 <--> 1\n/)
      const dot = yield* runCtid([...args, "--format", "dot"], { cwd })
      assert.match(dot.stdout, /^digraph "shop" \{\n[\s\S]*\n\}\n$/)
      const usual = yield* runCtid(["presence", "graph"], { cwd })
      assert.include(usual.stdout, "Presence group office")
    })
  )

  it.live("exits with 2 for a group or a file that is not there, and with 1 where it may not write", () =>
    Effect.gen(function* () {
      const cwd = yield* folderWith(example)
      const group = yield* runCtid(["presence", "graph", "--group", "offic"], { cwd })
      assert.deepStrictEqual(
        [group.code, group.stdout, group.stderr],
        [2, "", '--group: found "offic", expected "office" (did you mean it?)\n']
      )
      const file = yield* runCtid(["presence", "graph", "no.yml"], { cwd })
      assert.deepStrictEqual([file.code, file.stderr], [2, "no.yml:1:1: found no such file, expected a file\n"])
      const format = yield* runCtid(["presence", "graph", "--format", "png"], { cwd })
      assert.strictEqual(format.code, 2)
      const output = yield* runCtid(["presence", "graph", "-o", "no/such/folder.svg"], { cwd })
      assert.deepStrictEqual([output.code, output.stderr], [1, "no/such/folder.svg: cannot be written: NotFound\n"])
      assert.isFalse(existsSync(join(cwd, "no")))
    })
  )
})
