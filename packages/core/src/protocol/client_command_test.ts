import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { decodeCommand, idOf, objectId } from "./client_command.ts"

const decode = (wire: unknown) => decodeCommand(JSON.stringify(wire))

describe("decodeCommand", () => {
  it("tells what ends a connection from what is ignored", () => {
    assert.strictEqual(decodeCommand("hello")._tag, "NotJson")
    for (const line of ["[1]", "null", "3", '"x"', "{}", '{"class":null}'])
      assert.strictEqual(decodeCommand(line)._tag, "NotACommand", line)
    for (const name of ["dance", "", 7, {}, true]) assert.strictEqual(decode({ class: name })._tag, "UnknownClass")
    const bad = [
      { class: "getlist" },
      { class: "getlist", function: "listid" },
      { class: "availstate", availstate: 3 },
      { class: "login_id" },
      { class: "featuresput", function: "enablednd", target: {} },
      { class: "ipbxcommand" },
      { class: "ipbxcommand", command: "queuepause", member: "agent:xivo/7" },
      { class: "register_agent_status_update", agent_ids: "all" },
      { class: "register_user_status_update", user_ids: [["u"]] }
    ]
    for (const wire of bad) assert.strictEqual(decode(wire)._tag, "BadFields", JSON.stringify(wire))
  })

  it("takes the version from wazoversion, or from xivoversion when that is absent or empty", () => {
    const version = (fields: object) => {
      const command = decode({ class: "login_id", userlogin: "u", ...fields })
      return command._tag === "LoginId" ? [command.version, command.versionField] : command._tag
    }
    assert.deepStrictEqual(version({ wazoversion: "2.3" }), ["2.3", "wazoversion"])
    assert.deepStrictEqual(version({ wazoversion: "", xivoversion: "2.1" }), ["2.1", "xivoversion"])
    assert.deepStrictEqual(version({ xivoversion: "1.2" }), ["1.2", "xivoversion"])
    assert.deepStrictEqual(version({}), ["", "wazoversion"])
  })

  it("reads a profile id from a number or numeric text", () => {
    const capaid = (value: unknown) => {
      const command = decode({ class: "login_capas", capaid: value, state: "away" })
      return command._tag === "LoginCapas" ? command.profileId : command._tag
    }
    assert.strictEqual(capaid(3), 3)
    assert.strictEqual(capaid("3"), 3)
    assert.strictEqual(capaid(""), null)
    assert.strictEqual(capaid("3x"), null)
    assert.strictEqual(capaid([]), "BadFields")
  })

  it("keeps a commandid only when it is truthy", () => {
    const id = (commandid: unknown) => {
      const command = decode({ class: "keepalive", commandid })
      return command._tag === "KeepAlive" ? command.commandId : command._tag
    }
    assert.deepStrictEqual([id(7), id("x"), id(0), id(""), id(null), id({})], [7, "x", null, null, null, null])
  })

  it("never throws, whatever the line holds", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (line) => void decodeCommand(line)))
    const classes = [
      "getlist",
      "availstate",
      "login_capas",
      "ipbxcommand",
      "featuresput",
      "register_user_status_update",
      "login_pass"
    ]
    fc.assert(
      fc.property(fc.constantFrom(...classes), fc.dictionary(fc.string(), fc.jsonValue()), (name, fields) => {
        const command = decode({ ...fields, class: name })
        assert.notStrictEqual(command._tag, "NotJson")
      })
    )
  })
})

describe("ids", () => {
  it("are the part after the last slash", () => {
    assert.deepStrictEqual(["xivo/7", "agent:xivo/7", "7", "queue:xivo/all"].map(idOf), ["7", "7", "7", "all"])
  })

  it("are plain non-negative integers, in text or as a number", () => {
    assert.deepStrictEqual(["7", "0", 12].map(objectId), [7, 0, 12])
    assert.deepStrictEqual(["07", "-1", "1e3", "", " 7", 1.5, -1, null].map(objectId), Array(8).fill(null))
  })
})
