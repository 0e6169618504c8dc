/** What a server certificate may be for: host names and addresses, in the form in which clients compare them. */
import { isIP } from "node:net"
import { domainToASCII } from "node:url"

export interface CertificateName {
  readonly kind: "dns" | "ip"
  /** Host names in lower case, other scripts as `xn--`; addresses in their shortest form. */
  readonly text: string
  /** Of an address: 4 or 16 bytes. Of a host name: none. */
  readonly bytes: Uint8Array
}

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

const groupsOf = (part: string): ReadonlyArray<number> =>
  part === "" ? [] : part.split(":").map((group) => parseInt(group, 16))

/** The 16 bytes of an address in its shortest form, such as `fe80::1`. */
const ipv6Bytes = (text: string): Uint8Array => {
  const [before = "", after] = text.split("::")
  const [head, tail] = [groupsOf(before), groupsOf(after ?? "")]
  const zeros = new Array<number>(after === undefined ? 0 : 8 - head.length - tail.length).fill(0)
  return new Uint8Array([...head, ...zeros, ...tail].flatMap((group) => [group >> 8, group & 0xff]))
}

const address = (text: string): CertificateName | null => {
  if (isIP(text) === 4) return { kind: "ip", text, bytes: new Uint8Array(text.split(".").map(Number)) }
  // A zone (`fe80::1%eth0`) means something on one machine only.
  if (isIP(text) !== 6 || text.includes("%")) return null
  const shortest = new URL(`http://[${text}]`).hostname.slice(1, -1)
  return { kind: "ip", text: shortest, bytes: ipv6Bytes(shortest) }
}

const hostName = (text: string): CertificateName | null => {
  const wild = text.startsWith("*.")
  const ascii = domainToASCII(wild ? text.slice(2) : text)
  const labels = ascii.split(".")
  const last = labels.at(-1) ?? ""
  // A name that ends in a number is an address to many programs, and `*.com` is refused by all.
  if (ascii.length > 251 || !labels.every((label) => LABEL.test(label)) || /^\d+$/.test(last)) return null
  if (wild && labels.length < 2) return null
  return { kind: "dns", text: wild ? `*.${ascii}` : ascii, bytes: new Uint8Array() }
}

/** Reads `pbx.example`, `*.example.com`, `192.0.2.1`, `2001:db8::1`; null: it is none of them. */
export const certificateName = (text: string): CertificateName | null => address(text) ?? hostName(text)
