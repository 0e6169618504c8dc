/**
 * Password hashes as text, in the PHC string format: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash` and
 * `$pbkdf2-sha256$i=600000$salt$hash`; salt and hash in base64 without padding.
 */
import * as Digest from "effect/crypto/Digest"
import * as Kdf from "effect/crypto/Kdf"
import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"

/** A stored password hash. */
export interface StoredHash {
  readonly algorithm: Kdf.Argon2id | Kdf.Pbkdf2
  readonly salt: Uint8Array
  readonly hash: Uint8Array
}

/** How much work a stored hash may ask for: a configuration cannot make the server spend gigabytes or minutes on a login. */
export const PASSWORD_LIMITS = {
  /** KiB */
  memory: { least: 8, most: 262_144 },
  passes: { least: 1, most: 16 },
  /** Lanes. Each needs 8 KiB of memory. */
  parallelism: { least: 1, most: 16 },
  /** Of PBKDF2. */
  iterations: { least: 1000, most: 10_000_000 },
  /** Bytes. */
  salt: { least: 8, most: 64 },
  /** Bytes. */
  hash: { least: 16, most: 64 }
} as const

const within = (limits: { readonly least: number; readonly most: number }, value: number): boolean =>
  Number.isInteger(value) && value >= limits.least && value <= limits.most

/** True when the parameters are within `PASSWORD_LIMITS`. */
export const isAffordable = (algorithm: Kdf.Argon2id | Kdf.Pbkdf2): boolean =>
  algorithm._tag === "Pbkdf2"
    ? within(PASSWORD_LIMITS.iterations, algorithm.iterations)
    : within(PASSWORD_LIMITS.memory, algorithm.memory) &&
      within(PASSWORD_LIMITS.passes, algorithm.passes) &&
      within(PASSWORD_LIMITS.parallelism, algorithm.parallelism) &&
      algorithm.memory >= 8 * algorithm.parallelism

const ARGON2ID = /^\$argon2id\$v=19\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})\$([A-Za-z0-9+/]{1,88})\$([A-Za-z0-9+/]{1,88})$/
const PBKDF2 = /^\$pbkdf2-sha256\$i=(\d{1,9})\$([A-Za-z0-9+/]{1,88})\$([A-Za-z0-9+/]{1,88})$/

const bytesOf = (text: string | undefined, limits: { readonly least: number; readonly most: number }): Uint8Array | null => {
  if (text === undefined) return null
  const bytes = Base64.decode(text.padEnd(Math.ceil(text.length / 4) * 4, "="))
  return Result.isSuccess(bytes) && within(limits, bytes.success.length) ? bytes.success : null
}

const stored = (
  algorithm: Kdf.Argon2id | Kdf.Pbkdf2,
  salt: string | undefined,
  hash: string | undefined
): StoredHash | string => {
  if (!isAffordable(algorithm)) return "its parameters are out of bounds"
  const saltBytes = bytesOf(salt, PASSWORD_LIMITS.salt)
  const hashBytes = bytesOf(hash, PASSWORD_LIMITS.hash)
  if (saltBytes === null) return "its salt is not 8 to 64 bytes of base64"
  if (hashBytes === null) return "its hash is not 16 to 64 bytes of base64"
  return { algorithm, salt: saltBytes, hash: hashBytes }
}

/** Reads a stored hash; a text says what is wrong with it, without repeating any of it. */
export const parsePhc = (text: string): StoredHash | string => {
  const argon = ARGON2ID.exec(text)
  if (argon !== null) {
    const [, memory, passes, parallelism, salt, hash] = argon
    const algorithm = Kdf.argon2id({ memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) })
    return stored(algorithm, salt, hash)
  }
  const pbkdf2 = PBKDF2.exec(text)
  if (pbkdf2 === null) return "it is neither $argon2id$v=19$m=..,t=..,p=..$salt$hash nor $pbkdf2-sha256$i=..$salt$hash"
  const [, iterations, salt, hash] = pbkdf2
  return stored(Kdf.pbkdf2({ hash: Digest.sha256, iterations: Number(iterations) }), salt, hash)
}

const base64 = (bytes: Uint8Array): string => Base64.encode(bytes).replaceAll("=", "")

export const formatPhc = ({ algorithm, salt, hash }: StoredHash): string => {
  const parameters =
    algorithm._tag === "Pbkdf2"
      ? `$pbkdf2-sha256$i=${algorithm.iterations}`
      : `$argon2id$v=19$m=${algorithm.memory},t=${algorithm.passes},p=${algorithm.parallelism}`
  return `${parameters}$${base64(salt)}$${base64(hash)}`
}
