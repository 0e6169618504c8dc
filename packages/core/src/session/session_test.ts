import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { defaultSettings, type ServerSettings } from "../config/settings.ts"
import { type DirectorySnapshot, snapshotOf } from "../directory/directory.ts"
import { decodeCommand } from "../protocol/client_command.ts"
import { sampleData, sampleDirectory } from "../testdata/sample_directory.ts"
import { initialSession, type SessionInput, type SessionState, type Step, step } from "./session.ts"

const world = (changes: Partial<ServerSettings> = {}, directory: DirectorySnapshot = sampleDirectory) => ({
  settings: { ...defaultSettings, ...changes },
  directory,
  mayLogIn: true
})
type World = ReturnType<typeof world>

const say = (wire: object): SessionInput => {
  const command = decodeCommand(JSON.stringify(wire))
  if (
    command._tag === "LoginId" ||
    command._tag === "LoginPass" ||
    command._tag === "LoginCapas" ||
    command._tag === "Logout"
  ) {
    return { _tag: "Command", command, sessionId: "Ab3dEf6hIj" }
  }
  throw new Error(`no login command: ${command._tag}`)
}

const talk = (w: World, inputs: ReadonlyArray<object>, from: SessionState = initialSession): Step => {
  let at: Step = { state: from, outputs: [] }
  for (const input of inputs) at = step(w, at.state, "class" in input ? say(input) : (input as SessionInput))
  return at
}

const replies = (at: Step): ReadonlyArray<unknown> =>
  at.outputs.flatMap((output) => (output._tag === "Reply" ? [output.message] : []))
const tags = (at: Step): ReadonlyArray<string> => at.outputs.map((output) => output._tag)

const id = (login: string, version = "2.3") => ({
  class: "login_id",
  userlogin: login,
  [version === "2.3" ? "wazoversion" : "xivoversion"]: version
})
const pass = { class: "login_pass", password: "x", commandid: 2 }
const hashed = { class: "login_pass", hashedpassword: "00", commandid: 2 }
const capas = { class: "login_capas", capaid: "3", state: "available", commandid: 3 }
const right = { _tag: "Verified", result: "right" }
const wrong = { _tag: "Verified", result: "wrong" }

describe("login_id", () => {
  it("answers a session id and the version as its generation calls it", () => {
    assert.deepStrictEqual(replies(talk(world(), [id("alice")])), [
      { class: "login_id", sessionid: "Ab3dEf6hIj", wazoversion: "2.3" }
    ])
    for (const version of ["1.2", "2.0", "2.1", "2.2"]) {
      assert.deepStrictEqual(replies(talk(world(), [id("alice", version)])), [
        { class: "login_id", sessionid: "Ab3dEf6hIj", xivoversion: version }
      ])
    }
  })

  it("refuses an unknown version, and with the exact policy any other", () => {
    const error = (w: World, version: string) => replies(talk(w, [id("alice", version)]))
    assert.deepStrictEqual(error(world(), "3.0"), [{ class: "login_id", error_string: "xivoversion_client:3.0;2.3" }])
    assert.deepStrictEqual(error(world({ version: "2.3" }), "2.2"), [
      { class: "login_id", error_string: "wazoversion_client:2.2;2.3" }
    ])
    assert.deepStrictEqual(error(world({ version: "1.2" }), "1.1"), [
      { class: "login_id", error_string: "xivoversion_client:1.1;1.2" }
    ])
  })

  it("tells an unknown login only to 1.x, and only while somebody can use its hashed login", () => {
    assert.deepStrictEqual(replies(talk(world(), [id("ghost", "1.2")])), [
      { class: "login_id", error_string: "login_password" }
    ])
    assert.strictEqual(talk(world(), [id("ghost")]).state._tag, "Identified")
    const noPlain = snapshotOf({ ...sampleData, users: sampleData.users.filter((user) => user.password.kind === "hash") })
    assert.strictEqual(talk(world({}, noPlain), [id("ghost", "1.2")]).state._tag, "Identified")
  })

  it("counts once", () => {
    assert.deepStrictEqual(tags(talk(world(), [id("alice"), id("bob")])), ["Ignored"])
    assert.deepStrictEqual(tags(talk(world(), [id("alice", "9"), id("alice")])), ["Ignored"])
  })
})

describe("login_pass", () => {
  it("is ignored out of turn, without a password in 2.x, and after an error", () => {
    assert.deepStrictEqual(tags(talk(world(), [pass])), ["Ignored"])
    assert.deepStrictEqual(tags(talk(world(), [id("alice"), { class: "login_pass" }])), ["Ignored"])
    assert.deepStrictEqual(tags(talk(world(), [id("alice"), pass, wrong, pass])), ["Ignored"])
  })

  it("has the password checked, for an unknown or disabled login too", () => {
    for (const [login, known] of [
      ["alice", true],
      ["ghost", false],
      ["off", false]
    ] as const) {
      const [output] = talk(world(), [id(login), pass]).outputs
      assert.isTrue(output?._tag === "Verify" && output.verification._tag === "Clear", login)
      if (output?._tag === "Verify" && output.verification._tag === "Clear")
        assert.strictEqual(output.verification.stored !== null, known)
      assert.deepStrictEqual(replies(talk(world(), [id(login), pass, wrong])), [
        { class: "login_pass", error_string: "login_password" }
      ])
    }
  })

  it("answers the profile; 1.x with its replyid", () => {
    assert.deepStrictEqual(replies(talk(world(), [id("alice"), pass, right])), [{ class: "login_pass", capalist: [3] }])
    assert.deepStrictEqual(replies(talk(world(), [id("alice", "1.2"), hashed, right])), [
      { class: "login_pass", capalist: [3], replyid: 2 }
    ])
  })

  it("closes 1.x after an error, and leaves 2.x to the login timeout", () => {
    assert.deepStrictEqual(tags(talk(world(), [id("alice", "1.2"), hashed, wrong])), ["Reply", "LoginRefused", "Close"])
    assert.deepStrictEqual(replies(talk(world(), [id("alice", "1.2"), { class: "login_pass", commandid: 2 }])), [
      { class: "login_pass", error_string: "missing:hashedpassword", replyid: 2 }
    ])
    assert.deepStrictEqual(tags(talk(world(), [id("alice"), pass, wrong])), ["Reply", "LoginRefused"])
  })

  it("has no hashed login for a user whose secret is a hash", () => {
    assert.deepStrictEqual(replies(talk(world(), [id("hashed", "1.2"), hashed])), [
      { class: "login_pass", error_string: "login_password", replyid: 2 }
    ])
  })

  it("names a missing profile in 1.x only, and a failing check", () => {
    assert.deepStrictEqual(replies(talk(world(), [id("noprofile"), pass, right])), [
      { class: "login_pass", error_string: "login_password" }
    ])
    assert.deepStrictEqual(replies(talk(world(), [id("noprofile", "1.2"), hashed, right])), [
      { class: "login_pass", error_string: "capaid_undefined", replyid: 2 }
    ])
    assert.deepStrictEqual(replies(talk(world(), [id("alice"), pass, { _tag: "Verified", result: "error" }])), [
      { class: "login_pass", error_string: "xivo_auth_error" }
    ])
  })
})

describe("login_capas", () => {
  const in2 = [id("alice"), pass, right]
  const in1 = [id("alice", "1.2"), hashed, right]

  it("signs in with a number or numeric text, and carries the first presence", () => {
    for (const capaid of [3, "3"]) {
      const at = talk(world(), [...in2, { ...capas, capaid }])
      assert.deepStrictEqual(tags(at), ["Reply", "LoggedIn"])
      assert.strictEqual(at.state._tag, "LoggedIn")
    }
  })

  it("refuses a profile that is not his, or not configured, in the order of each generation", () => {
    const error = (w: World, before: ReadonlyArray<object>, capaid: number, more: object = {}) =>
      replies(talk(w, [...before, { ...capas, ...more, capaid }]))
    const kinds = { lastconnwins: false, loginkind: "user" }
    assert.deepStrictEqual(error(world(), in2, 9), [{ class: "login_capas", error_string: "wrong cti_profile_id" }])
    assert.deepStrictEqual(error(world(), in1, 9, kinds), [
      { class: "login_capas", error_string: "unknown cti_profile_id", replyid: 3 }
    ])
    const gone = snapshotOf({ ...sampleData, profiles: [] })
    assert.deepStrictEqual(error(world({}, gone), in2, 3), [{ class: "login_capas", error_string: "unknown cti_profile_id" }])
  })

  it("names what 1.x left out, and ignores 2.x without it", () => {
    assert.deepStrictEqual(replies(talk(world(), [...in1, capas])), [
      { class: "login_capas", error_string: "missing:lastconnwins,loginkind", replyid: 3 }
    ])
    assert.deepStrictEqual(tags(talk(world(), [...in2, { class: "login_capas", capaid: 3 }])), ["Ignored"])
  })
})

describe("the machine", () => {
  it("never reaches a signed-in state without a password that was right", () => {
    const input = fc.constantFrom<object>(
      id("alice"),
      id("ghost"),
      id("alice", "1.2"),
      pass,
      hashed,
      capas,
      { ...capas, lastconnwins: false, loginkind: "user" },
      { class: "logout" },
      wrong
    )
    fc.assert(
      fc.property(fc.array(input, { maxLength: 20 }), (inputs) => {
        const { state } = talk(world(), inputs)
        assert.isFalse(state._tag === "Authenticated" || state._tag === "LoggedIn" || state._tag === "LoggedOut")
      }),
      { numRuns: 1000 }
    )
  })

  it("logs out once, and stays signed off", () => {
    const at = talk(world(), [id("alice"), pass, right, capas, { class: "logout" }])
    assert.deepStrictEqual(tags(at), ["LoggedOut"])
    assert.deepStrictEqual(tags(talk(world(), [{ class: "logout" }], at.state)), ["Ignored"])
    assert.deepStrictEqual(tags(talk(world(), [capas], at.state)), ["Ignored"])
  })
})
