import { MemoryPasswordHash } from "@ctid/simulator"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { TestClock } from "effect/testing"
import { defaultSettings } from "../config/settings.ts"
import { parseNetwork } from "../connection/network.ts"
import { type Client, dialFrom, open, scenario, server, settle, until } from "../memory_server_fixture.ts"

const HOME = "203.0.113.5"
const ELSEWHERE = "198.51.100.7"
const REFUSED = { class: "login_pass", error_string: "login_password" }
const NOT_TRIED = { class: "login_pass", error_string: "xivo_auth_error" }

/** Presents a password; what is answered comes later. */
const present = Effect.fnUntraced(function* (login: string, password: string, from = HOME) {
  const client = yield* dialFrom(from)
  yield* client.say({ class: "login_id", userlogin: login, wazoversion: "2.3" }, { class: "login_pass", password })
  yield* until(() => client.heard.length > 0)
  assert.strictEqual(client.heard.shift()?.class, "login_id")
  return client
})

/** Fails so often, waiting as long as it takes. */
const failed = Effect.fnUntraced(function* (login: string, times: number, from = HOME) {
  for (let n = 0; n < times; n++) {
    const client = yield* present(login, "wrong", from)
    yield* TestClock.adjust("16 seconds")
    yield* until(() => client.heard.length > 0)
    assert.deepStrictEqual(client.take(), [REFUSED])
    client.wire.end()
    yield* settle
  }
})

/** Lets the runtime's own digests come to their end. */
const moment = until(() => true)

const answered = (messages: ReadonlyArray<object>) => messages.map((message) => ("capalist" in message ? "let in" : message))

describe("a password", () => {
  it.effect("is not looked at before the delay for the wrong ones before it is over; then a right one is let in", () =>
    scenario(
      {},
      Effect.gen(function* () {
        for (let n = 0; n < 5; n++) (yield* present("alice", "wrong")).wire.end()
        const alice = yield* present("alice", "alice-word")
        yield* TestClock.adjust("2999 millis")
        yield* settle
        assert.deepStrictEqual(alice.take(), [])
        yield* TestClock.adjust("1 millis")
        yield* until(() => alice.heard.length > 0)
        assert.deepStrictEqual(answered(alice.take()), ["let in"])
      })
    )
  )

  it.effect("may wait longer than the login timeout, which goes on after it", () =>
    scenario(
      {},
      Effect.gen(function* () {
        for (let n = 0; n < 7; n++) yield* present("alice", "wrong")
        const alice = yield* present("alice", "alice-word")
        yield* TestClock.adjust("14 seconds")
        yield* settle
        assert.isFalse(alice.ended())
        yield* TestClock.adjust("1 seconds")
        yield* until(() => alice.heard.length > 0)
        assert.deepStrictEqual(answered(alice.take()), ["let in"])
        yield* TestClock.adjust("4999 millis")
        yield* settle
        assert.isFalse(alice.ended())
        yield* TestClock.adjust("1 millis")
        yield* settle
        assert.isTrue(alice.ended())
      })
    )
  )

  it.effect("that is right clears what its account owed from there", () =>
    scenario(
      {},
      Effect.gen(function* () {
        yield* failed("alice", 6)
        const alice = yield* present("alice", "alice-word")
        yield* TestClock.adjust("16 seconds")
        yield* until(() => alice.heard.length > 0)
        const again = yield* present("alice", "alice-word")
        yield* until(() => again.heard.length > 0)
        assert.deepStrictEqual(answered(again.take()), ["let in"])
      })
    )
  )

  it.effect("of somebody whose account is guessed at elsewhere waits four seconds at most", () =>
    scenario(
      {},
      Effect.gen(function* () {
        for (let n = 0; n < 15; n++) yield* failed("alice", 1, `192.0.2.${n}`)
        const alice = yield* present("alice", "alice-word", ELSEWHERE)
        yield* settle
        assert.deepStrictEqual(alice.take(), [])
        yield* TestClock.adjust("4 seconds")
        yield* until(() => alice.heard.length > 0)
        assert.deepStrictEqual(answered(alice.take()), ["let in"])
      })
    )
  )

  it.effect("that would have to wait too long is not tried, and does not make the next one wait longer", () =>
    scenario(
      {},
      Effect.gen(function* () {
        const clients: Array<Client> = []
        for (let n = 0; n < 12; n++) clients.push(yield* present("alice", "wrong"))
        yield* until(() => clients.filter((client) => client.heard.length > 0).length === 8)
        assert.deepStrictEqual(
          clients.slice(8).map((client) => client.take()),
          Array(4).fill([NOT_TRIED])
        )
        yield* TestClock.adjust("15 seconds")
        yield* until(() => clients.slice(0, 8).every((client) => client.heard.length > 0))
        const alice = yield* present("alice", "alice-word")
        yield* TestClock.adjust("16 seconds")
        yield* until(() => alice.heard.length > 0)
        assert.deepStrictEqual(answered(alice.take()), ["let in"])
      })
    )
  )

  it.effect("waits for nobody else's from an address that many share", () =>
    scenario(
      { limits: { ...defaultSettings.limits, sharedAddresses: [parseNetwork("203.0.113.0/24")].flatMap((one) => one ?? []) } },
      Effect.gen(function* () {
        for (let n = 0; n < 30; n++) yield* failed(`nobody${n}`, 1)
        const alice = yield* present("alice", "alice-word")
        yield* until(() => alice.heard.length > 0)
        assert.deepStrictEqual(answered(alice.take()), ["let in"])
      })
    )
  )

  it.effect("waits for the address when the address is one client's", () =>
    scenario(
      {},
      Effect.gen(function* () {
        for (let n = 0; n < 21; n++) {
          const client = yield* present(`nobody${n}`, "wrong")
          yield* until(() => client.heard.length > 0)
        }
        const alice = yield* present("alice", "alice-word")
        yield* TestClock.adjust("499 millis")
        yield* settle
        assert.deepStrictEqual(alice.take(), [])
        yield* TestClock.adjust("1 millis")
        yield* until(() => alice.heard.length > 0)
        assert.deepStrictEqual(answered(alice.take()), ["let in"])
      })
    )
  )

  it.effect("that is wrong is looked at as long for a login that exists, however it is stored, as for one that does not", () =>
    Effect.gen(function* () {
      yield* open()
      for (const login of ["alice", "hashed", "off", "nobody", "noprofile"]) {
        const client = yield* present(login, "wrong", `192.0.2.${login.length}`)
        // what is not looked at slowly is answered in no time of this clock
        let waited = 0
        for (; client.heard.length === 0 && waited < 60; waited++) {
          yield* TestClock.adjust("1 seconds")
          yield* moment
        }
        assert.deepStrictEqual([login, waited >= 10, client.take()], [login, true, [REFUSED]])
      }
    }).pipe(Effect.scoped, Effect.provide(server({}, MemoryPasswordHash.layer({ duration: "10 seconds" }))))
  )
})
