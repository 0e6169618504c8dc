/**
 * A certificate authority of one's own, and the certificates that it issues for a server and for clients.
 *
 * @example
 * ```ts
 * import { issueServerCertificate, makeCertificateAuthority } from "@ctid/platform-node"
 * import * as Effect from "effect/Effect"
 *
 * const certificates = Effect.gen(function* () {
 *   const authority = yield* makeCertificateAuthority({ name: "Example's CA", days: 3650 })
 *   const server = yield* issueServerCertificate(authority, { names: ["pbx.example", "192.0.2.1"], days: 825 })
 *   return { ca: authority.certificate, certificate: server.certificate, key: server.key }
 * })
 * ```
 */
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, X509Certificate } from "node:crypto"
import { promisify } from "node:util"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { CertificateContent } from "./certificate_builder.ts"
import { type CertificateName, certificateName } from "./certificate_name.ts"

/** No certificate can be made of what was given. */
export class CertificateAuthorityError extends Data.TaggedError("CertificateAuthorityError")<{
  readonly reason:
    | "name" // no host name and no address, or none at all
    | "authority" // not the certificate and the key of a CA that is valid now
    | "key" // the key to be certified is not usable
  /** A sentence a person can act on; never a secret. */
  readonly message: string
}> {}

/** A certificate and its private key, both PEM. */
export interface KeyedCertificate {
  readonly certificate: string
  /** PKCS #8, not encrypted. */
  readonly key: Redacted.Redacted
}

/** `ec`: P-256, for every client of today. `rsa`: for those that know nothing else; 2048 bits for a server, 3072 for a CA. */
export type CertificateKeyKind = "ec" | "rsa"

export interface CertificateAuthorityOptions {
  /** What clients see as the issuer: 1 to 64 characters. */
  readonly name: string
  /** From now on. */
  readonly days: number
  /** Default `ec`. */
  readonly keyKind?: CertificateKeyKind | undefined
}

export interface ServerCertificateOptions {
  /** Host names and addresses by which clients call the server, the main one first. At least one. */
  readonly names: ReadonlyArray<string>
  /** From now on. It ends with its CA at the latest. */
  readonly days: number
  /** Default `ec`: a new key of this kind. */
  readonly keyKind?: CertificateKeyKind | undefined
  /** PEM: this key instead of a new one. */
  readonly key?: Redacted.Redacted | undefined
}

export interface ClientCertificateOptions {
  /** Whose it is: 1 to 64 characters. */
  readonly name: string
  /** From now on. It ends with its CA at the latest. */
  readonly days: number
}

const DAY = 86_400_000
/** Milliseconds for clocks that are behind. */
const EARLIER = DAY
/** The longest common name (RFC 5280, appendix A.1: ub-common-name). */
const MAX_COMMON_NAME = 64

const generate = promisify(generateKeyPair)

const makeKey = (kind: CertificateKeyKind, bits: number): Effect.Effect<KeyObject> =>
  Effect.promise(async () => {
    const made = kind === "rsa" ? await generate("rsa", { modulusLength: bits }) : await generate("ec", { namedCurve: "P-256" })
    return made.privateKey
  })

const pemOf = (key: KeyObject): Redacted.Redacted => Redacted.make(key.export({ type: "pkcs8", format: "pem" }).toString())

const checkCommonName = (whose: string, name: string): Effect.Effect<void, CertificateAuthorityError> => {
  if (name !== "" && name.length <= MAX_COMMON_NAME) return Effect.void
  const message = `the name of ${whose} has 1 to ${MAX_COMMON_NAME} characters`
  return Effect.fail(new CertificateAuthorityError({ reason: "name", message }))
}

/** Loaded when a certificate is made, and not before: servers only read them. */
const builder = Effect.promise(() => import("./certificate_builder.ts"))

/** A new CA: its certificate signs itself. */
export const makeCertificateAuthority = (
  options: CertificateAuthorityOptions
): Effect.Effect<KeyedCertificate, CertificateAuthorityError> =>
  Effect.gen(function* () {
    const { name, days, keyKind = "ec" } = options
    yield* checkCommonName("a CA", name)
    const key = yield* makeKey(keyKind, 3072)
    const now = yield* Clock.currentTimeMillis
    const { buildAuthority } = yield* builder
    const content = {
      commonName: name,
      publicKey: createPublicKey(key),
      notBefore: now - EARLIER,
      notAfter: now + days * DAY
    }
    return { certificate: yield* Effect.promise(() => buildAuthority(content, key)), key: pemOf(key) }
  })

/** Kinds of keys that sign and that are certified here. */
const isUsable = (key: KeyObject): boolean =>
  key.asymmetricKeyType === "rsa" ||
  ["prime256v1", "secp384r1", "secp521r1"].includes(key.asymmetricKeyDetails?.namedCurve ?? "")

const readKey = (
  pem: Redacted.Redacted,
  reason: "authority" | "key",
  whose: string
): Effect.Effect<KeyObject, CertificateAuthorityError> => {
  const refuse = (message: string) => new CertificateAuthorityError({ reason, message })
  return Effect.try({
    try: () => createPrivateKey(Redacted.value(pem)),
    catch: () => refuse(`the private key of ${whose} is no PEM text, or it is encrypted`)
  }).pipe(
    Effect.filterOrFail(isUsable, () => refuse(`the private key of ${whose} is neither RSA nor EC P-256, P-384 or P-521`))
  )
}

interface Authority {
  readonly certificate: X509Certificate
  readonly key: KeyObject
}

const readAuthority = Effect.fnUntraced(function* (
  authority: KeyedCertificate
): Effect.fn.Return<Authority, CertificateAuthorityError> {
  const refuse = (message: string) => new CertificateAuthorityError({ reason: "authority", message })
  const certificate = yield* Effect.try({
    try: () => new X509Certificate(authority.certificate),
    catch: () => refuse("the CA's certificate is no PEM text")
  })
  const key = yield* readKey(authority.key, "authority", "the CA")
  const now = yield* Clock.currentTimeMillis
  if (!certificate.ca) return yield* refuse("the CA's certificate is not one that may sign others")
  if (!certificate.checkPrivateKey(key)) return yield* refuse("the CA's key does not belong to its certificate")
  if (now > certificate.validToDate.getTime()) return yield* refuse("the CA's certificate has expired: make a new CA")
  return { certificate, key }
})

const readNames = (
  names: ReadonlyArray<string>
): Effect.Effect<readonly [CertificateName, ...ReadonlyArray<CertificateName>], CertificateAuthorityError> => {
  const refuse = (message: string) => Effect.fail(new CertificateAuthorityError({ reason: "name", message }))
  const read = new Map<string, CertificateName>()
  for (const name of names) {
    const known = certificateName(name)
    if (known === null) return refuse(`${JSON.stringify(name.slice(0, 300))} is no host name and no IP address`)
    read.set(known.text, known)
  }
  const [first, ...others] = read.values()
  return first === undefined ? refuse("a server certificate needs at least one name") : Effect.succeed([first, ...others])
}

/** Signed, with its CA's behind it. */
const issue = Effect.fnUntraced(function* (
  signer: Authority,
  key: KeyObject,
  { commonName, days }: { readonly commonName: string; readonly days: number },
  build: (content: CertificateContent) => Promise<string>
): Effect.fn.Return<KeyedCertificate> {
  const now = yield* Clock.currentTimeMillis
  const content = {
    commonName,
    publicKey: createPublicKey(key),
    notBefore: now - EARLIER,
    notAfter: Math.min(now + days * DAY, signer.certificate.validToDate.getTime())
  }
  const certificate = yield* Effect.promise(() => build(content))
  return { certificate: `${certificate}${signer.certificate.toString()}`, key: pemOf(key) }
})

/** A certificate for a TLS server, with its CA's behind it: the chain that the server shows. */
export const issueServerCertificate = (
  authority: KeyedCertificate,
  options: ServerCertificateOptions
): Effect.Effect<KeyedCertificate, CertificateAuthorityError> =>
  Effect.gen(function* () {
    const names = yield* readNames(options.names)
    const signer = yield* readAuthority(authority)
    const key =
      options.key === undefined
        ? yield* makeKey(options.keyKind ?? "ec", 2048)
        : yield* readKey(options.key, "key", "the server")
    const { buildServerCertificate } = yield* builder
    const [{ text }] = names
    const commonName = text.length <= MAX_COMMON_NAME ? text : "ctid"
    return yield* issue(signer, key, { commonName, days: options.days }, (content) =>
      buildServerCertificate(content, signer, names)
    )
  })

/** A certificate for a client of a server that asks for one, with its CA's behind it, and a new EC P-256 key. */
export const issueClientCertificate = (
  authority: KeyedCertificate,
  { name, days }: ClientCertificateOptions
): Effect.Effect<KeyedCertificate, CertificateAuthorityError> =>
  Effect.gen(function* () {
    yield* checkCommonName("a client", name)
    const signer = yield* readAuthority(authority)
    const key = yield* makeKey("ec", 2048)
    const { buildClientCertificate } = yield* builder
    return yield* issue(signer, key, { commonName: name, days }, (content) => buildClientCertificate(content, signer))
  })
