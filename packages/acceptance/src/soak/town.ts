/** What all people of a soak share: where the server is, what is counted, what went wrong. */
import type { Place } from "../binary/watched_ctid.ts"
import type { Seeded } from "../seeded.ts"
import { CtiLink, type Identity, type Leaving, type LinkHandlers, type Way } from "./cti_link.ts"
import { Gate } from "./gate.ts"
import { HeardLines } from "./heard_line.ts"
import type { SoakUser, Stage } from "./population.ts"
import { Changes, View } from "./view.ts"

/** Where clients find the server. */
export interface Places {
  readonly cti: Place
  readonly ctis: Place
}

export interface TownOptions {
  readonly people: ReadonlyArray<SoakUser>
  readonly companies: number
  readonly places: Places
  readonly serverUuid: string
  readonly password: string
  readonly ca: string
  readonly fingerprint: string
  readonly loginsPerSecond: number
  /** What all people together do. */
  readonly actsPerSecond: number
}

/** One connection of ours that the server's log must tell the end of. */
export interface EndedLink {
  readonly port: number
  /** What the log may call it. */
  readonly causes: ReadonlyArray<string>
}

/** Faults that are kept word for word; the others are counted. */
const MOST_FAULTS = 50

const causesOf = ({ dismissed, leaving, signedIn }: CtiLink): ReadonlyArray<string> => {
  if (dismissed) return ["closed"]
  if (signedIn && (leaving === "end" || leaving === "logout")) return ["peer_closed"]
  // Node ends what it resets before it does so, and cut off within TLS it depends on what was under way: either may be seen first
  return ["connection_lost", "peer_closed"]
}

export class Town {
  readonly #options: TownOptions
  readonly #gate: Gate
  readonly #lines: HeardLines
  readonly #changes = new Changes()
  readonly #fingerprints: Set<string>
  readonly #watchers = new Set<() => void>()
  stage: Stage = "before"
  places: Places
  /** Ports are being moved: one may be closed already. */
  portsMove = false
  /** Nobody does anything any more, but for coming back. */
  resting = true
  // what has happened
  logins = 0
  acts = 0
  lines = 0
  characters = 0
  lost = 0
  foreign = 0
  faultCount = 0
  readonly faults: Array<string> = []
  readonly drops: Record<Leaving, number> = { reset: 0, end: 0, logout: 0 }
  readonly ends: Array<EndedLink> = []

  constructor(options: TownOptions) {
    this.#options = options
    this.#gate = new Gate(options.loginsPerSecond)
    this.places = options.places
    this.#fingerprints = new Set([options.fingerprint])
    const moving = new Map(
      options.people
        .filter((user) => user.companies.before !== user.companies.after)
        .map((user) => [user.id, new Set([user.companies.before, user.companies.after])])
    )
    this.#lines = new HeardLines((id) => moving.get(id) ?? new Set([Math.floor(id / 1000)]))
  }

  get serverUuid(): string {
    return this.#options.serverUuid
  }

  /** Milliseconds between two acts of one person. */
  get meanPause(): number {
    return (this.#options.people.length / this.#options.actsPerSecond) * 1000
  }

  emptyView(): View {
    return new View(this.#changes)
  }

  placeOf(way: Way): Place {
    return way === "ctis" ? this.places.ctis : this.places.cti
  }

  link(way: Way, identity: Omit<Identity, "password">, handlers: LinkHandlers): CtiLink {
    const { ca, password } = this.#options
    const trust = { ca, fingerprints: () => new Set(this.#fingerprints) }
    return new CtiLink(way, this.placeOf(way), { ...identity, password }, this.#lines, trust, handlers)
  }

  /** Calls when it is his turn to come in. */
  gate(enter: () => void): void {
    this.#gate.pass(enter)
  }

  /** From now on the server may show these certificates. */
  trust(fingerprints: ReadonlyArray<string>): void {
    this.#fingerprints.clear()
    for (const one of fingerprints) this.#fingerprints.add(one)
  }

  otherCompany(random: Seeded, own: ReadonlySet<number>): number {
    const company = 1 + random.below(this.#options.companies)
    return own.has(company) ? 0 : company
  }

  heard(text: string): void {
    this.lines++
    this.characters += text.length + 1
  }

  signedIn(): void {
    this.logins++
  }

  fault(text: string): void {
    this.faultCount++
    if (this.faults.length < MOST_FAULTS) this.faults.push(text)
  }

  /** A connection is over. */
  ended(link: CtiLink): void {
    if (!link.authenticated) return
    this.ends.push({ port: link.port, causes: causesOf(link) })
  }

  /** Somebody's stand is another. */
  changed(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }

  /** Waits until it is so; looked at when somebody's stand changes. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return
        this.#watchers.delete(look)
        resolve()
      }
      this.#watchers.add(look)
      look()
    })
  }
}
