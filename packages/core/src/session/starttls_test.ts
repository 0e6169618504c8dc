import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { TestClock } from "effect/testing"
import type { StartTls, TlsServer } from "../connection/tls_identity.ts"
import { CtiServer } from "../cti_server.ts"
import { type Client, dial, scenario, settle } from "../memory_server_fixture.ts"

const tls: TlsServer = {
  credentials: () => ({ certificate: "", key: Redacted.make(""), clientCa: null, minVersion: "TLSv1.2" }),
  handshakeTimeout: 3_000
}
const offering = (required = false) => ({ startTls: (): StartTls => ({ tls, required }) })

const id = { class: "login_id", userlogin: "alice", wazoversion: "2.3" }
const pass = { class: "login_pass", password: "alice-word" }
const capas = { class: "login_capas", capaid: "3", state: "available" }
const wish = { class: "starttls", status: true, commandid: 11 }
const offer = { class: "starttls" }
const yes = { class: "starttls", starttls: true }

const classes = (client: Client): ReadonlyArray<string> => client.heard.splice(0).map((message) => message.class)

const encrypt = Effect.fnUntraced(function* (client: Client) {
  yield* client.say(wish)
  assert.deepStrictEqual(client.take(), [offer, yes])
  client.wire.startTls()
  yield* settle
  assert.isTrue(client.wire.encrypted())
})

describe("STARTTLS", () => {
  it.effect("is offered before anything else, confirmed under the original's key, and the login goes on inside TLS", () =>
    scenario(
      {},
      Effect.gen(function* () {
        const client = yield* dial
        yield* settle
        assert.deepStrictEqual(
          client.heard.map(({ timenow }) => typeof timenow),
          ["number"]
        )
        yield* encrypt(client)
        yield* client.say(id, wish, pass)
        yield* client.say(capas)
        assert.deepStrictEqual(classes(client).slice(0, 3), ["login_id", "login_pass", "login_capas"])
        const [info] = (yield* CtiServer).connections()
        assert.isTrue(info?.encrypted)
      }),
      offering()
    )
  )

  it.effect("declined, or not answered, leaves the connection in clear; only the first answer counts", () =>
    scenario(
      {},
      Effect.gen(function* () {
        const client = yield* dial
        yield* client.say({ class: "starttls", status: false }, wish, id)
        assert.deepStrictEqual(classes(client), ["starttls", "starttls", "login_id"])
        assert.isFalse(client.wire.encrypted())
        const other = yield* dial
        yield* other.say(id, pass)
        assert.deepStrictEqual(classes(other), ["starttls", "login_id", "login_pass"])
        // signed in, so that it is too late
        yield* other.say(wish, { class: "getipbxlist" })
        assert.deepStrictEqual(classes(other), ["getipbxlist"])
      }),
      offering()
    )
  )

  it.effect("without an offer is ignored", () =>
    scenario(
      {},
      Effect.gen(function* () {
        const client = yield* dial
        yield* client.say(wish, id)
        assert.deepStrictEqual(classes(client), ["login_id"])
      })
    )
  )

  it.effect("required, it is asked for at a login in clear, which may still follow it", () =>
    scenario(
      {},
      Effect.gen(function* () {
        const client = yield* dial
        yield* client.say(id, pass)
        assert.deepStrictEqual(client.take(), [offer, { class: "login_id", error_string: "encryption_required" }])
        yield* client.say(wish)
        assert.deepStrictEqual(client.take(), [yes])
        client.wire.startTls()
        yield* client.say(id, pass)
        assert.deepStrictEqual(classes(client), ["login_id", "login_pass"])
      }),
      offering(true)
    )
  )

  it.effect("forgets what was said in clear", () =>
    scenario(
      {},
      Effect.gen(function* () {
        const client = yield* dial
        yield* client.say({ ...id, userlogin: "mallory" })
        client.take()
        yield* client.say(wish)
        assert.deepStrictEqual(client.take(), [yes])
        client.wire.startTls()
        // the login of before would have let a password of alice's go to somebody else's name
        yield* client.say(pass, id, pass)
        assert.deepStrictEqual(classes(client), ["login_id", "login_pass"])
      }),
      offering()
    )
  )

  for (const [what, more] of [
    ["a line", `${JSON.stringify(id)}\n`],
    ["half a line", '{"class"']
  ] as const) {
    it.effect(`${what} in clear behind it closes the connection, and nothing is confirmed`, () =>
      scenario(
        {},
        Effect.gen(function* () {
          const client = yield* dial
          yield* client.raw(`${JSON.stringify(wish)}\n${more}`)
          assert.deepStrictEqual(client.take(), [offer])
          assert.isTrue(client.ended())
        }),
        offering()
      )
    )
  }

  it.effect("bytes in clear where the handshake should be close the connection", () =>
    scenario(
      {},
      Effect.gen(function* () {
        const client = yield* dial
        yield* client.say(wish)
        yield* client.say(id)
        assert.deepStrictEqual(client.take(), [offer, yes])
        assert.isTrue(client.ended())
      }),
      offering()
    )
  )

  it.effect("a handshake that does not come is waited for until its deadline", () =>
    scenario(
      {},
      Effect.gen(function* () {
        const client = yield* dial
        yield* client.say(wish)
        yield* TestClock.adjust(2_999)
        yield* settle
        assert.isFalse(client.ended())
        yield* TestClock.adjust(1)
        yield* settle
        assert.isTrue(client.ended())
      }),
      offering()
    )
  )

  it.effect("a port inside TLS from the first byte offers nothing and lets nobody in before", () =>
    scenario(
      {},
      Effect.gen(function* () {
        const client = yield* dial
        client.wire.startTls()
        yield* client.say(id, pass)
        assert.deepStrictEqual(classes(client), ["login_id", "login_pass"])
        const clear = yield* dial
        yield* clear.say(id)
        assert.deepStrictEqual(clear.take(), [])
        assert.isTrue(clear.ended())
      }),
      { tls, ...offering(true) }
    )
  )
})
