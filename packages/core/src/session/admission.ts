/** Who is let in while many knock: limits for those who have not signed in, in total and for one address. */
import { type Network, type Peer, peerOf } from "../connection/network.ts"
import { Pace } from "../console/port_limits.ts"

export interface AdmissionLimits {
  /** Clients connected at a time. */
  readonly connections: number
  /** Clients that have not signed in, together. */
  readonly connectionsBeforeLogin: number
  /** The same of one address. */
  readonly connectionsPerAddress: number
  /** Connections of one address that are accepted in a second, after a burst of as many. */
  readonly connectionRatePerAddress: number
  /** What is limited for one address is not limited for these. */
  readonly sharedAddresses: ReadonlyArray<Network>
}

export type Refusal = "too_many" | "too_many_before_login" | "too_many_of_address" | "too_fast"

/** Somebody who has not signed in. */
export interface Guest {
  /** Room is needed: his connection ends at once. */
  readonly drop: () => void
}

/** How many addresses' paces are remembered. */
const PACES = 10_000

export class Admission {
  readonly #limits: () => AdmissionLimits
  readonly #peers = new Map<Guest, string | null>()
  /** By peer, oldest first; not those of shared addresses. */
  readonly #guests = new Map<string, Set<Guest>>()
  /** In the order of their last use. */
  readonly #paces = new Map<string, Pace>()

  constructor(limits: () => AdmissionLimits) {
    this.#limits = limits
  }

  /** Guests who are in. */
  get size(): number {
    return this.#peers.size
  }

  /** Who is behind an address. */
  peer(address: string): Peer {
    return peerOf(this.#limits().sharedAddresses, address)
  }

  /**
   * Whether somebody from there may come in; null: yes, and then `enter` follows. `now` in milliseconds; `connected`: how many are,
   * signed in or not. When all places are taken, the oldest guest of the address that has the most is dropped, if it has more than this one: who comes alone is let in.
   */
  refuses({ key, shared }: Peer, now: number, connected: number): Refusal | null {
    const limits = this.#limits()
    if (!shared && this.#pace(key, limits.connectionRatePerAddress).take(now) > 0) return "too_fast"
    const own = shared ? 0 : (this.#guests.get(key)?.size ?? 0)
    if (!shared && own >= limits.connectionsPerAddress) return "too_many_of_address"
    const full = connected >= limits.connections
    if ((full || this.#peers.size >= limits.connectionsBeforeLogin) && !this.#makeRoom(own)) {
      return full ? "too_many" : "too_many_before_login"
    }
    return null
  }

  enter(guest: Guest, { key, shared }: Peer): void {
    this.#peers.set(guest, shared ? null : key)
    if (shared) return
    const guests = this.#guests.get(key)
    if (guests === undefined) this.#guests.set(key, new Set([guest]))
    else guests.add(guest)
  }

  /** He has signed in, or is gone. */
  leave(guest: Guest): void {
    const peer = this.#peers.get(guest)
    if (peer === undefined) return
    this.#peers.delete(guest)
    if (peer === null) return
    const guests = this.#guests.get(peer)
    guests?.delete(guest)
    if (guests?.size === 0) this.#guests.delete(peer)
  }

  #makeRoom(own: number): boolean {
    let most: Set<Guest> | null = null
    for (const guests of this.#guests.values()) if (guests.size > (most?.size ?? own + 1)) most = guests
    for (const oldest of most ?? []) {
      this.leave(oldest)
      oldest.drop()
      return true
    }
    return false
  }

  #pace(peer: string, perSecond: number): Pace {
    const known = this.#paces.get(peer)
    const pace = known?.perSecond === perSecond ? known : new Pace(perSecond)
    this.#paces.delete(peer)
    this.#paces.set(peer, pace)
    for (const oldest of this.#paces.keys()) {
      if (this.#paces.size <= PACES) break
      this.#paces.delete(oldest)
    }
    return pace
  }
}
