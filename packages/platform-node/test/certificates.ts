/** X.509 certificates made on the spot (RFC 5280, DER by hand), so that no test needs a tool or a key in the repository. */
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto"
import { isIP } from "node:net"

const der = (tag: number, ...parts: ReadonlyArray<Uint8Array>): Buffer => {
  const content = Buffer.concat(parts)
  const { length } = content
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...head]), content])
}

const sequence = (...parts: ReadonlyArray<Uint8Array>): Buffer => der(0x30, ...parts)
const integer = (value: number): Buffer => der(0x02, Buffer.from([value]))
const text = (value: string): Buffer => der(0x0c, Buffer.from(value))
const yes = der(0x01, Buffer.from([0xff]))
const time = (date: Date): Buffer => der(0x18, Buffer.from(date.toISOString().replace(/[-:T]|\.\d+/g, "")))

const OID = {
  commonName: Buffer.from("0603550403", "hex"),
  ecdsaWithSha256: Buffer.from("06082a8648ce3d040302", "hex"),
  basicConstraints: Buffer.from("0603551d13", "hex"),
  subjectAltName: Buffer.from("0603551d11", "hex")
}

const distinguishedName = (name: string): Buffer => sequence(der(0x31, sequence(OID.commonName, text(name))))

const altName = (name: string): Buffer =>
  isIP(name) === 4 ? der(0x87, Buffer.from(name.split(".").map(Number))) : der(0x82, Buffer.from(name))

export interface Certificate {
  readonly cert: string
  readonly key: string
}

export interface CertificateOptions {
  readonly name: string
  /** Host names and IPv4 addresses. */
  readonly names?: ReadonlyArray<string>
  /** Valid from this many days from now. Default -30. */
  readonly from?: number
  /** Until this many days from now. Default 30. */
  readonly until?: number
}

const DAY = 86_400_000
let serial = 0

const certificate = (
  options: CertificateOptions,
  issuerName: string,
  issuerKey: KeyObject,
  keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject },
  isCa: boolean
): Certificate => {
  const now = Date.now()
  const extensions = [
    sequence(OID.basicConstraints, yes, der(0x04, isCa ? sequence(yes) : sequence())),
    ...(options.names === undefined ? [] : [sequence(OID.subjectAltName, der(0x04, sequence(...options.names.map(altName))))])
  ]
  const algorithm = sequence(OID.ecdsaWithSha256)
  const body = sequence(
    der(0xa0, integer(2)),
    integer(++serial),
    algorithm,
    distinguishedName(issuerName),
    sequence(time(new Date(now + (options.from ?? -30) * DAY)), time(new Date(now + (options.until ?? 30) * DAY))),
    distinguishedName(options.name),
    keys.publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions))
  )
  const signed = sequence(body, algorithm, der(0x03, Buffer.from([0]), sign("sha256", body, issuerKey)))
  const lines = signed.toString("base64").replace(/.{1,64}/g, "$&\n")
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`,
    key: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString()
  }
}

const makeKeys = () => generateKeyPairSync("ec", { namedCurve: "P-256" })

/** A certificate authority that lives as long as the test; its certificate ends in `until` days. */
export const makeAuthority = (
  name: string,
  until = 30
): { readonly cert: string; readonly issue: (options: CertificateOptions) => Certificate } => {
  const keys = makeKeys()
  return {
    cert: certificate({ name, until }, name, keys.privateKey, keys, true).cert,
    issue: (options) => certificate(options, name, keys.privateKey, makeKeys(), false)
  }
}
