/**
 * Password hashing on Node: Argon2id (RFC 9106) where the runtime has it (Node 24.7 or later), else PBKDF2-SHA256 (RFC 8018).
 *
 * What a login costs, measured on a core of a small server: 27 ms of CPU with the default parameters (19 MiB, 2 passes, 1 lane), 180 ms with
 * 64 MiB and 3 passes, 91 ms with PBKDF2 and 600,000 iterations. Two at a time keep two cores busy: about 70 first logins a
 * second, so 5,000 clients that all come back to a restarted server are in after a bit more than a minute. Their next logins
 * to the same process cost nothing.
 *
 * @example
 * ```ts
 * import { NodePasswordHash } from "@ctid/platform-node"
 *
 * const cheaper = NodePasswordHash.layer({ memory: 7168, passes: 5 })
 * ```
 */
import { PasswordHash, PasswordHashError } from "@ctid/core/password/password_hash"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import type * as CryptoError from "effect/crypto/CryptoError"
import * as Kdf from "effect/crypto/Kdf"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Semaphore from "effect/Semaphore"
import { formatPhc, isAffordable, PASSWORD_LIMITS, parsePhc, type StoredHash } from "./phc_string.ts"
import { makeRememberedPasswords } from "./remembered_passwords.ts"

export interface PasswordHashOptions {
  /** KiB of memory for a new Argon2id hash. Default 19,456 (19 MiB). A stored hash brings its own parameters along. */
  readonly memory?: number | undefined
  /** Passes over the memory. Default 2. */
  readonly passes?: number | undefined
  /** Lanes. Default 1. */
  readonly parallelism?: number | undefined
  /**
   * Hashes computed at the same time, each on a thread of Node's pool. Default 2: with Node's four threads, two remain for
   * names and files.
   */
  readonly atOnce?: number | undefined
  /** How many may wait for their turn; one more is told `busy`. Default 10,000. */
  readonly waiting?: number | undefined
  /** Verified passwords that are remembered until the process ends, about 150 bytes each. Default 10,000; 0: none. */
  readonly remembered?: number | undefined
}

/** Bytes of a new hash and of its salt. */
const HASH_LENGTH = 32
const SALT_LENGTH = 16

const text = new TextEncoder()

/** Passwords are compared as Unicode NFC in UTF-8 (RFC 8265, section 4.2), so that they may be typed on any system. */
const passwordBytes = (password: Redacted.Redacted): Uint8Array => text.encode(Redacted.value(password).normalize("NFC"))

/** In a time that tells nothing about where they differ. */
const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0)
  return difference === 0
}

const unsupported = (): PasswordHashError =>
  new PasswordHashError({
    reason: "unsupported",
    message: "this runtime has no Argon2id: use Node 24.7 or later, or store the password anew (it will be PBKDF2)"
  })

const malformed = (what: string): PasswordHashError =>
  new PasswordHashError({ reason: "malformed", message: `the stored password cannot be used: ${what}` })

const passwordHashError = (error: CryptoError.CryptoError): PasswordHashError =>
  error.reason._tag === "Unsupported" ? unsupported() : malformed("its parameters are refused by the runtime")

/** At most `atOnce` run, at most `waiting` wait. */
const makeTurnstile = (atOnce: number, waiting: number) => {
  const turn = Semaphore.makeUnsafe(atOnce)
  let inside = 0
  return <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E | PasswordHashError, R> =>
    Effect.suspend((): Effect.Effect<A, E | PasswordHashError, R> => {
      if (inside >= atOnce + waiting) {
        return Effect.fail(new PasswordHashError({ reason: "busy", message: `${inside} passwords are being checked already` }))
      }
      inside++
      return Effect.ensuring(
        turn.withPermits(1)(work),
        Effect.sync(() => inside--)
      )
    })
}

const make = (options: PasswordHashOptions) =>
  Effect.gen(function* () {
    const kdf = yield* Kdf.Kdf
    const random = yield* SecureRandom.SecureRandom
    const argon2id = Kdf.argon2id({
      memory: options.memory ?? 19_456,
      passes: options.passes ?? 2,
      parallelism: options.parallelism ?? 1
    })
    if (!isAffordable(argon2id)) return yield* Effect.die(new RangeError("Argon2id parameters are outside PASSWORD_LIMITS"))
    const remembered = yield* Effect.orDie(makeRememberedPasswords(options.remembered ?? 10_000))
    const inTurn = makeTurnstile(options.atOnce ?? 2, options.waiting ?? 10_000)

    const derive = (algorithm: StoredHash["algorithm"], password: Uint8Array, salt: Uint8Array, length: number) =>
      Effect.mapError(kdf.derive(algorithm, password, { salt, length }), passwordHashError)

    const hashWith = (algorithm: StoredHash["algorithm"], password: Uint8Array) =>
      Effect.gen(function* () {
        const salt = yield* random.randomBytes(SALT_LENGTH)
        const hash = yield* derive(algorithm, password, salt, HASH_LENGTH)
        return formatPhc({ algorithm, salt, hash })
      })

    const isRemembered = (password: Uint8Array, phc: string) =>
      Effect.mapError(remembered.has(password, phc), passwordHashError)

    const verifySlowly = (password: Uint8Array, phc: string, stored: StoredHash) =>
      Effect.gen(function* () {
        // A client that lost its patience comes again while its first attempt still waits: one of them is enough.
        if (yield* isRemembered(password, phc)) return true
        const hash = yield* derive(stored.algorithm, password, stored.salt, stored.hash.length)
        if (!equalBytes(hash, stored.hash)) return false
        yield* Effect.mapError(remembered.add(password, phc), passwordHashError)
        return true
      })

    return PasswordHash.of({
      hash: (password) => {
        const bytes = passwordBytes(password)
        return inTurn(
          Effect.catchIf(
            hashWith(argon2id, bytes),
            (error) => error.reason === "unsupported",
            () => hashWith(Kdf.pbkdf2Sha256, bytes)
          )
        )
      },
      verify: (password, storedText) =>
        Effect.gen(function* () {
          const phc = Redacted.value(storedText)
          const stored = parsePhc(phc)
          if (typeof stored === "string") return yield* Effect.fail(malformed(stored))
          const bytes = passwordBytes(password)
          if (yield* isRemembered(bytes, phc)) return true
          return yield* inTurn(verifySlowly(bytes, phc, stored))
        })
    })
  })

export const NodePasswordHash: {
  /** Parameters outside `limits` are a defect: check them where they are read. */
  readonly layer: (options?: PasswordHashOptions) => Layer.Layer<PasswordHash>
  /** The same over a given `Kdf`. */
  readonly layerKdf: (options?: PasswordHashOptions) => Layer.Layer<PasswordHash, never, Kdf.Kdf>
  readonly limits: typeof PASSWORD_LIMITS
} = {
  layer: (options = {}) => Layer.provide(NodePasswordHash.layerKdf(options), NodeCrypto.layerKdf),
  layerKdf: (options = {}) =>
    Layer.provide(Layer.effect(PasswordHash, make(options)), [NodeCrypto.layerMac, NodeCrypto.layerSecureRandom]),
  limits: PASSWORD_LIMITS
}
