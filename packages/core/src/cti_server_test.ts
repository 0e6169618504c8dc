import { MemoryPasswordHash } from "@ctid/simulator"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { TestClock } from "effect/testing"
import { defaultSettings } from "./config/settings.ts"
import { CtiServer } from "./cti_server.ts"
import {
  type Client,
  dial,
  HASHED_PASSWORD,
  type Message,
  open,
  scenario,
  server,
  settle,
  signIn,
  until
} from "./memory_server_fixture.ts"
import { TelephonyError } from "./telephony/telephony.ts"
import { ScriptedTelephony } from "./testdata/scripted_telephony.ts"

const presence = (id: string, name: string) => ({
  class: "getlist",
  function: "updatestatus",
  listname: "users",
  tipbxid: "xivo",
  tid: id,
  status: { availstate: name }
})
const set = (name: string) => ({ class: "availstate", availstate: name })

describe("presence over the wire", () => {
  it.effect("a change is heard by those of the same company and by nobody else", () =>
    scenario(
      { contextSeparation: true },
      Effect.gen(function* () {
        const [alice, bob, carol] = [yield* signIn("alice"), yield* signIn("bob"), yield* signIn("carol")]
        alice.take()
        bob.take()
        yield* alice.say(set("away"))
        assert.deepStrictEqual(alice.take(), [presence("1", "away")])
        assert.deepStrictEqual(bob.take(), [presence("1", "away")])
        assert.deepStrictEqual(carol.take(), [])
      })
    )
  )

  it.effect("an unreachable one is refused, with the reason and what his presence is", () =>
    scenario(
      {},
      Effect.gen(function* () {
        const alice = yield* signIn("alice", "donotdisturb")
        const bob = yield* signIn("bob")
        alice.take()
        yield* alice.say(set("away"))
        assert.deepStrictEqual(alice.take(), [
          { class: "availstate", error_string: "presence_unreachable:donotdisturb:away" },
          presence("1", "donotdisturb")
        ])
        assert.deepStrictEqual(bob.take(), [])
      })
    )
  )

  it.effect("actions run in the configured order, before the broadcast, and the queue log is written after it", () =>
    scenario(
      {},
      Effect.gen(function* () {
        const alice = yield* signIn("alice")
        const { told } = yield* ScriptedTelephony
        told.splice(0)
        alice.take()
        yield* alice.say(set("donotdisturb"))
        assert.deepStrictEqual(told, ["dnd PJSIP/1001 on", "pause 2001 * on", "log 2001 donotdisturb"])
        assert.deepStrictEqual(
          alice
            .take()
            .map((message) => ("config" in message ? message.config : "status" in message ? message.status : message)),
          [{ enablednd: true }, { availstate: "donotdisturb" }]
        )
      })
    )
  )

  it.effect(
    "a PBX that does not answer holds a change back for two seconds; the rest is asked for then, and not waited for",
    () =>
      scenario(
        {},
        Effect.gen(function* () {
          const alice = yield* signIn("alice")
          const { answers, told } = yield* ScriptedTelephony
          answers.set("dnd", Effect.never)
          told.splice(0)
          alice.take()
          yield* alice.say(set("donotdisturb"))
          yield* TestClock.adjust("1999 millis")
          yield* settle
          assert.deepStrictEqual(alice.take(), [])
          yield* TestClock.adjust("1 millis")
          yield* settle
          assert.deepStrictEqual(alice.take(), [presence("1", "donotdisturb")])
          assert.deepStrictEqual(told, ["dnd PJSIP/1001 on", "pause 2001 * on", "log 2001 donotdisturb"])
        })
      )
  )

  it.effect("an action that the PBX refuses keeps neither the next action nor the change from happening", () =>
    scenario(
      {},
      Effect.gen(function* () {
        const alice = yield* signIn("alice")
        const { answers, told } = yield* ScriptedTelephony
        answers.set("dnd", Effect.fail(new TelephonyError({ reason: "refused", operation: "dnd", message: "no" })))
        told.splice(0)
        alice.take()
        yield* alice.say(set("donotdisturb"))
        assert.deepStrictEqual(told, ["dnd PJSIP/1001 on", "pause 2001 * on", "log 2001 donotdisturb"])
        assert.deepStrictEqual(alice.take(), [presence("1", "donotdisturb")])
      })
    )
  )

  it.effect("a presence set before login_capas ends with its connection, unless the user has a session by then", () =>
    scenario(
      { reachability: "advisory" },
      Effect.gen(function* () {
        const bob = yield* signIn("bob")
        const { told } = yield* ScriptedTelephony
        const authenticated = Effect.gen(function* () {
          const client = yield* dial
          yield* client.say(
            { class: "login_id", userlogin: "alice", wazoversion: "2.3" },
            { class: "login_pass", password: "alice-word" }
          )
          return client
        })
        const end = (client: Client) => Effect.andThen(Effect.sync(client.wire.end), settle)

        yield* end(yield* authenticated)
        assert.deepStrictEqual(bob.take(), [], "nothing was set")

        const first = yield* authenticated
        yield* first.say(set("away"))
        assert.deepStrictEqual(bob.take(), [presence("1", "away")])
        told.splice(0)
        yield* end(first)
        assert.deepStrictEqual(bob.take(), [presence("1", "disconnected")])
        assert.deepStrictEqual(told, ["log 2001 disconnected"], "no action")

        const second = yield* authenticated
        yield* second.say(set("away"))
        const alice = yield* signIn("alice", "away")
        bob.take()
        yield* end(second)
        assert.deepStrictEqual(bob.take(), [])
        yield* end(alice)
        assert.deepStrictEqual(bob.take(), [presence("1", "disconnected")])
      })
    )
  )

  it.effect("a lost link disconnects without actions, logout with them, and only the last session counts", () =>
    scenario(
      {},
      Effect.gen(function* () {
        const [first, second, bob] = [yield* signIn("alice"), yield* signIn("alice"), yield* signIn("bob")]
        const { told } = yield* ScriptedTelephony
        bob.take()
        told.splice(0)
        first.wire.end()
        yield* settle
        assert.deepStrictEqual(bob.take(), [])
        second.wire.end()
        yield* settle
        assert.deepStrictEqual(bob.take(), [presence("1", "disconnected")])
        assert.deepStrictEqual(told, ["log 2001 disconnected"])
        const third = yield* signIn("alice")
        told.splice(0)
        yield* third.say({ class: "logout" })
        assert.deepStrictEqual(told, ["logoff 2001", "log 2001 disconnected"])
      })
    )
  )

  it.effect("with the original's rule the end of any session disconnects", () =>
    scenario(
      { disconnectOn: "any" },
      Effect.gen(function* () {
        const [first, second] = [yield* signIn("alice"), yield* signIn("alice")]
        second.take()
        first.wire.end()
        yield* settle
        assert.deepStrictEqual(second.take(), [presence("1", "disconnected")])
      })
    )
  )

  it.effect("while contexts are separated, a user without line signs in, sees nothing and does nothing", () =>
    scenario(
      { contextSeparation: true },
      Effect.gen(function* () {
        const [noline, alice] = [yield* signIn("noline"), yield* signIn("alice")]
        const { told } = yield* ScriptedTelephony
        told.splice(0)
        yield* noline.say({ class: "getlist", function: "listid", listname: "users" }, set("away"), {
          class: "featuresput",
          function: "incallfilter",
          value: true
        })
        yield* alice.say(set("away"))
        assert.deepStrictEqual(noline.take(), [
          { class: "getlist", function: "listid", listname: "users", tipbxid: "xivo", list: [] }
        ])
        assert.deepStrictEqual(told, ["log 2001 away"])
      })
    )
  )
})

describe("login", () => {
  it.effect("takes five seconds at most, then the connection is closed without a word", () =>
    scenario(
      {},
      Effect.gen(function* () {
        const client: Client = yield* dial
        yield* client.say({ class: "login_id", userlogin: "alice", wazoversion: "2.3" })
        client.take()
        yield* TestClock.adjust("4999 millis")
        yield* settle
        assert.isFalse(client.ended())
        yield* TestClock.adjust("1 millis")
        yield* settle
        assert.isTrue(client.ended())
        assert.deepStrictEqual(client.take(), [])
      })
    )
  )

  it.effect("time does not run while a password waits to be checked, and later lines wait for it", () =>
    Effect.gen(function* () {
      yield* open()
      const client = yield* dial
      yield* client.say({ class: "login_id", userlogin: "hashed", wazoversion: "2.3" })
      yield* TestClock.adjust("4 seconds")
      yield* client.say({ class: "login_pass", password: HASHED_PASSWORD }, { class: "login_capas", capaid: 3, state: "away" })
      yield* TestClock.adjust("9 seconds")
      yield* settle
      assert.isFalse(client.ended())
      yield* TestClock.adjust("1 seconds")
      yield* until(() => client.heard.length === 4)
      assert.deepStrictEqual(
        client.take().map((message) => (message as Message).class),
        ["login_id", "login_pass", "login_capas", "getlist"]
      )
    }).pipe(Effect.scoped, Effect.provide(server({}, MemoryPasswordHash.layer({ duration: "10 seconds" }))))
  )

  it.effect("commands before it are ignored, and the connection is kept", () =>
    scenario(
      {},
      Effect.gen(function* () {
        const client = yield* dial
        yield* client.say(set("away"), { class: "getipbxlist", commandid: 1 }, { class: "starttls", status: true })
        assert.deepStrictEqual(client.take(), [])
        assert.isFalse(client.ended())
      })
    )
  )
})

describe("bad input", () => {
  for (const [name, bytes] of [
    ["not JSON", "hello\n"],
    ["an array", "[1,2]\n"],
    ["an object without class", '{"commandid":1}\n'],
    ["a line without end", `{"class":"${"x".repeat(70_000)}`]
  ] as const) {
    it.effect(`${name} closes that connection and no other`, () =>
      scenario(
        {},
        Effect.gen(function* () {
          const [bad, good] = [yield* dial, yield* signIn("bob")]
          yield* bad.raw(bytes)
          yield* settle
          assert.isTrue(bad.ended())
          yield* good.say({ class: "getipbxlist", commandid: 9 })
          assert.deepStrictEqual(good.take().slice(-1), [{ class: "getipbxlist", ipbxlist: ["xivo"], replyid: 9 }])
        })
      )
    )
  }

  it.effect("a line of up to a megabyte is taken after login", () =>
    scenario(
      {},
      Effect.gen(function* () {
        const alice = yield* signIn("alice")
        alice.take()
        yield* alice.raw(`${JSON.stringify({ class: "dance", text: "x".repeat(1_000_000) })}\n{"class":"keepalive"}\n`)
        yield* settle
        assert.deepStrictEqual(alice.take(), [{ class: "keepalive", warning_string: "unimplemented" }])
        yield* alice.raw("x".repeat(1_100_000))
        yield* settle
        assert.isTrue(alice.ended())
      })
    )
  )

  it.effect("a client that never reads is dropped at its limit, and the others hear on", () =>
    scenario(
      {
        limits: {
          ...defaultSettings.limits,
          connections: 10,
          lineBeforeLogin: 65_536,
          lineAfterLogin: 65_536,
          faxLine: 1,
          faxBudget: 1,
          replyHighWater: 65_536,
          outbox: 20_000
        }
      },
      Effect.gen(function* () {
        const [slow, alice] = [yield* signIn("bob"), yield* signIn("alice")]
        slow.wire.pause()
        alice.take()
        for (let n = 0; n < 200; n++) yield* alice.say(set(n % 2 === 0 ? "away" : "available"))
        assert.isTrue(slow.ended())
        // 200 changes, a service and a presence for each return to available, and the slow one's disconnection
        assert.strictEqual(alice.take().filter((message) => "status" in message).length, 201)
      })
    )
  )

  it.effect("a client that asks without reading is not read from, and gets every answer when he reads again", () =>
    scenario(
      {
        limits: {
          ...defaultSettings.limits,
          connections: 10,
          lineBeforeLogin: 65_536,
          lineAfterLogin: 65_536,
          faxLine: 1,
          faxBudget: 1,
          replyHighWater: 4_000,
          outbox: 1_000_000
        }
      },
      Effect.gen(function* () {
        const alice = yield* signIn("alice")
        alice.take()
        alice.wire.pause()
        for (let n = 1; n <= 2000; n++) alice.wire.write(new TextEncoder().encode(`{"class":"keepalive","commandid":${n}}\n`))
        yield* settle
        alice.wire.resume()
        yield* settle
        assert.deepStrictEqual(
          alice.take().map((message) => (message as Message).replyid),
          Array.from({ length: 2000 }, (_, n) => n + 1)
        )
      })
    )
  )

  it.effect("connections over the limit are dropped", () =>
    scenario(
      {
        limits: {
          ...defaultSettings.limits,
          connections: 1,
          lineBeforeLogin: 100,
          lineAfterLogin: 100,
          faxLine: 1,
          faxBudget: 1,
          replyHighWater: 100,
          outbox: 100
        }
      },
      Effect.gen(function* () {
        const [first, second] = [yield* dial, yield* dial]
        yield* settle
        assert.isFalse(first.ended())
        assert.isTrue(second.ended())
      })
    )
  )
})

describe("shutdown", () => {
  it.effect("tells the clients, writes what waits, and closes", () =>
    scenario(
      {},
      Effect.gen(function* () {
        const [alice, stranger] = [yield* signIn("alice"), yield* dial]
        yield* settle
        const late = yield* dial
        alice.take()
        yield* Effect.forkChild((yield* CtiServer).shutdown, { startImmediately: true })
        yield* TestClock.adjust("100 millis")
        yield* settle
        assert.deepStrictEqual(alice.take(), [{ class: "server_stop", cause: "by_server_stop" }])
        assert.deepStrictEqual(stranger.take(), [])
        assert.isTrue(alice.ended() && stranger.ended() && late.ended())
        assert.deepStrictEqual((yield* CtiServer).sessions(), [])
      })
    )
  )
})
