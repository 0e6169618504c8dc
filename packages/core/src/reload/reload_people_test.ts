import { MemoryPasswordHash } from "@ctid/simulator"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { TestClock } from "effect/testing"
import type { DirectoryData } from "../directory/directory.ts"
import { dial, until } from "../memory_server_fixture.ts"
import { Notifier } from "../notify/notifier.ts"
import { PasswordHash } from "../password/password_hash.ts"
import { sampleData } from "../testdata/sample_directory.ts"
import { declare, live, short, signInAs, told, withUser } from "./live_server_fixture.ts"

const withoutProfiles = (data: DirectoryData): DirectoryData => ({ ...data, profiles: [] })

describe("somebody who may not be signed in any more", () => {
  for (const [why, change, heard] of [
    ["is not declared", withUser(1, null), "delconfig users 1"],
    ["is disabled", withUser(1, { enabled: false }), "updatestatus users 1"],
    ["has no profile", withUser(1, { profileId: null }), "updatestatus users 1"],
    ["has a profile that is not declared", withUser(1, { profileId: 4 }), "updatestatus users 1"],
    ["is another person now", withUser(1, { uuid: "ffffffff-3d52-4c86-8f14-000000000001" }), "updatestatus users 1"]
  ] as const) {
    it.effect(`is told so and closed, with all his sessions, when he ${why}`, () =>
      live(
        {},
        Effect.gen(function* () {
          const [alice, again, bob] = [yield* signInAs("alice"), yield* signInAs("alice"), yield* signInAs("bob")]
          for (const client of [alice, again, bob]) client.take()
          yield* declare(change)
          for (const client of [alice, again]) {
            assert.deepStrictEqual(client.take(), [{ class: "disconnect" }])
            assert.isTrue(client.ended())
          }
          assert.isFalse(bob.ended())
          assert.include(short(bob.take()), heard)
        })
      )
    )
  }

  it.effect("hears what was said before, then that", () =>
    live(
      {},
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        const notifier = yield* Notifier
        notifier.presence(2, "away")
        yield* declare(withoutProfiles)
        assert.deepStrictEqual(short(alice.take()), ["updatestatus users 2", "disconnect"])
      })
    )
  )

  it.effect("has no presence, and may sign in, when he is declared again", () =>
    live(
      {},
      Effect.gen(function* () {
        const [alice, bob] = [yield* signInAs("alice"), yield* signInAs("bob")]
        yield* alice.say({ class: "availstate", availstate: "away" })
        yield* declare(withUser(1, null))
        yield* declare(() => sampleData)
        bob.take()
        yield* bob.say({ class: "getlist", function: "updatestatus", listname: "users", tid: "1" })
        assert.deepStrictEqual(bob.take(), [told.presence("1", "disconnected")])
        const later = yield* signInAs("alice")
        assert.isFalse(later.ended())
        assert.include(short(bob.take()), "updatestatus users 1")
      })
    )
  )

  it.effect("is nobody who has another name, login, password, line or agent now", () =>
    live(
      {},
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        yield* declare(
          withUser(1, {
            fullName: "Alicia",
            login: "alicia",
            password: { kind: "plain", value: Redacted.make("other") },
            lineIds: [],
            agentId: null
          })
        )
        assert.isFalse(alice.ended())
        alice.take()
        yield* alice.say({ class: "availstate", availstate: "away" })
        assert.deepStrictEqual(alice.take(), [told.presence("1", "away")])
      })
    )
  )
})

const LOGIN_ID = { class: "login_id", userlogin: "hashed", wazoversion: "2.3" }
const LOGIN_PASS = { class: "login_pass", password: "right" }
const LOGIN_CAPAS = { class: "login_capas", capaid: 3, state: "available" }

describe("a reload in the middle of a login", () => {
  /** The sample directory, with a password of the hash in use. */
  const hashedData = Effect.gen(function* () {
    const value = Redacted.make(yield* (yield* PasswordHash).hash(Redacted.make("right")))
    return withUser(7, { password: { kind: "hash", value } })(sampleData)
  }).pipe(Effect.provide(MemoryPasswordHash.layer()))

  /** Somebody whose password is being checked while it comes. */
  const meanwhile = (change: (data: DirectoryData) => DirectoryData, see: (heard: ReadonlyArray<object>) => void) =>
    Effect.flatMap(hashedData, (data) =>
      live(
        { data, hashing: MemoryPasswordHash.layer({ duration: "1 second" }) },
        Effect.gen(function* () {
          const client = yield* dial
          yield* client.say(LOGIN_ID, LOGIN_PASS)
          client.take()
          yield* declare(change)
          assert.deepStrictEqual(client.take(), [])
          yield* TestClock.adjust("1 second")
          yield* until(() => client.heard.length > 0)
          see(client.take())
        })
      )
    )

  it.effect("lets him in as he is declared now", () =>
    meanwhile(withUser(7, { fullName: "Another", profileId: 3 }), (heard) =>
      assert.deepStrictEqual(heard, [{ class: "login_pass", capalist: [3] }])
    )
  )

  for (const [why, change] of [
    ["he is not declared any more", withUser(7, null)],
    ["he is disabled", withUser(7, { enabled: false })],
    ["his password is another", withUser(7, { password: { kind: "plain", value: Redacted.make("other") } })],
    [
      "his login is another person's",
      (data: DirectoryData) => withUser(2, { login: "hashed" })(withUser(7, { login: "formerly" })(data))
    ]
  ] as const) {
    it.effect(`refuses him when ${why}`, () =>
      meanwhile(change, (heard) => assert.deepStrictEqual(heard, [{ class: "login_pass", error_string: "login_password" }]))
    )
  }

  it.effect("tells and closes him who has given his password, and is not declared any more", () =>
    live(
      {},
      Effect.gen(function* () {
        const client = yield* dial
        yield* client.say({ ...LOGIN_ID, userlogin: "alice" }, { ...LOGIN_PASS, password: "alice-word" })
        client.take()
        yield* declare(withUser(2, { fullName: "Robert" }))
        assert.deepStrictEqual(short(client.take()), ["updateconfig users 2"])
        yield* declare(withUser(1, null))
        assert.deepStrictEqual(short(client.take()), ["disconnect"])
        assert.isTrue(client.ended())
      })
    )
  )

  it.effect("goes on with the profile that he has then", () =>
    live(
      {},
      Effect.gen(function* () {
        const client = yield* dial
        yield* client.say({ ...LOGIN_ID, userlogin: "alice" }, { ...LOGIN_PASS, password: "alice-word" })
        yield* declare((data) => {
          const profiles = data.profiles.flatMap((profile) => [profile, { ...profile, id: 4, name: "Desk" }])
          return withUser(1, { profileId: 4 })({ ...data, profiles })
        })
        client.take()
        yield* client.say(LOGIN_CAPAS)
        assert.deepStrictEqual(client.take(), [{ class: "login_capas", error_string: "wrong cti_profile_id" }])
        yield* client.say({ ...LOGIN_CAPAS, capaid: 4 })
        assert.deepInclude(client.take()[0], { class: "login_capas", appliname: "Desk" })
      })
    )
  )

  it.effect("says nothing to him who has said nothing yet", () =>
    live(
      { data: withUser(7, null)(sampleData) },
      Effect.gen(function* () {
        const client = yield* dial
        yield* client.say({ ...LOGIN_ID, userlogin: "alice" })
        client.take()
        yield* declare(withUser(1, null))
        assert.deepStrictEqual(client.take(), [])
        assert.isFalse(client.ended())
        yield* client.say({ ...LOGIN_PASS, password: "alice-word" })
        yield* until(() => client.heard.length > 0)
        assert.deepStrictEqual(client.take(), [{ class: "login_pass", error_string: "login_password" }])
      })
    )
  )
})
