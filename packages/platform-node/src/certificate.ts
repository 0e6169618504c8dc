/** What a certificate says, and what an administrator should know about it. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto"
import * as Data from "effect/Data"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { certificateName } from "./certificate_name.ts"

/** A text in which there is no certificate that can be read. */
export class CertificateError extends Data.TaggedError("CertificateError")<{ readonly message: string }> {}

export interface CertificateFacts {
  /** `CN=pbx.example, O=Example` */
  readonly subject: string
  /** Host names and addresses that it is for, in its order. */
  readonly names: ReadonlyArray<string>
  /** Like `subject`. */
  readonly issuer: string
  /** Milliseconds since the epoch. */
  readonly notBefore: number
  readonly notAfter: number
  /** SHA-256 of the certificate: 32 bytes in hexadecimal, separated by colons. */
  readonly fingerprint: string
  /** `EC P-256`, `RSA 2048`, `ed25519`. */
  readonly keyKind: string
  /** It may issue others. */
  readonly authority: boolean
}

/** Days before its end from which on a certificate is warned of. */
export const CERTIFICATE_ENDS_SOON = 30
const DAY = 86_400_000

/** Certificates of a chain that are read: no chain has more. */
const MAX_CHAIN = 20

const CURVES: Readonly<Record<string, string>> = { prime256v1: "P-256", secp384r1: "P-384", secp521r1: "P-521" }

const keyKindOf = (key: KeyObject): string => {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {}
  if (modulusLength !== undefined) return `RSA ${modulusLength}`
  return namedCurve === undefined ? String(key.asymmetricKeyType) : `EC ${CURVES[namedCurve] ?? namedCurve}`
}

/** `node:crypto` gives one attribute per line. */
const distinguishedName = (lines: string | undefined): string => (lines ?? "").split("\n").join(", ")

/** `DNS:localhost, IP Address:0:0:0:0:0:0:0:1`; a name with something odd in it stands in JSON's quotes. */
const ALT_NAME = /(?:^|, )(?<kind>[A-Za-z ]+):(?<quoted>"(?:[^"\\]|\\.)*")?(?<plain>[^,]*)/g

const namesOf = (certificate: X509Certificate): ReadonlyArray<string> =>
  [...(certificate.subjectAltName ?? "").matchAll(ALT_NAME)].map(({ groups }) => {
    const { kind = "", quoted, plain = "" } = groups ?? {}
    if (kind !== "DNS" && kind !== "IP Address") return `${kind}:${quoted ?? plain}`
    return quoted ?? certificateName(plain)?.text ?? plain
  })

const factsOf = (certificate: X509Certificate): CertificateFacts => ({
  subject: distinguishedName(certificate.subject),
  names: namesOf(certificate),
  issuer: distinguishedName(certificate.issuer),
  notBefore: certificate.validFromDate.getTime(),
  notAfter: certificate.validToDate.getTime(),
  fingerprint: certificate.fingerprint256,
  keyKind: keyKindOf(certificate.publicKey),
  authority: certificate.ca
})

interface Parsed {
  readonly certificate: X509Certificate
  readonly facts: CertificateFacts
}

const parseOne = (block: string): Parsed => {
  const certificate = new X509Certificate(block)
  return { certificate, facts: factsOf(certificate) }
}

const parse = (pem: string): Result.Result<readonly [Parsed, ...ReadonlyArray<Parsed>], CertificateError> => {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  const refuse = (message: string) => Result.fail(new CertificateError({ message }))
  if (blocks.length > MAX_CHAIN) return refuse(`more than ${MAX_CHAIN} certificates are no chain`)
  try {
    const [first, ...others] = blocks.map(parseOne)
    return first === undefined ? refuse("there is no certificate in PEM form in it") : Result.succeed([first, ...others])
  } catch {
    return refuse("what stands between BEGIN CERTIFICATE and END CERTIFICATE is no certificate")
  }
}

/** Reads PEM text: the certificate of the server (or of a CA) first, then those of its issuers where they are there too. */
export const readCertificates = (
  pem: string
): Result.Result<readonly [CertificateFacts, ...ReadonlyArray<CertificateFacts>], CertificateError> =>
  Result.map(parse(pem), ([first, ...others]) => [first.facts, ...others.map(({ facts }) => facts)])

export interface CertificateWarning {
  readonly reason:
    | "expired"
    | "ends_soon" // within 30 days
    | "not_yet_valid"
    | "no_names" // clients compare names, and find none
    | "weak_key" // RSA below 2048 bits
    | "key_unreadable" // no private key in PEM form, or an encrypted one
    | "key_mismatch" // the key is another certificate's
    | "key_readable_by_others"
  /** A sentence a person can act on. */
  readonly message: string
}

/** What belongs to a certificate. */
export interface CertificateCircumstances {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** PEM. Absent: not compared. */
  readonly key?: Redacted.Redacted | undefined
  /** True: every user of the machine may read the key's file. */
  readonly keyReadableByOthers?: boolean | undefined
}

const day = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(0, 10)

/** Whole days until the end; negative after it. */
export const daysLeft = ({ notAfter }: CertificateFacts, now: number): number => Math.floor((notAfter - now) / DAY)

const dateWarnings = (facts: CertificateFacts, who: string, now: number): ReadonlyArray<CertificateWarning> => {
  const { notBefore, notAfter } = facts
  if (now > notAfter) return [{ reason: "expired", message: `${who} expired on ${day(notAfter)}: clients refuse it` }]
  if (now < notBefore) {
    const message = `${who} is not valid before ${day(notBefore)} (or this machine's clock is wrong): clients refuse it`
    return [{ reason: "not_yet_valid", message }]
  }
  const days = daysLeft(facts, now)
  if (days >= CERTIFICATE_ENDS_SOON) return []
  const left = days === 0 ? "within a day" : `in ${days} ${days === 1 ? "day" : "days"}`
  return [{ reason: "ends_soon", message: `${who} ends ${left}, on ${day(notAfter)}: renew it` }]
}

const keyWarnings = (certificate: X509Certificate, pem: Redacted.Redacted): ReadonlyArray<CertificateWarning> => {
  try {
    if (certificate.checkPrivateKey(createPrivateKey(Redacted.value(pem)))) return []
    return [{ reason: "key_mismatch", message: "the private key does not belong to the certificate" }]
  } catch {
    return [{ reason: "key_unreadable", message: "the private key is no PEM text, or it is encrypted" }]
  }
}

const MIN_RSA_BITS = 2048

/** What is wrong with a server's certificate, or will be soon; nothing when all is well. Fails like `readCertificates`. */
export const certificateWarnings = (
  pem: string,
  { now, key, keyReadableByOthers }: CertificateCircumstances
): Result.Result<ReadonlyArray<CertificateWarning>, CertificateError> =>
  Result.map(parse(pem), ([{ certificate, facts }, ...issuers]) => {
    const warnings = [...dateWarnings(facts, "the certificate", now)]
    for (const issuer of issuers)
      warnings.push(...dateWarnings(issuer.facts, `the certificate of ${issuer.facts.subject}`, now))
    if (facts.names.length === 0 && !facts.authority)
      warnings.push({ reason: "no_names", message: "the certificate bears no name: clients that verify refuse it" })
    const bits = certificate.publicKey.asymmetricKeyDetails?.modulusLength
    if (bits !== undefined && bits < MIN_RSA_BITS)
      warnings.push({
        reason: "weak_key",
        message: `the certificate's RSA key has ${bits} bits: ${MIN_RSA_BITS} are the least`
      })
    if (key !== undefined) warnings.push(...keyWarnings(certificate, key))
    if (keyReadableByOthers === true)
      warnings.push({
        reason: "key_readable_by_others",
        message: "every user of this machine can read the private key: chmod o= it"
      })
    return warnings
  })
