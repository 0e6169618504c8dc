import { assert, describe, it } from "@effect/vitest"
import { HELP, type InfoCommand, readInfoCommand, statusLine } from "./info_server.ts"

const nothing: InfoCommand = { _tag: "Nothing" }
const unknown: InfoCommand = { _tag: "Unknown" }

describe("a command of the info server", () => {
  it.each<[string, InfoCommand]>([
    ["help", { _tag: "Help" }],
    ["  help  ", { _tag: "Help" }],
    ["help me", { _tag: "Help" }],
    ["Help", unknown],
    ["showlist", { _tag: "ShowList", list: "", ids: null }],
    ["showlist queue", { _tag: "ShowList", list: "queue", ids: null }],
    ["showlist queues 5", { _tag: "ShowList", list: "queues", ids: "5" }],
    ["showlist queuemembers Agent/2001,support 7", { _tag: "ShowList", list: "queuemembers", ids: "Agent/2001,support 7" }],
    ["show_users", { _tag: "Show", list: "users" }],
    ["show_phones", { _tag: "Show", list: "phones" }],
    ["show_agents", { _tag: "Show", list: "agents" }],
    ["show_queues", { _tag: "Show", list: "queues" }],
    ["show_trunks", unknown],
    ["show_infos", { _tag: "ShowInfos" }],
    ["show_logged", { _tag: "ShowLogged" }],
    ["disc 192.0.2.9 40000", { _tag: "Disconnect", peer: { address: "192.0.2.9", port: 40_000 } }],
    ["disc ::1 4", { _tag: "Disconnect", peer: { address: "::1", port: 4 } }],
    ["disc 192.0.2.9 four", { _tag: "Disconnect", peer: { address: "192.0.2.9", port: -1 } }],
    ["disc 192.0.2.9", { _tag: "Disconnect", peer: null }],
    ["disc", { _tag: "Disconnect", peer: null }],
    ["kick alice", { _tag: "Kick", user: "alice" }],
    ["kick", { _tag: "Kick", user: null }],
    ["register user u-1 42", { _tag: "Register", kind: "user", server: "u-1", key: "42" }],
    ["register endpoint u-1 7", { _tag: "Register", kind: "endpoint", server: "u-1", key: "7" }],
    ["register agent u-1 7", { _tag: "Register", kind: "agent", server: "u-1", key: "7" }],
    ["register toaster u-1 7", nothing],
    ["register user u-1", nothing],
    ["register", nothing],
    ["loglevel set debug", { _tag: "LogLevel", level: "debug", said: "debug" }],
    ["loglevel set loud", { _tag: "LogLevel", level: null, said: "loud" }],
    ["loglevel set", nothing],
    ["loglevel debug", nothing],
    ["dumpami", { _tag: "DumpAmi", on: null, events: [] }],
    ["dumpami enable", { _tag: "DumpAmi", on: true, events: [] }],
    [
      "dumpami enable Newstate,Hangup QueueMemberStatus",
      { _tag: "DumpAmi", on: true, events: ["Newstate", "Hangup", "QueueMemberStatus"] }
    ],
    ["dumpami enable a*b", { _tag: "DumpAmi", on: true, events: [] }],
    ["dumpami disable Newstate", { _tag: "DumpAmi", on: false, events: [] }],
    ["dumpami maybe", nothing],
    ["fdlist", { _tag: "FdList" }],
    ["dance", unknown],
    ["toString", unknown]
  ])("%j", (line, command) => {
    assert.deepStrictEqual(readInfoCommand(line), command)
  })

  it("all that the help names is known, and the help begins and ends with an empty line", () => {
    assert.deepStrictEqual([HELP.at(0), HELP.at(-1)], ["", ""])
    for (const line of HELP.slice(1, -1)) assert.notStrictEqual(readInfoCommand(line)._tag, "Unknown", line)
  })

  it("is followed by a status", () => {
    assert.deepStrictEqual([statusLine(true), statusLine(false)], ["XIVO-INFO:OK", "XIVO-INFO:KO"])
  })
})
