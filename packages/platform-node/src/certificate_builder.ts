/** Builds and signs X.509 certificates (RFC 5280). The only file that knows the npm packages `pkijs` and `asn1js`. */
import { createHash, type KeyObject, randomBytes, webcrypto, X509Certificate } from "node:crypto"
import { BitString, Integer, OctetString, Utf8String } from "asn1js"
import {
  AltName,
  AttributeTypeAndValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  CryptoEngine,
  Extension,
  ExtKeyUsage,
  GeneralName,
  PublicKeyInfo,
  Time,
  TimeType
} from "pkijs"
import type { CertificateName } from "./certificate_name.ts"

const OID = {
  commonName: "2.5.4.3",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2"
}

/** Bits of a certificate's key usage, the first one on the left (RFC 5280, section 4.2.1.3). */
const KEY_USAGE = { digitalSignature: 0x80, keyEncipherment: 0x20, certificateSign: 0x04, crlSign: 0x02 }

const engine = new CryptoEngine({ name: "node", crypto: webcrypto })

/** What both kinds of certificate have. */
export interface CertificateContent {
  /** At most 64 characters. */
  readonly commonName: string
  readonly publicKey: KeyObject
  /** Milliseconds since the epoch. */
  readonly notBefore: number
  readonly notAfter: number
}

/** Who signs: a CA's certificate, or null for one that signs itself, and its key. */
export interface Signer {
  readonly certificate: X509Certificate | null
  readonly key: KeyObject
}

const buffer = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer

/** What may stand in an extension. */
interface Encodable {
  readonly toBER: () => ArrayBuffer
}

const extension = (extnID: string, value: Encodable, critical = false): Extension =>
  new Extension({ extnID, critical, extnValue: value.toBER() })

const keyUsage = (bits: number): Extension => {
  let unusedBits = 0
  while (((bits >> unusedBits) & 1) === 0) unusedBits++
  return extension(OID.keyUsage, new BitString({ valueHex: buffer(new Uint8Array([bits])), unusedBits }), true)
}

const time = (milliseconds: number): Time => {
  const value = new Date(Math.floor(milliseconds / 1000) * 1000)
  return new Time({ type: value.getUTCFullYear() < 2050 ? TimeType.UTCTime : TimeType.GeneralizedTime, value })
}

const keyIdentifier = (publicKey: KeyObject): ArrayBuffer =>
  buffer(
    createHash("sha256")
      .update(publicKey.export({ type: "spki", format: "der" }))
      .digest()
      .subarray(0, 20)
  )

/** 16 random bytes that are a positive number of that length. */
const serialNumber = (): Integer => {
  const bytes = new Uint8Array(randomBytes(16))
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return new Integer({ valueHex: buffer(bytes) })
}

const signingKey = (key: KeyObject): webcrypto.CryptoKey => {
  const namedCurve = { prime256v1: "P-256", secp384r1: "P-384", secp521r1: "P-521" }[key.asymmetricKeyDetails?.namedCurve ?? ""]
  const algorithm = namedCurve === undefined ? { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } : { name: "ECDSA", namedCurve }
  return key.toCryptoKey(algorithm, false, ["sign"])
}

/** The issuer's own identifier of its key: the clients find it by that. */
const authorityKey = (authority: Certificate): ReadonlyArray<Extension> => {
  const found = authority.extensions?.find(({ extnID }) => extnID === OID.subjectKeyIdentifier)?.parsedValue
  return found instanceof OctetString
    ? [extension(OID.authorityKeyIdentifier, new AuthorityKeyIdentifier({ keyIdentifier: found }).toSchema())]
    : []
}

/** Signs with SHA-256; answers PEM. */
const build = async (content: CertificateContent, signer: Signer, extensions: ReadonlyArray<Extension>): Promise<string> => {
  const authority = signer.certificate === null ? null : Certificate.fromBER(buffer(signer.certificate.raw))
  const commonName = new Utf8String({ value: content.commonName })
  const certificate = new Certificate({
    version: 2,
    serialNumber: serialNumber(),
    notBefore: time(content.notBefore),
    notAfter: time(content.notAfter),
    extensions: [
      ...extensions,
      extension(OID.subjectKeyIdentifier, new OctetString({ valueHex: keyIdentifier(content.publicKey) })),
      ...(authority === null ? [] : authorityKey(authority))
    ]
  })
  certificate.subject.typesAndValues.push(new AttributeTypeAndValue({ type: OID.commonName, value: commonName }))
  certificate.issuer = authority?.subject ?? certificate.subject
  const publicKey = content.publicKey.export({ type: "spki", format: "der" })
  certificate.subjectPublicKeyInfo = PublicKeyInfo.fromBER(buffer(publicKey))
  await certificate.sign(signingKey(signer.key), "SHA-256", engine)
  return new X509Certificate(new Uint8Array(certificate.toSchema().toBER())).toString()
}

/** A certificate that signs others, and those may sign no more. */
export const buildAuthority = (content: CertificateContent, key: KeyObject): Promise<string> =>
  build(content, { certificate: null, key }, [
    extension(OID.basicConstraints, new BasicConstraints({ cA: true, pathLenConstraint: 0 }).toSchema(), true),
    keyUsage(KEY_USAGE.certificateSign | KEY_USAGE.crlSign)
  ])

/** Of somebody who signs nobody: what his key is for, and for which end of TLS. */
const leaf = (purpose: string, usage: number): ReadonlyArray<Extension> => [
  extension(OID.basicConstraints, new BasicConstraints({ cA: false }).toSchema(), true),
  keyUsage(usage),
  extension(OID.extendedKeyUsage, new ExtKeyUsage({ keyPurposes: [purpose] }).toSchema())
]

/** A certificate for a TLS client. */
export const buildClientCertificate = (content: CertificateContent, signer: Signer): Promise<string> =>
  build(content, signer, leaf(OID.clientAuth, KEY_USAGE.digitalSignature))

/** A certificate for a TLS server of these names. */
export const buildServerCertificate = (
  content: CertificateContent,
  signer: Signer,
  names: ReadonlyArray<CertificateName>
): Promise<string> => {
  // In TLS 1.0 to 1.2 an RSA key may also be what a client's secret is encrypted with.
  const rsa = content.publicKey.asymmetricKeyType === "rsa"
  const altNames = names.map(
    ({ kind, text, bytes }) =>
      new GeneralName(
        kind === "dns" ? { type: 2, value: text } : { type: 7, value: new OctetString({ valueHex: buffer(bytes) }) }
      )
  )
  return build(content, signer, [
    ...leaf(OID.serverAuth, KEY_USAGE.digitalSignature | (rsa ? KEY_USAGE.keyEncipherment : 0)),
    extension(OID.subjectAltName, new AltName({ altNames }).toSchema())
  ])
}
