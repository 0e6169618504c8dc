import { PasswordHash } from "@ctid/core/password/password_hash"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import { TestClock } from "effect/testing"
import { MemoryPasswordHash } from "./memory_password_hash.ts"

describe("password hashing for tests", () => {
  it.effect("verifies what it hashed and nothing else; equal passwords are stored differently", () =>
    Effect.gen(function* () {
      const passwords = yield* PasswordHash
      const secret = Redacted.make("correct horse")
      const stored = yield* passwords.hash(secret)
      assert.notStrictEqual(yield* passwords.hash(secret), stored)
      assert.notInclude(stored, "correct")
      assert.isTrue(yield* passwords.verify(secret, Redacted.make(stored)))
      assert.isFalse(yield* passwords.verify(Redacted.make("wrong"), Redacted.make(stored)))
      const error = yield* Effect.flip(passwords.verify(secret, Redacted.make("$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA")))
      assert.strictEqual(error.reason, "malformed")
    }).pipe(Effect.provide(MemoryPasswordHash.layer()))
  )

  it.effect("may take its time, by Effect's clock", () =>
    Effect.gen(function* () {
      const passwords = yield* PasswordHash
      const fiber = yield* Effect.forkChild(passwords.hash(Redacted.make("x")))
      yield* TestClock.adjust("59 seconds")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.include(yield* Fiber.join(fiber), "$test-sha256$")
    }).pipe(Effect.provide(MemoryPasswordHash.layer({ duration: "1 minute" })))
  )
})
