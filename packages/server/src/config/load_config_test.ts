import { chmodSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { formatNotice } from "@ctid/core"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { folderOf, folderWith } from "../config_folder_fixture.ts"
import { loadConfig } from "./load_config.ts"

const platform = Layer.merge(NodeServices.layer, NodeCrypto.layer)

/** Messages name the files as if in the current folder. */
const load = (files: Readonly<Record<string, string | Uint8Array>>) =>
  Effect.gen(function* () {
    const folder = yield* folderOf(files)
    return yield* Effect.mapError(loadConfig(join(folder, "ctid.yml")), ({ message }) =>
      message.replaceAll(`${folder}/`, "").split("\n")
    )
  }).pipe(Effect.scoped, Effect.provide(platform))

const refused = (files: Readonly<Record<string, string | Uint8Array>>) => Effect.flip(load(files))

const HASH = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA"

/** A good file; the tests break it at one place. */
const good = `ami:
  password: hunter2
users:
  - id: 1
    login: alice
    password: ${HASH}
    lines: [11]
    agent: 7
  - id: 2
    login: bob
    password: ${HASH}
lines:
  - id: 11
    number: 1001
    context: a
  - {id: 12, number: 1002, context: a, user: 2}
agents:
  - {id: 7, number: 2001, context: a, queues: [support]}
queues:
  - {id: 5, name: support, context: a}
voicemails:
  - {id: 3, mailbox: 1001, context: a}
profiles:
  - {id: 1, name: Client, presences: office}
presence_groups:
  office:
    available: {color: "#9BC920", allowed: [away]}
    away: {color: "#FFDD00"}
    disconnected: {color: "#9E9E9E"}
`

/** What to break, and the line that is printed. */
const broken: ReadonlyArray<readonly [what: string, from: string, to: string, line: string]> = [
  [
    "no AMI password",
    "  password: hunter2\n",
    "  port: 5038\n",
    "ctid.yml:1:1: ami.password: found nothing, expected a secret of 1 to 255 characters, on one line"
  ],
  [
    "a mistyped option",
    "  password: hunter2\n",
    "  password: hunter2\n  adress: pbx\n",
    'ctid.yml:3:3: ami.adress: found the unknown key "adress", expected "address" (did you mean it?)'
  ],
  [
    "a mistyped section",
    "voicemails:",
    "voicemail:",
    'ctid.yml:21:1: voicemail: found the unknown key "voicemail", expected "voicemails" (did you mean it?)'
  ],
  [
    "an option of nothing",
    "ami:\n",
    "colour: blue\nami:\n",
    'ctid.yml:1:1: colour: found the unknown key "colour", expected one of server, timeouts, limits, listeners, tls, ami, telephony, passwords, log, users, lines, agents, queues, voicemails, profiles, presence_groups, hint_groups, external_servers'
  ],
  [
    "a port out of range",
    "  password: hunter2\n",
    "  password: hunter2\n  port: 99999\n",
    "ctid.yml:3:9: ami.port: found 99999, expected a whole number from 1 to 65535"
  ],
  [
    "a section of another kind",
    "ami:\n  password: hunter2\n",
    "ami: {password: hunter2}\nlisteners: 5003\n",
    "ctid.yml:2:12: listeners: found 5003, expected a mapping"
  ],
  [
    "a list of another kind",
    "  - {id: 5, name: support, context: a}\n",
    "  support: 5\n",
    "ctid.yml:19:1: queues: found a mapping, expected a list"
  ],
  [
    "an id that is text",
    "  - id: 1\n",
    "  - id: one\n",
    'ctid.yml:4:9: users[0].id: found "one", expected a whole number of 1 or more'
  ],
  [
    "an id that begins with a zero",
    "  - id: 2\n",
    "  - id: 02\n",
    'ctid.yml:9:9: users[1].id: found "02", expected a whole number of 1 or more'
  ],
  [
    "no id",
    "  - id: 1\n    login: alice\n",
    "  - login: alice\n",
    "ctid.yml:4:5: users[0].id: found nothing, expected a whole number of 1 or more"
  ],
  [
    "an id twice",
    "  - id: 2\n",
    "  - id: 1\n",
    "ctid.yml:9:9: users[1].id: found 1, expected an id that no other user has (users[0], ctid.yml:4, has it)"
  ],
  [
    "a login twice",
    "login: bob",
    "login: alice",
    'ctid.yml:10:12: users[1].login: found "alice", expected a login that no other user has (users[0], ctid.yml:4, has it)'
  ],
  [
    "an agent twice",
    "login: bob",
    "login: bob\n    agent: 7",
    "ctid.yml:11:12: users[1].agent: found 7, expected an agent that no other user is (users[0], ctid.yml:4, has it)"
  ],
  [
    "a password that is no hash",
    `    login: bob\n    password: ${HASH}`,
    "    login: bob\n    password: hunter2",
    "ctid.yml:11:15: users[1].password: found (hidden), expected a hash made by `ctid passwd`: $argon2id$... or $pbkdf2-sha256$... (a password in plain text goes under plain_password), or null"
  ],
  [
    "no password",
    `    login: bob\n    password: ${HASH}\n`,
    "    login: bob\n",
    "ctid.yml:9:5: users[1]: found neither, expected a password (a hash that `ctid passwd` makes) or a plain_password"
  ],
  [
    "both passwords",
    "    login: bob\n",
    "    login: bob\n    plain_password: hunter2\n",
    "ctid.yml:11:21: users[1].plain_password: found both, expected either password or plain_password"
  ],
  [
    "a line that is not there",
    "lines: [11]",
    "lines: [11, 99]",
    "ctid.yml:7:17: users[0].lines[1]: found 99, expected the id of one of lines"
  ],
  [
    "a line that is no number",
    "lines: [11]",
    "lines: [x]",
    'ctid.yml:7:13: users[0].lines[0]: found "x", expected a whole number of 1 or more'
  ],
  [
    "a line of two users",
    "lines: [11]",
    "lines: [11, 12]",
    "ctid.yml:16:46: lines[1].user: found 2, expected 1 or nothing (users[0].lines[1], ctid.yml:7, names the line)"
  ],
  ["a line of nobody's", "user: 2", "user: 9", "ctid.yml:16:46: lines[1].user: found 9, expected the id of one of users"],
  [
    "a number twice in a context",
    "number: 1002",
    "number: 1001, device: PJSIP/x",
    'ctid.yml:16:22: lines[1].number: found "1001@a", expected a number that no other line of its context has (lines[0], ctid.yml:13, has it)'
  ],
  [
    "a number in two contexts",
    "number: 1002, context: a",
    "number: 1001, device: PJSIP/x, context: b",
    "ctid.yml:16:22: lines[1].number: found 1001, expected {context} in telephony.templates.do_not_disturb, or an extension of its own: lines[0], ctid.yml:13, has it in another context, and both would share DND/1001"
  ],
  [
    "a device twice",
    "number: 1002",
    "number: 1002, device: sip/1001",
    'ctid.yml:16:36: lines[1].device: found "sip/1001", expected a device that no other line has (lines[0], ctid.yml:13, has it)'
  ],
  [
    "an agent that is not there",
    "    agent: 7\n",
    "    agent: 8\n",
    "ctid.yml:8:12: users[0].agent: found 8, expected the id of one of agents"
  ],
  [
    "a voicemail that is not there",
    "    agent: 7\n",
    "    agent: 7\n    voicemail: 8\n",
    "ctid.yml:9:16: users[0].voicemail: found 8, expected the id of one of voicemails"
  ],
  [
    "a profile that is not there",
    "    agent: 7\n",
    "    agent: 7\n    profile: Cleint\n",
    'ctid.yml:9:14: users[0].profile: found "Cleint", expected the name of a profile: "Client" (did you mean it?)'
  ],
  [
    "a queue that is not there",
    "queues: [support]",
    "queues: [{queue: suport}]",
    'ctid.yml:18:48: agents[0].queues[0]: found "suport", expected the name of one of queues: "support" (did you mean it?)'
  ],
  [
    "a presence group that is not there",
    "presences: office",
    "presences: offices",
    'ctid.yml:24:38: profiles[0].presences: found "offices", expected one of presence_groups: "office" (did you mean it?)'
  ],
  [
    "a hint group that is not there",
    "presences: office",
    "hints: office",
    'ctid.yml:24:34: profiles[0].hints: found "office", expected one of hint_groups: one of xivo'
  ],
  [
    "no presence available",
    "    available:",
    "    here:",
    "ctid.yml:26:3: presence_groups.office: found none, expected a presence available in each group"
  ],
  [
    "no presence disconnected",
    '    disconnected: {color: "#9E9E9E"}\n',
    "",
    "ctid.yml:26:3: presence_groups.office: found none, expected a presence disconnected in each group"
  ],
  [
    "allowed that is not there",
    "allowed: [away]",
    "allowed: [awya]",
    'ctid.yml:27:45: presence_groups.office.available.allowed[0]: found "awya", expected a presence of this group: "away" (did you mean it?)'
  ],
  [
    "a bad colour",
    "#FFDD00",
    "yellow",
    'ctid.yml:28:19: presence_groups.office.away.color: found "yellow", expected a colour written "#RRGGBB"'
  ],
  [
    "a template without the extension",
    "ami:\n",
    "telephony: {templates: {forward_busy: CFB/x}}\nami:\n",
    'ctid.yml:1:39: telephony.templates.forward_busy: found "CFB/x", expected a key family/name of Asterisk\'s database, with places {exten} and {context}, where {exten} stands in the name'
  ],
  [
    "a port for two listeners",
    "ami:\n",
    "listeners: {info: {port: 5004}}\nami:\n",
    "ctid.yml:1:26: listeners.info.port: found 127.0.0.1:5004, expected a port of its own (listeners.web_interface has it)"
  ],
  [
    "a text of several lines",
    "login: bob",
    'login: "bob\\nAction: Command"',
    'ctid.yml:10:12: users[1].login: found "bob\\nAction: Command", expected a line of text of 1 to 255 characters'
  ],
  [
    "YAML: a key twice",
    "login: bob\n",
    "login: bob\n    login: carol\n",
    "ctid.yml:11:5: found a key for the second time, expected each key once in its mapping"
  ],
  ["YAML: a tab", "    login: bob\n", "\tlogin: bob\n", "ctid.yml:10:1: found a tab in the indentation, expected spaces"],
  [
    "YAML: an alias of a secret",
    "password: hunter2",
    "password: *hunter2",
    "ctid.yml:2:13: found an alias (*name) of nothing, expected an anchor (&name) before it, or quotes around a text that begins with *"
  ],
  [
    "YAML: a tag of a secret",
    "password: hunter2",
    "password: !hunter2",
    "ctid.yml:2:13: found a tag (!name) that is not known, expected no tag, or quotes around a text that begins with !"
  ]
]

describe("loadConfig", () => {
  it.effect("accepts the file that the following tests break", () =>
    Effect.gen(function* () {
      const { directory, notices } = yield* load({ "ctid.yml": good })
      assert.lengthOf(directory.users, 2)
      assert.deepStrictEqual(notices, [])
    })
  )

  it.effect("warns of a file with secrets that everybody may read", () =>
    Effect.gen(function* () {
      const file = join(yield* folderWith(good), "ctid.yml")
      chmodSync(file, 0o644)
      const { notices } = yield* loadConfig(file).pipe(Effect.provide(platform))
      assert.deepStrictEqual(notices.map(formatNotice), [
        `${file}:1:1: every user of this machine may read its secrets: chmod o= ${file}`
      ])
    })
  )

  it.effect("warns of a table of people that everybody may read, and of none of lines, which holds no secret", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({
        "ctid.yml": "ami: {password: hunter2}\nusers: {csv: users.csv}\nlines: {csv: lines.csv}\n",
        "users.csv":
          "id,login,password,lines\n1,alice,$pbkdf2-sha256$i=600000$PBDXpSbtLyrcF8ipjpJt5A$0gfLWrYYt1cqUvVdC7ZYLZBiKDbzj0Fp0Phib2aFVH8,11\n",
        "lines.csv": "id,number\n11,1001\n"
      })
      for (const name of ["users.csv", "lines.csv"]) chmodSync(join(folder, name), 0o644)
      const { notices } = yield* loadConfig(join(folder, "ctid.yml")).pipe(Effect.provide(platform))
      const users = join(folder, "users.csv")
      assert.deepStrictEqual(notices.map(formatNotice), [
        `${users}:1:1: every user of this machine may read its secrets: chmod o= ${users}`
      ])
    })
  )

  for (const [what, from, to, line] of broken) {
    it.effect(`refuses ${what}`, () =>
      Effect.gen(function* () {
        assert.include(good, from)
        const lines = yield* refused({ "ctid.yml": good.replace(from, () => to) })
        assert.include(lines, line)
        assert.notInclude(lines.join("\n"), "hunter2")
      })
    )
  }

  it.effect("tells everything that is wrong at once, in the order of the file", () =>
    Effect.gen(function* () {
      const lines = yield* refused({
        "ctid.yml": good.replace("#FFDD00", "yellow").replace("login: bob", "login: alice").replace("hunter2", "''")
      })
      assert.deepStrictEqual(
        lines.map((line) => line.split(" ").slice(0, 2).join(" ")),
        [
          "ctid.yml:2:13: ami.password:",
          "ctid.yml:10:12: users[1].login:",
          "ctid.yml:28:19: presence_groups.office.away.color:"
        ]
      )
    })
  )

  it.effect("keeps the digits of numbers that are names", () =>
    Effect.gen(function* () {
      const { directory } = yield* load({
        "ctid.yml": good.replace("number: 1002", "number: 0049301234567890123").replace("mailbox: 1001", "mailbox: 1e3")
      })
      assert.strictEqual(directory.lines[1]?.number, "0049301234567890123")
      assert.strictEqual(directory.voicemails[0]?.mailbox, "1e3")
    })
  )

  it.effect("reads anchors, and stops where aliases repeat too much", () =>
    Effect.gen(function* () {
      const { directory } = yield* load({
        "ctid.yml": good.replace("context: a\n  -", "context: &c a\n  -").replace("1002, context: a", "1002, context: *c")
      })
      assert.strictEqual(directory.lines[1]?.context, "a")
      const bomb = Array.from(
        { length: 20 },
        (_, i) =>
          `a${i}: &a${i} [${
            i === 0
              ? "x"
              : Array(9)
                  .fill(`*a${i - 1}`)
                  .join(", ")
          }]`
      )
      const [line] = yield* refused({ "ctid.yml": bomb.join("\n") })
      assert.match(line ?? "", /^ctid\.yml:\d+:\d+: found too many values/)
      const [circle] = yield* refused({ "ctid.yml": "users: &u [*u]\n" })
      assert.match(circle ?? "", /^ctid\.yml:1:\d+: found (too many values|an alias)/)
    })
  )

  it.effect("takes a prototype's name for any other unknown key", () =>
    Effect.gen(function* () {
      const lines = yield* refused({ "ctid.yml": `${good}__proto__: {a: 1}\nconstructor: 1\n` })
      assert.lengthOf(lines, 2)
      assert.match(lines[0] ?? "", /found the unknown key "__proto__"/)
    })
  )

  it.effect("refuses a file that is not there, is a folder, or is no UTF-8", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* refused({}), ["ctid.yml:1:1: found no such file, expected a file"])
      const folder = yield* Effect.flip(loadConfig(tmpdir()).pipe(Effect.provide(platform)))
      assert.match(folder.message, /found no regular file, expected a file$/)
      const bytes = new Uint8Array([...new TextEncoder().encode("ami:\n  password: "), 0xff, 0x0a])
      assert.deepStrictEqual(yield* refused({ "ctid.yml": bytes }), [
        "ctid.yml:2:1: found bytes that are not UTF-8, expected a text in UTF-8"
      ])
    })
  )

  it.effect("refuses an empty file for what is missing in it, and one that is no mapping", () =>
    Effect.gen(function* () {
      assert.match((yield* refused({ "ctid.yml": "" })).join("\n"), /^ctid\.yml:1:1: ami\.password: found nothing/)
      assert.match(
        (yield* refused({ "ctid.yml": "- a\n" })).join("\n"),
        /^ctid\.yml:1:1: found a list, expected a mapping of sections/
      )
    })
  )
})

const withCsv = `ami: {password: x}
users: {csv: users.csv}
lines: {csv: lines.csv}
`
const users = `id,login,password,lines,firstname
1,alice,"${HASH}",11 12,"Alice, ""the"" first"
2,bob,"${HASH}",,Bob
`
const lines = "id,number,context,user\n11,1001,a,\n12,0012,a,\n13,1003,a,2\n"

describe("CSV files", () => {
  it.effect("stand for the lists of users and lines", () =>
    Effect.gen(function* () {
      const { directory } = yield* load({ "ctid.yml": withCsv, "users.csv": users, "lines.csv": lines })
      assert.deepStrictEqual(
        directory.users.map(({ login, lineIds, firstName }) => ({ login, lineIds, firstName })),
        [
          { login: "alice", lineIds: [11, 12], firstName: 'Alice, "the" first' },
          { login: "bob", lineIds: [13], firstName: "Bob" }
        ]
      )
      assert.strictEqual(directory.lines[1]?.number, "0012")
    })
  )

  const brokenCsv: ReadonlyArray<readonly [what: string, files: Record<string, string>, line: string]> = [
    [
      "a login twice",
      { "users.csv": users.replace("bob", "alice") },
      'users.csv:3:3: users[1].login: found "alice", expected a login that no other user has (users[0], users.csv:2, has it)'
    ],
    [
      "an unknown column",
      { "users.csv": users.replace("firstname", "first_nam") },
      'users.csv:1:25: found the unknown column "first_nam", expected "firstname" (did you mean it?)'
    ],
    [
      "a column twice",
      { "lines.csv": "id,number,id\n" },
      "lines.csv:1:11: found the column id again, expected each column once"
    ],
    [
      "cells that are missing",
      { "lines.csv": lines.replace("13,1003,a,2", "13,1003") },
      "lines.csv:4:1: found 2 cells, expected 4, as in the first row"
    ],
    [
      "an open quote",
      { "lines.csv": `${lines}14,"1004,a,\n` },
      'lines.csv:5:4: found a quote without its end, expected a closing "'
    ],
    [
      "a line that is not there",
      { "users.csv": users.replace("11 12", "11 99") },
      "users.csv:2:82: users[0].lines[1]: found 99, expected the id of one of lines"
    ],
    [
      "an id that is text",
      { "lines.csv": lines.replace("13,", "x13,") },
      'lines.csv:4:1: lines[2].id: found "x13", expected a whole number of 1 or more'
    ],
    [
      "an empty file",
      { "lines.csv": "" },
      "lines.csv:1:1: found an empty file, expected a first row of column names: id,number,context,protocol,name,device,callerid,user"
    ],
    [
      "another key beside csv",
      { "ctid.yml": withCsv.replace("csv: lines.csv", "csv: lines.csv, sep: x") },
      'ctid.yml:3:25: lines: found the key "sep", expected a list of lines, or {csv: <the path of a CSV file>}'
    ],
    [
      "a file that is not there",
      { "ctid.yml": withCsv.replace("lines.csv", "no.csv") },
      "no.csv:1:1: found no such file, expected a file"
    ]
  ]
  for (const [what, files, line] of brokenCsv) {
    it.effect(`refuse ${what}`, () =>
      Effect.gen(function* () {
        const told = yield* refused({ "ctid.yml": withCsv, "users.csv": users, "lines.csv": lines, ...files })
        assert.include(told, line)
      })
    )
  }
})
