import { assert, describe, it } from "@effect/vitest"
import { isStoredHash } from "./stored_hash.ts"

const salt = "c2FsdHNhbHRzYWx0c2FsdA"
const hash = "aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g"

describe("isStoredHash", () => {
  for (const [text, accepted] of [
    [`$argon2id$v=19$m=19456,t=2,p=1$${salt}$${hash}`, true],
    [`$pbkdf2-sha256$i=600000$${salt}$${hash}`, true],
    [`$argon2id$v=19$m=262145,t=2,p=1$${salt}$${hash}`, false],
    [`$argon2id$v=19$m=19456,t=17,p=1$${salt}$${hash}`, false],
    [`$argon2id$v=19$m=127,t=2,p=16$${salt}$${hash}`, false],
    [`$argon2id$v=16$m=19456,t=2,p=1$${salt}$${hash}`, false],
    [`$argon2i$v=19$m=19456,t=2,p=1$${salt}$${hash}`, false],
    [`$pbkdf2-sha256$i=999$${salt}$${hash}`, false],
    [`$pbkdf2-sha256$i=99999999$${salt}$${hash}`, false],
    [`$pbkdf2-sha256$i=600000$${salt.slice(0, 9)}$${hash}`, false],
    [`$pbkdf2-sha256$i=600000$${salt}$${hash}=`, false],
    [`$pbkdf2-sha256$i=600000$${salt}`, false],
    ["$2b$12$abcdefghijklmnopqrstuv", false],
    ["secret", false],
    ["", false]
  ] as const) {
    it(`${accepted ? "accepts" : "refuses"} ${text.slice(0, 40)}`, () => assert.strictEqual(isStoredHash(text), accepted))
  }
})
