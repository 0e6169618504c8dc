/** Addresses as groups: who counts as one peer, and which networks are our own. */

/** An address as numbers, most significant first: 4 bytes of IPv4, or 8 groups of 16 bits of IPv6. */
interface Parsed {
  readonly bits: 8 | 16
  readonly parts: ReadonlyArray<number>
}

const parseIpv4 = (text: string): ReadonlyArray<number> | null => {
  const parts = text.split(".")
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) return null
  return parts.map(Number)
}

/** `a:b` -> its groups; an IPv4 address at the end is two of them. */
const groupsOf = (text: string): ReadonlyArray<number> | null => {
  if (text === "") return []
  const groups: Array<number> = []
  const parts = text.split(":")
  for (const [at, part] of parts.entries()) {
    if (at === parts.length - 1 && part.includes(".")) {
      const [a, b, c, d] = parseIpv4(part) ?? []
      if (a === undefined || b === undefined || c === undefined || d === undefined) return null
      groups.push(a * 256 + b, c * 256 + d)
    } else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16))
    else return null
  }
  return groups
}

const parseIpv6 = (text: string): ReadonlyArray<number> | null => {
  const halves = text.split("::")
  if (halves.length > 2) return null
  const [head, tail] = halves.map(groupsOf)
  if (head === null || head === undefined || tail === null) return null
  if (tail === undefined) return head.length === 8 ? head : null
  const missing = 8 - head.length - tail.length
  return missing < 1 ? null : [...head, ...new Array<number>(missing).fill(0), ...tail]
}

/** IPv4 inside IPv6 (`::ffff:192.0.2.1`) is IPv4; a zone (`fe80::1%eth0`) is left out. Null: no address. */
const parse = (address: string): Parsed | null => {
  const text = address.replace(/%.*$/, "")
  if (!text.includes(":")) {
    const parts = parseIpv4(text)
    return parts === null ? null : { bits: 8, parts }
  }
  const parts = parseIpv6(text)
  if (parts === null) return null
  if (parts.slice(0, 5).every((part) => part === 0) && parts[5] === 0xffff) {
    return { bits: 8, parts: parts.slice(6).flatMap((part) => [part >> 8, part & 0xff]) }
  }
  return { bits: 16, parts }
}

/** Addresses that begin with the same bits. */
export interface Network {
  readonly bits: 8 | 16
  readonly parts: ReadonlyArray<number>
  /** How many bits count. */
  readonly prefix: number
}

/** Reads `192.0.2.0/24`, `2001:db8::/32`, or a single address. Null: none of them. */
export const parseNetwork = (text: string): Network | null => {
  const [address = "", length, more] = text.split("/")
  const parsed = address.includes("%") ? null : parse(address)
  if (parsed === null || more !== undefined) return null
  const most = parsed.parts.length * parsed.bits
  if (length === undefined) return { ...parsed, prefix: most }
  if (!/^(0|[1-9]\d{0,2})$/.test(length)) return null
  // of an IPv4 network that is written inside IPv6 the first 96 bits are gone
  const prefix = Number(length) - (address.includes(":") && parsed.bits === 8 ? 96 : 0)
  return prefix >= 0 && prefix <= most ? { ...parsed, prefix } : null
}

const within = ({ bits, parts, prefix }: Network, address: Parsed): boolean => {
  if (bits !== address.bits) return false
  return parts.every((part, at) => {
    const left = Math.min(bits, Math.max(0, prefix - at * bits))
    const shift = bits - left
    return part >> shift === (address.parts[at] ?? 0) >> shift
  })
}

/** The machine itself. */
const LOOPBACK: ReadonlyArray<Network> = ["127.0.0.0/8", "::1"].flatMap((text) => parseNetwork(text) ?? [])

const isOf = (networks: ReadonlyArray<Network>, address: string): boolean => {
  const parsed = parse(address)
  return parsed !== null && networks.some((one) => within(one, parsed))
}

/** Whether only this machine reaches an address, or its name `localhost`. */
export const isLoopback = (address: string): boolean => address.toLowerCase() === "localhost" || isOf(LOOPBACK, address)

/** Somebody as limits count him. */
export interface Peer {
  /** An IPv4 address, or an IPv6 network of 64 bits, which is what one subscriber has for himself. What is no address stands for itself. */
  readonly key: string
  /** Many stand behind it: this machine, whose connections come from a program that passes clients on, or a network that is said to be shared. */
  readonly shared: boolean
}

const thisMachine: Peer = { key: "127.0.0.1", shared: true }

const keyOf = ({ bits, parts }: Parsed): string =>
  bits === 8
    ? parts.join(".")
    : `${parts
        .slice(0, 4)
        .map((part) => part.toString(16))
        .join(":")}::/64`

/** `shared`: networks behind which many clients stand. */
export const peerOf = (shared: ReadonlyArray<Network>, address: string): Peer => {
  // most often so, with a proxy before the server: it need not be taken apart
  if (address === "127.0.0.1" || address === "::1") return thisMachine
  const parsed = parse(address)
  if (parsed === null) return { key: address.slice(0, 64), shared: false }
  if (LOOPBACK.some((one) => within(one, parsed))) return thisMachine
  return { key: keyOf(parsed), shared: shared.some((one) => within(one, parsed)) }
}
