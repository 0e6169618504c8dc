import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import { type DirectoryData, snapshotOf } from "../directory/directory.ts"
import { TelephonyState } from "../telephony/telephony_state.ts"
import { sampleData } from "../testdata/sample_directory.ts"
import { connectionLine, type InfoState, loggedLine, type OpenConnection, showAtAGlance, showList } from "./info_views.ts"

/** alice is signed in and available, her phone rings, agent 7 is in the queue `support` on it. */
const stateOf = (changes: Partial<DirectoryData> = {}): InfoState => {
  const directory = snapshotOf({ ...sampleData, ...changes })
  const telephony = new TelephonyState(() => directory, 1_000)
  telephony.apply({ _tag: "EndpointState", lineId: 10, state: 8 }, 1_000)
  telephony.apply({ _tag: "VoicemailCount", voicemailId: 3, newMessages: "2" }, 1_000)
  telephony.apply(
    {
      _tag: "QueueMembers",
      members: [
        {
          queue: "support",
          name: "Agent/2001",
          interface: "Local/1001@a",
          stateInterface: "PJSIP/1001",
          penalty: 2,
          callsTaken: 4,
          lastCall: 0,
          status: 1,
          paused: false,
          wrapUpSeconds: 0
        }
      ]
    },
    1_000
  )
  return {
    directory: () => directory,
    telephony,
    presence: { get: (id) => (id === 1 ? "available" : "disconnected"), connected: (id) => id === 1 }
  }
}

const list = (name: string, ids: string | null = null, state = stateOf()): ReadonlyArray<string> => [
  ...showList(state, name, ids)
]

/** The objects that a listing shows, as `<list> <id>`. */
const shownIds = (lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.filter((line) => /^ {8}[a-z]+ \S+$/.test(line)).map((line) => line.trim())

describe("showlist", () => {
  it("shows an object's config and status, indented", () => {
    assert.deepStrictEqual(list("queues", "5"), [
      "ipbxid : xivo",
      "    queues",
      "        queues 5",
      "        config: ",
      "        {",
      '         "context": "a",',
      '         "name": "support",',
      '         "displayname": "Support",',
      '         "number": "3001"',
      "        }",
      "        status:",
      "        {",
      '         "agentmembers": [',
      '          "7"',
      "         ],",
      '         "phonemembers": []',
      "        }"
    ])
  })

  it("shows the lists whose names contain the word, and of them the objects whose ids the text contains", () => {
    const lists = (lines: ReadonlyArray<string>): ReadonlyArray<string> =>
      lines.filter((line) => /^ {4}[a-z]/.test(line)).map((line) => line.trim())
    assert.deepStrictEqual(lists(list("")), ["users", "phones", "agents", "queues", "queuemembers", "voicemails"])
    assert.deepStrictEqual(lists(list("queue")), ["queues", "queuemembers"])
    assert.deepStrictEqual(list("nosuch"), ["ipbxid : xivo"])
    assert.deepStrictEqual(shownIds(list("users", "1 4")), ["users 1", "users 4"])
    assert.deepStrictEqual(shownIds(list("phones", "1030")), ["phones 10", "phones 30"])
    assert.deepStrictEqual(list("phones", "none"), ["ipbxid : xivo", "    phones"])
  })

  it("says None for the status of a queue member, which is in its config", () => {
    const lines = list("queuemembers", "Agent/2001,support")
    assert.include(lines, "        status: None")
    assert.include(lines, '         "penalty": "2",')
    assert.include(lines, '        queuemembers "Agent/2001,support"')
  })

  it("shows what the server knows now", () => {
    assert.include(list("phones", "10"), '         "hintstatus": "8"')
    assert.include(list("users", "1"), '         "availstate": "available"')
    assert.include(list("voicemails", "3"), '         "new": "2"')
    assert.include(list("agents", "7"), '         "phonenumber": "1001",')
  })
})

describe("at a glance", () => {
  it("one line for each object", () => {
    const glance = (name: "users" | "phones" | "agents" | "queues"): string => [...showAtAGlance(stateOf(), name)].join("\n")
    assert.include(glance("users"), "id=1 login=alice name=alice presence=available connected=true lines=10\n")
    assert.include(glance("users"), 'id=4 login=noline name=noline presence=disconnected connected=false lines=""\n')
    assert.include(glance("phones"), "id=10 device=PJSIP/1001 number=1001 context=a hint=8\n")
    assert.strictEqual(glance("agents"), "id=7 number=2001 context=a availability=available extension=1001")
    assert.include(glance("queues"), "id=5 name=support number=3001 context=a members=1\n")
  })

  const client: OpenConnection = {
    port: "cti",
    connectionId: 9,
    peer: { address: "192.0.2.9", port: 40_000 },
    encrypted: true,
    user: { id: 1, login: "alice", version: "2.3" }
  }
  const nobody: OpenConnection = { ...client, peer: { address: "::1", port: 5 }, user: null, encrypted: false }

  it("who is logged in, and from where", () => {
    assert.deepStrictEqual(loggedLine(client), ["id=1 login=alice version=2.3 encrypted=true peer=192.0.2.9:40000"])
    assert.deepStrictEqual(loggedLine(nobody), [])
  })

  it("every connection", () => {
    assert.strictEqual(connectionLine(client), "port=cti connection=9 encrypted=true login=alice peer=192.0.2.9:40000")
    assert.strictEqual(connectionLine(nobody), "port=cti connection=9 encrypted=false login=null peer=[::1]:5")
  })
})

describe("what is shown", () => {
  const everything = (state: InfoState): string =>
    [
      ...showList(state, "", null),
      ...(["users", "phones", "agents", "queues"] as const).flatMap((name) => [...showAtAGlance(state, name)])
    ].join("\n")

  it("no secret is ever among it", () => {
    const users = sampleData.users.map((user, index) => ({
      ...user,
      password: { kind: index % 2 === 0 ? ("plain" as const) : ("hash" as const), value: Redacted.make(`SECRET${user.id}`) }
    }))
    const shown = everything(stateOf({ users }))
    assert.notInclude(shown, "SECRET")
    assert.notInclude(shown.toLowerCase(), "redacted")
    for (const { login } of users) assert.include(shown, `"login": "${login}"`)
    assert.strictEqual(shown.split('"password": "(hidden)"').length - 1, users.length)
  })

  it("nothing that a terminal would obey, and nothing that would begin a line of its own", () => {
    const evil = "\u001b[2J\u009b1m\u2028\nusers 99\r\u0007\u007f"
    const [first, ...others] = sampleData.users
    const users = first === undefined ? [] : [{ ...first, fullName: evil, firstName: evil, login: evil }, ...others]
    const lines = everything(
      stateOf({ users, queues: sampleData.queues.map((queue) => ({ ...queue, name: `${evil}${queue.id}` })) })
    )
    assert.match(lines, /^[\n\u0020-\u007e\u00a0-\u2027\u202a-\uffff]*$/)
    assert.notInclude(shownIds(lines.split("\n")), "users 99")
    assert.include(lines, "\\u001b[2J")
  })
})
