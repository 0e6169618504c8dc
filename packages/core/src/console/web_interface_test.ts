import { assert, describe, it } from "@effect/vitest"
import { isWholeCommand, readWebCommand, type WebCommand } from "./web_interface.ts"

const reload: WebCommand = { _tag: "Reload" }
const queueMembers: WebCommand = { _tag: "QueueMembers" }
const unknown = (reason = "no command"): WebCommand => ({ _tag: "Unknown", reason })
const nothing = (what: string): WebCommand => ({ _tag: "Nothing", what })
const object = (
  list: "users" | "phones" | "agents" | "queues" | "voicemails",
  change: "add" | "edit" | "delete",
  id: number
) => ({
  _tag: "Object" as const,
  list,
  change,
  id
})
const asterisk = (command: string): WebCommand => ({ _tag: "Asterisk", command })

describe("a command of the web interface", () => {
  it.each<[string, WebCommand]>([
    ["xivo[cticonfig,update]", reload],
    ["xivo[cticonfig,update] \r\n", reload],
    ["xivo[cticonfig,update]x", unknown()],
    [" xivo[cticonfig,update]", unknown()],
    ["XIVO[cticonfig,update]", unknown()],
    ["xivo[queuemember,update]\n", queueMembers],
    ["xivo[user,add,46]", object("users", "add", 46)],
    ["xivo[phone,edit,7]\n", object("phones", "edit", 7)],
    ["xivo[agent,delete,7]trailing", object("agents", "delete", 7)],
    ["xivo[queue,enable,5]", object("queues", "edit", 5)],
    ["xivo[queue,disable,5]", object("queues", "edit", 5)],
    ["xivo[voicemail,edit,003]", object("voicemails", "edit", 3)],
    ["xivo[user,deleteall,]", nothing("user,deleteall")],
    ["xivo[device,edit,5]", nothing("device,edit")],
    ["xivo[line,add,5]", nothing("line,add")],
    ["xivo[meetme,edit,5]", nothing("meetme,edit")],
    ["xivo[user,edit,]", unknown("no such id")],
    ["xivo[user,edit,-1]", unknown("no such id")],
    ["xivo[user,edit,1e3]", unknown("no such id")],
    ["xivo[user,edit,1234567890123456]", unknown("no such id")],
    ["xivo[toaster,add,1]", unknown("no such kind of object")],
    ["xivo[user,paint,1]", unknown()],
    ["xivo[user,edit,1", unknown()],
    ["xivo[userlist,update]", unknown()],
    ["xivo[daemon,reload]", unknown()],
    ["sip reload", unknown()],
    ["hello", unknown()],
    ["", unknown()]
  ])("%j", (text, command) => {
    assert.deepStrictEqual(readWebCommand(text), { answered: false, command })
  })

  it.each<[string, WebCommand]>([
    ["xivo[daemon,reload]", reload],
    ["xivo[cticonfig,update]", reload],
    ["xivo[queuemember,update]", queueMembers],
    ...["user", "line", "phone", "agent", "queue", "voicemail"].map((what): [string, WebCommand] => [
      `xivo[${what}list,update]`,
      reload
    ]),
    ...["device", "trunk", "group", "meetme", "incall", "phonebook"].map((what): [string, WebCommand] => [
      `xivo[${what}list,update]`,
      nothing(`${what}list`)
    ]),
    ["xivo[toasterlist,update]", unknown()],
    ["xivo[user,edit,5]", unknown()],
    ["core show version", asterisk("core show version")],
    ["core show channels", asterisk("core show channels")],
    ["module reload app_queue.so", asterisk("module reload app_queue.so")],
    ["sip show peer 1003", asterisk("sip show peer 1003")],
    ["sip show peer a.b_c-d", asterisk("sip show peer a.b_c-d")],
    ["sip show peer ", unknown()],
    ["sip show peer 1003 load", unknown()],
    ["sip show peer 1003\r\nAction: Originate", unknown()],
    ["core show channels\r\nAction: Originate", unknown()],
    ["core stop now", unknown()],
    ["module reload chan_sip.so", unknown()],
    ["database show", unknown()],
    ["", unknown()]
  ])("of 2012: %j", (message, command) => {
    assert.deepStrictEqual(readWebCommand(`sync:${message}\n`), { answered: true, command })
    assert.deepStrictEqual(readWebCommand(`async:${message}`), { answered: false, command })
  })

  it("of 2012 has one of two kinds", () => {
    assert.deepStrictEqual(readWebCommand("later:sip reload"), { answered: false, command: unknown() })
  })
})

describe("a text without line feed", () => {
  it.each([
    "xivo[cticonfig,update]",
    "xivo[cticonfig,update] ",
    "xivo[user,edit,5]",
    "sync:xivo[daemon,reload]",
    "async:xivo[userlist,update]",
    "hello",
    "GE",
    "?"
  ])("%j is a command, or none, whatever follows", (text) => {
    assert.isTrue(isWholeCommand(text))
  })

  it.each(["x", "xivo[", "xivo[cticonfig", "xivo[user,edit,5", "s", "sync:", "sync:core show", "async:sip reload", "asyn"])(
    "%j may go on",
    (text) => {
      assert.isFalse(isWholeCommand(text))
    }
  )
})
