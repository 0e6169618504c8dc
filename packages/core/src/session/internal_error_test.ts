import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { dial, open, server, signIn, until } from "../memory_server_fixture.ts"
import { PasswordHash } from "../password/password_hash.ts"

/** Breaks at every password that is looked at. */
const broken = Layer.succeed(
  PasswordHash,
  PasswordHash.of({
    hash: () => Effect.die(new Error("no hash today")),
    verify: () => Effect.die(new Error("no hash today"))
  })
)

describe("an internal error", () => {
  it.effect("ends the connection of the client for whom something was done, and no other", () => {
    const log: Array<string> = []
    const logger = Logger.make<unknown, void>(({ message }) => {
      log.push(String(message))
    })
    return Effect.gen(function* () {
      yield* open()
      const alice = yield* signIn("alice")
      const other = yield* dial
      yield* other.say(
        { class: "login_id", userlogin: "alice", wazoversion: "2.3" },
        { class: "login_pass", password: "wrong" }
      )
      yield* until(other.ended)
      assert.deepStrictEqual([alice.ended(), other.ended()], [false, true])
      assert.include(log, "internal error")
    }).pipe(Effect.scoped, Effect.provide(server({}, broken)), Effect.provide(Logger.layer([logger])))
  })
})
