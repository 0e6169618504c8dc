import { MemoryPasswordHash } from "@ctid/simulator"
import { assert, describe, it } from "@effect/vitest"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { isStoredHash } from "../config/stored_hash.ts"
import { Directory, type StoredPassword } from "../directory/directory.ts"
import { sampleData } from "../testdata/sample_directory.ts"
import { decoyOf, makeDecoys } from "./decoys.ts"
import { PasswordHash } from "./password_hash.ts"

const ARGON = "$argon2id$v=19$m=19456,t=2,p=1$PBDXpSbtLyrcF8ipjpJt5A$mgfLWrYYt1cqUvVdC7ZYLZBiKDbzj0Fp0Phib2aFVH8"
const PBKDF2 = "$pbkdf2-sha256$i=600000$PBDXpSbtLyrcF8ipjpJt5A$0gfLWrYYt1cqUvVdC7ZYLZBiKDbzj0Fp0Phib2aFVH8"

const withPasswords = (...passwords: ReadonlyArray<StoredPassword>) =>
  Layer.mergeAll(
    MemoryPasswordHash.layer(),
    Digest.layerWebCrypto,
    SecureRandom.layerWebCrypto,
    Directory.layer({
      ...sampleData,
      users: sampleData.users.map((user, at) => ({ ...user, password: passwords[at % passwords.length] ?? user.password }))
    })
  )

const hash = (text: string): StoredPassword => ({ kind: "hash", value: Redacted.make(text) })

describe("a decoy", () => {
  it("costs what the stored password costs, and is another", () => {
    for (const stored of [ARGON, PBKDF2]) {
      const decoy = decoyOf(stored)
      assert.isTrue(isStoredHash(decoy))
      assert.notStrictEqual(decoy, stored)
      const cost = (text: string) => text.split("$").slice(0, -1)
      assert.deepStrictEqual(cost(decoy), cost(stored))
    }
  })

  it.effect("is met again by the same login, and logins meet those of all costs there are", () =>
    Effect.gen(function* () {
      const decoyFor = yield* makeDecoys
      const met = new Set<string>()
      for (let n = 0; n < 50; n++) {
        const decoy = Redacted.value(yield* decoyFor(`nobody${n}`))
        assert.strictEqual(Redacted.value(yield* decoyFor(`nobody${n}`)), decoy)
        met.add(decoy)
      }
      assert.deepStrictEqual(met, new Set([decoyOf(ARGON), decoyOf(PBKDF2)]))
    }).pipe(Effect.provide(withPasswords(hash(ARGON), hash(PBKDF2))))
  )

  it.effect("is met by other logins after a restart", () =>
    Effect.gen(function* () {
      const logins = Array.from({ length: 64 }, (_, n) => `nobody${n}`)
      const met = (decoyFor: Effect.Success<typeof makeDecoys>) =>
        Effect.forEach(logins, (login) => Effect.map(decoyFor(login), Redacted.value))
      assert.notDeepEqual(yield* met(yield* makeDecoys), yield* met(yield* makeDecoys))
    }).pipe(Effect.provide(withPasswords(hash(ARGON), hash(PBKDF2))))
  )

  it.effect("fits no password, also that of the user from whose it was made", () =>
    Effect.gen(function* () {
      const passwords = yield* PasswordHash
      const secret = Redacted.make("alice-word")
      const stored = yield* passwords.hash(secret)
      assert.isFalse(yield* passwords.verify(secret, Redacted.make(decoyOf(stored))))
    }).pipe(Effect.provide(MemoryPasswordHash.layer()))
  )

  it.effect("is made where nobody's password is stored as a hash", () =>
    Effect.gen(function* () {
      const decoyFor = yield* makeDecoys
      const decoy = yield* decoyFor("nobody")
      assert.isFalse(yield* (yield* PasswordHash).verify(Redacted.make("x"), decoy))
      assert.strictEqual(Redacted.value(yield* decoyFor("somebody")), Redacted.value(decoy))
    }).pipe(Effect.provide(withPasswords({ kind: "plain", value: Redacted.make("x") })))
  )
})
