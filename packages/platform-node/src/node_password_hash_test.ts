import { argon2Sync, pbkdf2Sync } from "node:crypto"
import { PasswordHash } from "@ctid/core/password/password_hash"
import { until } from "@ctid/testing/contracts/contract"
import { assert, describe, it } from "@effect/vitest"
import * as CryptoError from "effect/crypto/CryptoError"
import * as Kdf from "effect/crypto/Kdf"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import fc from "fast-check"
import { NodePasswordHash, type PasswordHashOptions } from "./node_password_hash.ts"
import { formatPhc, parsePhc } from "./phc_string.ts"

const base64 = (bytes: Buffer): string => bytes.toString("base64").replaceAll("=", "")

const salt = Buffer.from("0123456789abcdef")

/** Made with `node:crypto` alone, so cheap that a test may make hundreds. */
const storedFor = (password: string, passes = 1): string => {
  const hash = argon2Sync("argon2id", { message: password, nonce: salt, memory: 64, passes, parallelism: 1, tagLength: 32 })
  return `$argon2id$v=19$m=64,t=${passes},p=1$${base64(salt)}$${base64(hash)}`
}

const verify = (password: string, stored: string) =>
  PasswordHash.use((service) => service.verify(Redacted.make(password), Redacted.make(stored)))

/** A `Kdf` that counts, may be held up, and needs no time. */
const countingKdf = () => {
  const state = { calls: 0, running: 0, most: 0, held: [] as Array<() => void>, hold: false }
  const layer = Layer.succeed(
    Kdf.Kdf,
    Kdf.Kdf.of({
      derive: (algorithm, secret, options) =>
        Effect.gen(function* () {
          state.calls++
          state.running++
          state.most = Math.max(state.most, state.running)
          if (state.hold) yield* Effect.callback<void>((resume) => void state.held.push(() => resume(Effect.void)))
          state.running--
          if (algorithm._tag !== "Argon2id") return yield* Effect.die("only Argon2id is expected here")
          return argon2Sync("argon2id", {
            message: secret,
            nonce: options.salt,
            memory: algorithm.memory,
            passes: algorithm.passes,
            parallelism: algorithm.parallelism,
            tagLength: options.length
          })
        })
    })
  )
  return { state, layer }
}

const cheap: PasswordHashOptions = { memory: 64, passes: 1 }

describe("password hashing", () => {
  it.effect("the vector of the Argon2 reference implementation is verified", () =>
    Effect.gen(function* () {
      // phc-winner-argon2, src/test.c: version 0x13, t=2, m=2^16, p=1, "password", "somesalt"
      const stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
      assert.isTrue(yield* verify("password", stored))
      assert.isFalse(yield* verify("passwore", stored))
    }).pipe(Effect.provide(NodePasswordHash.layer()))
  )

  it.effect("a PBKDF2 hash made with Python's hashlib is verified, its password in UTF-8", () =>
    Effect.gen(function* () {
      // hashlib.pbkdf2_hmac('sha256', 'pässwörd'.encode(), b'0123456789abcdef', 1000, 32)
      const stored = "$pbkdf2-sha256$i=1000$MDEyMzQ1Njc4OWFiY2RlZg$Kfxd4gVEVJAUWyEM9/KuB1B0aQFq+qVyrFi44QnyZ4k"
      assert.isTrue(yield* verify("pässwörd", stored))
      assert.isTrue(yield* verify("pässwörd".normalize("NFD"), stored))
      assert.isFalse(yield* verify("password", stored))
    }).pipe(Effect.provide(NodePasswordHash.layer()))
  )

  it.effect("a new hash names its parameters and can be checked with node:crypto alone", () =>
    Effect.gen(function* () {
      const service = yield* PasswordHash
      const stored = yield* service.hash(Redacted.make("secret"))
      const [, name, version, parameters, saltText = "", hashText] = stored.split("$")
      assert.deepStrictEqual([name, version, parameters], ["argon2id", "v=19", "m=19456,t=2,p=1"])
      const nonce = Buffer.from(saltText, "base64")
      assert.strictEqual(nonce.length, 16)
      const expected = argon2Sync("argon2id", {
        message: "secret",
        nonce,
        memory: 19_456,
        passes: 2,
        parallelism: 1,
        tagLength: 32
      })
      assert.strictEqual(hashText, base64(expected))
      assert.isTrue(yield* verify("secret", stored))
      assert.isFalse(yield* verify("Secret", stored))
      assert.notStrictEqual(yield* service.hash(Redacted.make("secret")), stored)
    }).pipe(Effect.provide(NodePasswordHash.layer()))
  )

  it.effect("without Argon2id, new hashes are PBKDF2 and old ones a clear error", () =>
    Effect.gen(function* () {
      const service = yield* PasswordHash
      const stored = yield* service.hash(Redacted.make("secret"))
      const [, name, parameters, saltText = "", hashText] = stored.split("$")
      assert.deepStrictEqual([name, parameters], ["pbkdf2-sha256", "i=600000"])
      assert.strictEqual(hashText, base64(pbkdf2Sync("secret", Buffer.from(saltText, "base64"), 600_000, 32, "sha256")))
      assert.isTrue(yield* verify("secret", stored))
      const error = yield* Effect.flip(verify("secret", storedFor("secret")))
      assert.strictEqual(error.reason, "unsupported")
    }).pipe(Effect.provide(Layer.provide(NodePasswordHash.layerKdf(), Kdf.layerWebCrypto)))
  )

  it.effect("a verified password costs nothing again; a wrong one, or a changed hash, does", () => {
    const { state, layer } = countingKdf()
    return Effect.gen(function* () {
      const stored = storedFor("right")
      assert.isTrue(yield* verify("right", stored))
      assert.isTrue(yield* verify("right", stored))
      assert.strictEqual(state.calls, 1)
      assert.isFalse(yield* verify("wrong", stored))
      assert.isFalse(yield* verify("wrong", stored))
      assert.strictEqual(state.calls, 3)
      assert.isFalse(yield* verify("right", storedFor("changed")))
      assert.strictEqual(state.calls, 4)
    }).pipe(Effect.provide(Layer.provide(NodePasswordHash.layerKdf(cheap), layer)))
  })

  it.effect("no more are remembered than allowed: the one not used for longest is forgotten", () => {
    const { state, layer } = countingKdf()
    return Effect.gen(function* () {
      const stored = ["a", "b", "c"].map((password) => storedFor(password))
      const [a = "", b = "", c = ""] = stored
      yield* verify("a", a)
      yield* verify("b", b)
      yield* verify("a", a)
      yield* verify("c", c)
      assert.strictEqual(state.calls, 3)
      yield* verify("a", a)
      yield* verify("c", c)
      assert.strictEqual(state.calls, 3)
      yield* verify("b", b)
      assert.strictEqual(state.calls, 4)
    }).pipe(Effect.provide(Layer.provide(NodePasswordHash.layerKdf({ ...cheap, remembered: 2 }), layer)))
  })

  it.live("two run at a time, a bounded number waits, and one more is told busy", () => {
    const { state, layer } = countingKdf()
    state.hold = true
    return Effect.gen(function* () {
      const stored = storedFor("right")
      const fibers = yield* Effect.all(
        ["1", "2", "3", "4", "5"].map((password) => Effect.forkChild(verify(password, stored), { startImmediately: true }))
      )
      const error = yield* Effect.flip(verify("6", stored))
      assert.strictEqual(error.reason, "busy")
      assert.strictEqual(state.running, 2)
      const waiting = fibers[4]
      if (waiting !== undefined) yield* Fiber.interrupt(waiting)
      const late = yield* Effect.forkChild(verify("right", stored), { startImmediately: true })
      yield* until("all are through", () => {
        for (const go of state.held.splice(0)) go()
        return state.calls === 5 && state.running === 0
      })
      assert.isTrue(yield* Fiber.join(late))
      assert.strictEqual(state.most, 2)
    }).pipe(Effect.provide(Layer.provide(NodePasswordHash.layerKdf({ ...cheap, atOnce: 2, waiting: 3 }), layer)))
  })

  it.live("a password tried again while its first attempt waits is hashed once", () => {
    const { state, layer } = countingKdf()
    state.hold = true
    return Effect.gen(function* () {
      const stored = storedFor("right")
      const fibers = yield* Effect.all(
        [1, 2, 3].map(() => Effect.forkChild(verify("right", stored), { startImmediately: true }))
      )
      yield* until("one is running", () => state.held.length === 1)
      for (const go of state.held.splice(0)) go()
      assert.deepStrictEqual(yield* Effect.all(fibers.map(Fiber.join)), [true, true, true])
      assert.strictEqual(state.calls, 1)
    }).pipe(Effect.provide(Layer.provide(NodePasswordHash.layerKdf({ ...cheap, atOnce: 1 }), layer)))
  })

  it.effect("a stored hash that asks for too much, or is damaged, is refused without work", () => {
    const { state, layer } = countingKdf()
    const tail = `${base64(salt)}$${base64(Buffer.alloc(32))}`
    const bad = [
      `$argon2id$v=19$m=104857600,t=2,p=1$${tail}`,
      `$argon2id$v=19$m=19456,t=100000,p=1$${tail}`,
      `$argon2id$v=19$m=19456,t=2,p=4000$${tail}`,
      `$argon2id$v=19$m=19456,t=0,p=1$${tail}`,
      `$argon2id$v=19$m=8,t=1,p=2$${tail}`,
      `$argon2id$v=16$m=19456,t=2,p=1$${tail}`,
      `$argon2i$v=19$m=19456,t=2,p=1$${tail}`,
      `$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$${base64(Buffer.alloc(32))}`,
      `$argon2id$v=19$m=19456,t=2,p=1$${base64(salt)}$aGFzaA`,
      `$argon2id$v=19$m=19456,t=2,p=1$${base64(salt)}$${base64(Buffer.alloc(32))}=`,
      `$argon2id$v=19$m=19456,t=2,p=1$${"A".repeat(1000)}$${base64(Buffer.alloc(32))}`,
      `$pbkdf2-sha256$i=2147483647$${tail}`,
      `$pbkdf2-sha256$i=1$${tail}`,
      "$2b$12$abcdefghijklmnopqrstuv",
      "secret",
      ""
    ]
    return Effect.gen(function* () {
      for (const stored of bad) {
        const error = yield* Effect.flip(verify("secret", stored))
        assert.strictEqual(error.reason, "malformed", stored)
        if (stored !== "") assert.notInclude(error.message, stored)
      }
      assert.strictEqual(state.calls, 0)
    }).pipe(Effect.provide(Layer.provide(NodePasswordHash.layerKdf(cheap), layer)))
  })

  it.effect("a refusal by the runtime is an error without a secret in it", () => {
    const refusing = Layer.succeed(
      Kdf.Kdf,
      Kdf.Kdf.of({
        derive: () =>
          Effect.fail(
            new CryptoError.CryptoError({
              module: "Kdf",
              method: "derive",
              reason: new CryptoError.InvalidArgument({ description: "no" })
            })
          )
      })
    )
    return Effect.gen(function* () {
      const error = yield* Effect.flip(verify("hunter2", storedFor("hunter2")))
      assert.strictEqual(error.reason, "malformed")
      assert.notInclude(error.message, "hunter2")
    }).pipe(Effect.provide(Layer.provide(NodePasswordHash.layerKdf(cheap), refusing)))
  })

  it("what is written as a PHC string is read again", () => {
    const bytes = (least: number, most: number) => fc.uint8Array({ minLength: least, maxLength: most })
    const algorithm = fc.oneof(
      fc
        .record({
          memory: fc.integer({ min: 128, max: 262_144 }),
          passes: fc.integer({ min: 1, max: 16 }),
          parallelism: fc.integer({ min: 1, max: 16 })
        })
        .map(Kdf.argon2id),
      fc.integer({ min: 1000, max: 10_000_000 }).map((iterations) => Kdf.pbkdf2({ hash: Kdf.pbkdf2Sha256.hash, iterations }))
    )
    fc.assert(
      fc.property(fc.record({ algorithm, salt: bytes(8, 64), hash: bytes(16, 64) }), (stored) => {
        assert.deepStrictEqual(parsePhc(formatPhc(stored)), stored)
      })
    )
  })

  it("no text makes the reader of PHC strings throw", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((tail) => `$argon2id$v=19$m=1024,t=2,p=1$${tail}`)
        ),
        (stored) => {
          parsePhc(stored)
        }
      )
    )
  })
})
