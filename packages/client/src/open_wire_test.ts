import { assert, describe, it } from "@effect/vitest"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { type ClientEncryption, ClientTransport } from "./client_transport.ts"
import { CtiClient } from "./cti_client.ts"
import { company, companyServer, ScriptedServer, type ServerSide, until, type Wire } from "./scripted_server_fixture.ts"

const offer = { class: "starttls" }
const yes = { class: "starttls", starttls: true }

const connect = (server: ScriptedServer) =>
  CtiClient.make({ login: "blue", password: Redacted.make("s3cret-word") }).pipe(
    Effect.provideService(ClientTransport, server.transport),
    Effect.provide(Digest.layerWebCrypto)
  )

/** A server of the company that offers and confirms. */
const encrypting = (answer: (side: ServerSide) => void = (side) => side.say(yes)): ScriptedServer => {
  const ofCompany = companyServer(company())
  const server = new ScriptedServer((command, side) => (command.class === "starttls" ? answer(side) : ofCompany(command, side)))
  server.encryption = "starttls"
  server.greet = (side) => side.say(offer)
  return server
}

/** Why no client comes about. `late`: once this is so, the clients' patience ends. */
const refusal = (server: ScriptedServer, late?: () => boolean) =>
  Effect.gen(function* () {
    const connecting = yield* Effect.forkChild(Effect.flip(connect(server)))
    if (late !== undefined) {
      yield* until("so far it goes", late)
      yield* TestClock.adjust("10 seconds")
    }
    const error = yield* Fiber.join(connecting)
    return [error._tag, "reason" in error ? error.reason : "", error.message]
  })

describe("a connection with STARTTLS", () => {
  it.effect("waits for the offer, wishes, and says all the rest inside TLS", () =>
    Effect.gen(function* () {
      const server = encrypting()
      const client = yield* connect(server)
      assert.strictEqual(client.state()._tag, "Online")
      const [wish, id] = server.last.commands
      assert.deepStrictEqual(wish, { class: "starttls", status: true })
      assert.strictEqual(id?.class, "login_id")
      assert.strictEqual(server.last.inClear, 1)
      assert.isTrue(server.last.encrypted)
    })
  )

  it.effect("says nothing to a server that does not offer, and gives up in time", () =>
    Effect.gen(function* () {
      const server = encrypting()
      let greeted = false
      server.greet = (side) => {
        side.say({ class: "login_id", sessionid: "injected" })
        greeted = true
      }
      assert.deepStrictEqual(yield* refusal(server, () => greeted), [
        "ClientTimeout",
        "",
        "memory:1 did not offer STARTTLS within 10 s: it does not encrypt there, or this is its TLS port. Nothing was said in clear"
      ])
      assert.lengthOf(server.last.commands, 0)
      assert.isTrue(server.last.closed)
    })
  )

  it.effect("says so when the server ends the connection instead of an offer", () =>
    Effect.gen(function* () {
      const server = encrypting()
      server.greet = (side) => side.drop("closed")
      assert.deepStrictEqual(yield* refusal(server), [
        "ClientProtocolError",
        "no_starttls",
        "memory:1 did not offer STARTTLS and ended the connection: it does not encrypt there, or this is its TLS port. Nothing was said in clear"
      ])
    })
  )

  const answers: ReadonlyArray<readonly [what: string, answer: (side: ServerSide) => void, reason: string, message: RegExp]> = [
    ["declines", (side) => side.say({ ...offer, starttls: false }), "starttls_declined", /^the server declines STARTTLS$/],
    [
      "goes on in clear",
      (side) => side.say(yes, { class: "login_id", sessionid: "injected" }),
      "clear_text",
      /^the server, or somebody/
    ],
    ["begins another line in clear", (side) => side.raw(`${JSON.stringify(yes)}\n{`), "clear_text", /^the server, or somebody/],
    ["ends without a word", (side) => side.drop("closed"), "no_starttls", /^memory:1 did not confirm STARTTLS and ended/]
  ]
  for (const [what, answer, reason, message] of answers) {
    it.effect(`is given up when the server ${what}, and the password is not said`, () =>
      Effect.gen(function* () {
        const server = encrypting(answer)
        const error = yield* refusal(server)
        assert.deepStrictEqual(error.slice(0, 2), ["ClientProtocolError", reason])
        assert.match(error[2] ?? "", message)
        assert.deepStrictEqual(
          server.last.commands.map((command: Wire) => command.class),
          ["starttls"]
        )
        assert.isTrue(server.last.closed)
      })
    )
  }

  it.effect("is given up when no confirmation comes, and when no handshake does", () =>
    Effect.gen(function* () {
      let asked = 0
      const silent = encrypting(() => {
        asked++
      })
      assert.deepStrictEqual(yield* refusal(silent, () => asked === 1), [
        "ClientTimeout",
        "",
        "memory:1 did not confirm STARTTLS within 10 s"
      ])
      const stuck = encrypting()
      stuck.handshake = () => {
        asked++
      }
      assert.deepStrictEqual(yield* refusal(stuck, () => asked === 2), [
        "ClientTimeout",
        "",
        "memory:1 did not end the TLS handshake within 10 s"
      ])
      assert.isTrue(silent.last.closed && stuck.last.closed)
    })
  )

  it.effect("is given up with the transport's reason when the server cannot prove who it is", () =>
    Effect.gen(function* () {
      const server = encrypting()
      server.handshake = (side) => side.drop("tls")
      assert.deepStrictEqual(yield* refusal(server), ["ClientTransportError", "tls", "the connection to memory:1 broke"])
      assert.strictEqual(server.last.inClear, 1)
    })
  )

  it.effect("is encrypted again after it was lost", () =>
    Effect.gen(function* () {
      const server = encrypting()
      const client = yield* connect(server)
      server.last.drop()
      yield* until("offline", () => client.state()._tag === "Offline")
      yield* TestClock.adjust("2 seconds")
      yield* until("online again", () => client.state()._tag === "Online")
      assert.deepStrictEqual(
        server.sides.map(({ inClear, encrypted }) => [inClear, encrypted]),
        [
          [1, true],
          [1, true]
        ]
      )
    })
  )

  it.effect("without it, an offer is not taken", () =>
    Effect.gen(function* () {
      for (const encryption of ["none", "tls"] satisfies ReadonlyArray<ClientEncryption>) {
        const server = encrypting()
        server.encryption = encryption
        yield* connect(server)
        assert.strictEqual(server.last.commands[0]?.class, "login_id")
      }
    })
  )
})
