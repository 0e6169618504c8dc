import { type MemoryNetwork, MemoryPasswordHash } from "@ctid/simulator"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import { TestClock } from "effect/testing"
import { defaultSettings, type ServerLimits } from "../config/settings.ts"
import { CtiServer } from "../cti_server.ts"
import {
  type Client,
  dial,
  dialFrom,
  HASHED_PASSWORD,
  open,
  scenario,
  server,
  settle,
  signIn,
  until
} from "../memory_server_fixture.ts"
import { utf8 } from "../protocol/server_message.ts"
import { ScriptedTelephony } from "../testdata/scripted_telephony.ts"

const limits = (changes: Partial<ServerLimits>) => ({ limits: { ...defaultSettings.limits, ...changes } })

const many = (count: number, one: (n: number) => string) =>
  Effect.forEach(
    Array.from({ length: count }, (_, n) => one(n)),
    dialFrom
  )

const alive = (clients: ReadonlyArray<Client>): number => clients.filter((client) => !client.ended()).length

const half = (bytes: number): string => `{"class":"login_id","userlogin":"${"x".repeat(bytes)}`

describe("a flood", () => {
  it.effect(
    "of one address gets as far as its limit, and keeps nobody else out, not even from the same address once it ends",
    () =>
      scenario(
        limits({ connectionsPerAddress: 5 }),
        Effect.gen(function* () {
          const flood = yield* many(20, () => "203.0.113.9")
          yield* settle
          assert.strictEqual(alive(flood), 5)
          const alice = yield* signIn("alice")
          assert.isFalse(alice.ended())
          yield* TestClock.adjust("5 seconds")
          yield* settle
          assert.strictEqual(alive(flood), 0)
          const late = yield* dialFrom("203.0.113.9")
          yield* late.say({ class: "login_id", userlogin: "bob", wazoversion: "2.3" })
          assert.strictEqual(late.heard[0]?.class, "login_id")
        })
      )
  )

  it.effect("that signs in is no flood: those who are in do not count", () =>
    scenario(
      limits({ connectionsPerAddress: 2, connectionsBeforeLogin: 2 }),
      Effect.gen(function* () {
        const all = [yield* signIn("alice"), yield* signIn("bob"), yield* signIn("carol"), yield* signIn("alice")]
        assert.strictEqual(alive(all), 4)
      })
    )
  )

  it.effect("of many addresses takes the places of its own kind: who comes alone is let in", () =>
    scenario(
      limits({ connectionsBeforeLogin: 20, connectionsPerAddress: 5 }),
      Effect.gen(function* () {
        const flood = yield* many(40, (n) => `203.0.113.${n % 4}`)
        yield* settle
        assert.strictEqual(alive(flood), 20)
        const stranger = yield* dialFrom("198.51.100.1")
        yield* stranger.say({ class: "login_id", userlogin: "bob", wazoversion: "2.3" })
        assert.strictEqual(stranger.heard[0]?.class, "login_id")
        assert.strictEqual(alive(flood), 19)
        assert.lengthOf((yield* CtiServer).connections(), 20)
      })
    )
  )

  it.effect(
    "of half lines is cut off where the room for all of them ends; those who are signed in have room of their own",
    () =>
      scenario(
        limits({ lineBudgetBeforeLogin: 100_000 }),
        Effect.gen(function* () {
          const alice = yield* signIn("alice")
          const flood = yield* many(20, (n) => `203.0.113.${n}`)
          for (const client of flood) yield* client.raw(half(20_000))
          // each holds 20,000 bytes, 4,096 of which are his own
          assert.strictEqual(alive(flood), 6)
          yield* alice.raw(`{"class":"keepalive","commandid":7,"x":"${"x".repeat(200_000)}`)
          yield* alice.raw('"}\n')
          assert.deepInclude(alice.take(), { class: "keepalive", warning_string: "unimplemented", replyid: 7 })
          const honest = yield* dialFrom("198.51.100.1")
          yield* honest.raw('{"class":"login_id","userlogin":"bob",')
          yield* honest.raw('"wazoversion":"2.3"}\n')
          assert.strictEqual(honest.heard[0]?.class, "login_id")
        })
      )
  )

  it.effect("of half lines of people who are signed in is cut off too, and a line of usual length always has room", () =>
    scenario(
      limits({ lineBudgetAfterLogin: 1_000_000 }),
      Effect.gen(function* () {
        const [alice, bob] = [yield* signIn("alice"), yield* signIn("bob")]
        yield* alice.raw(half(990_000))
        assert.isFalse(alice.ended())
        yield* bob.raw(half(3_000))
        yield* bob.raw('"}\n')
        assert.isFalse(bob.ended())
        yield* bob.raw(half(100_000))
        assert.deepStrictEqual([alice.ended(), bob.ended()], [false, true])
      })
    )
  )

  it.effect("of lines behind a password that is being checked is cut off where the room for all of them ends", () =>
    Effect.gen(function* () {
      yield* open()
      const clients: Array<Client> = []
      for (let n = 0; n < 6; n++) {
        const client = yield* dialFrom(`203.0.113.${n}`)
        clients.push(client)
        yield* client.say({ class: "login_id", userlogin: "hashed", wazoversion: "2.3" })
        yield* client.raw(
          `${JSON.stringify({ class: "login_pass", password: HASHED_PASSWORD })}\n${`{"class":"x","y":"${"y".repeat(970)}"}\n`.repeat(30)}`
        )
      }
      yield* settle
      // 30,000 characters each, 4,096 of which are his own
      assert.strictEqual(alive(clients), 3)
      yield* TestClock.adjust("10 seconds")
      yield* until(() => clients.filter((client) => client.heard.some(({ class: name }) => name === "login_pass")).length === 3)
      assert.strictEqual(alive(clients), 3)
    }).pipe(
      Effect.scoped,
      Effect.provide(
        server(limits({ lineBudgetBeforeLogin: 80_000 }), MemoryPasswordHash.layer({ duration: "10 seconds" }), {
          capacity: 65_536
        })
      )
    )
  )

  it.effect("of commands whose effects take long is not read any further than some of them", () =>
    scenario(
      {},
      Effect.gen(function* () {
        const alice = yield* signIn("alice")
        const { answers, told } = yield* ScriptedTelephony
        const gate = yield* Latch.make(false)
        answers.set("dnd", Effect.as(gate.await, "done" as const))
        told.splice(0)
        const commands = Array.from({ length: 100 }, (_, n) => ({
          class: "featuresput",
          function: "enablednd",
          value: n % 2 === 0
        }))
        yield* alice.say(...commands)
        yield* settle
        assert.strictEqual(told.length, 32)
        const bob = yield* signIn("bob")
        yield* bob.say({ class: "getipbxlist", commandid: 1 })
        assert.deepInclude(bob.take(), { class: "getipbxlist", ipbxlist: ["xivo"], replyid: 1 })
        yield* gate.open
        yield* settle
        assert.strictEqual(told.filter((one) => one.startsWith("dnd PJSIP/1001")).length, 100)
      })
    )
  )
})

describe("many commands in one read", () => {
  it.effect("are served some at a time, and others get their turn between them", () =>
    Effect.gen(function* () {
      yield* open()
      const [alice, bob] = [yield* signIn("alice"), yield* signIn("bob")]
      const { told } = yield* ScriptedTelephony
      told.splice(0)
      const dnd = utf8('{"class":"featuresput","function":"enablednd","value":true}\n')
      const many = new Uint8Array(dnd.length * 1_000)
      for (let n = 0; n < 1_000; n++) many.set(dnd, n * dnd.length)
      alice.wire.write(many)
      bob.wire.write(dnd)
      yield* settle
      const at = told.findIndex((one) => one.startsWith("dnd PJSIP/1002"))
      assert.isTrue(at > 0 && at < 500, `bob's came after ${at} others`)
      assert.strictEqual(told.filter((one) => one.startsWith("dnd PJSIP/1001")).length, 1_000)
    }).pipe(Effect.scoped, Effect.provide(server({}, undefined, { capacity: 65_536 })))
  )

  it.effect("have no more replies waiting for a client who reads than he takes", () =>
    Effect.gen(function* () {
      yield* open()
      const alice = yield* signIn("alice")
      const command = '{"class":"getlist","function":"listid","listname":"users"}\n'
      yield* alice.raw(command.repeat(1_000))
      yield* until(() => alice.ended() || alice.heard.length === 1_000)
      assert.isFalse(alice.ended())
      assert.lengthOf(alice.take(), 1_000)
    }).pipe(
      Effect.scoped,
      Effect.provide(server(limits({ replyHighWater: 4_096, outbox: 65_536 }), undefined, { capacity: 65_536 }))
    )
  )
})

describe("a slow client", () => {
  const stages: ReadonlyArray<readonly [string, (client: Client) => Effect.Effect<void, never, MemoryNetwork>]> = [
    ["says nothing", () => Effect.void],
    ["says half a line", (client) => client.raw(half(10))],
    ["says its name and no more", (client) => client.say({ class: "login_id", userlogin: "alice", wazoversion: "2.3" })],
    [
      "proves who it is and no more",
      (client) =>
        client.say(
          { class: "login_id", userlogin: "alice", wazoversion: "2.3" },
          { class: "login_pass", password: "alice-word" }
        )
    ],
    [
      "is refused and stays",
      (client) =>
        Effect.andThen(
          client.say({ class: "login_id", userlogin: "alice", wazoversion: "2.3" }, { class: "login_pass", password: "x" }),
          until(() => client.heard.length === 2)
        )
    ],
    ["says what is ignored, again and again", (client) => client.say({ class: "keepalive" }, { class: "dance" })]
  ]
  for (const [what, begin] of stages) {
    it.effect(`that ${what} is gone when the login timeout is over`, () =>
      scenario(
        {},
        Effect.gen(function* () {
          const client = yield* dial
          for (let second = 0; second < 4; second++) {
            if (second === 0) yield* begin(client)
            yield* TestClock.adjust("1 seconds")
            yield* settle
            assert.isFalse(client.ended())
          }
          yield* TestClock.adjust("1 seconds")
          yield* settle
          assert.isTrue(client.ended())
          assert.lengthOf((yield* CtiServer).connections(), 0)
        })
      )
    )
  }

  it.effect("that sends a byte now and then is gone when the login timeout is over", () =>
    scenario(
      {},
      Effect.gen(function* () {
        const client = yield* dial
        for (const character of half(20).slice(0, 49)) {
          yield* client.raw(character)
          yield* TestClock.adjust("100 millis")
        }
        yield* settle
        assert.isFalse(client.ended())
        yield* TestClock.adjust("100 millis")
        yield* settle
        assert.isTrue(client.ended())
      })
    )
  )
})
