/** What happens while people work: Asterisk dies and comes back, configurations and a certificate change, people rest. */
import { pause } from "../binary/deadline.ts"
import { residentBytes } from "../binary/open_files.ts"
import type { WatchedCtid } from "../binary/watched_ctid.ts"
import type { LoadCounts } from "./load_child.ts"
import type { Stage } from "./population.ts"
import type { SoakFolder } from "./soak_folder.ts"
import type { SoakLog } from "./soak_log.ts"
import type { MemorySample } from "./soak_memory.ts"
import { MOMENT, pbxIsBack, placesOf, type SoakWorld, WHILE } from "./soak_world.ts"

/** When things happen, as parts of the time of work. */
const MOMENTS = { deaths: [0.08, 0.22, 0.7], badReload: 0.15, goodReload: 0.3, certificate: 0.38 } as const
/** Milliseconds for which Asterisk is away at least. */
const AWAY = 1_000
/** Milliseconds without a word to anybody that make a rest. */
const BREATH = 500
/** Rests: one in so many seconds, but not fewer or more than these. */
const [BREATH_EVERY, LEAST_BREATHS, MOST_BREATHS] = [15, 8, 40]
/** People whose view is compared at a rest. */
const SOME = 20

export interface WorkDone {
  readonly samples: ReadonlyArray<MemorySample>
  /** Second of the work when configuration and certificate had been changed. */
  readonly changedAt: number
  /** People whose view was compared at rests. */
  readonly compared: number
  readonly differences: ReadonlyArray<string>
}

interface Reload {
  readonly message: string
  readonly get: (name: string) => string
}

const isRefusal =
  (by: string) =>
  ({ message, get }: Reload): boolean =>
    message === "reload refused, nothing is changed" && get("by") === by

class SoakWork {
  readonly #world: SoakWorld
  readonly #ctid: WatchedCtid
  readonly #folder: SoakFolder
  readonly #log: SoakLog
  readonly #samples: Array<MemorySample> = []
  readonly #differences: Array<string> = []
  #compared = 0
  #changedAt = 0
  #stage: Stage = "before"
  readonly #since = performance.now()

  constructor(world: SoakWorld, ctid: WatchedCtid, folder: SoakFolder, log: SoakLog) {
    this.#world = world
    this.#ctid = ctid
    this.#folder = folder
    this.#log = log
  }

  /** Seconds since the beginning of the work. */
  get #now(): number {
    return (performance.now() - this.#since) / 1000
  }

  async run(): Promise<WorkDone> {
    const { seconds } = this.#world.options
    const breaths = Math.min(MOST_BREATHS, Math.max(LEAST_BREATHS, Math.round(seconds / BREATH_EVERY)))
    const moments: ReadonlyArray<readonly [number, () => Promise<void>]> = [
      ...MOMENTS.deaths.map((at) => [at, () => this.#asteriskDies()] as const),
      ...Array.from({ length: breaths }, (_, index) => [(index + 1) / breaths, () => this.#rest()] as const),
      [MOMENTS.badReload, () => this.#badReload()] as const,
      [MOMENTS.goodReload, () => this.#goodReload()] as const,
      [MOMENTS.certificate, () => this.#newCertificate()] as const
    ].toSorted(([a], [b]) => a - b)
    const stop = this.#world.tellNowAndThen((counts) => this.#howItGoes(counts))
    try {
      await this.#goOn()
      // each in its time, and none before the one before it is done
      for (const [at, happen] of moments) {
        await pause(Math.max(0, this.#since + at * seconds * 1000 - performance.now()))
        await happen()
      }
    } finally {
      stop()
    }
    return { samples: this.#samples, changedAt: this.#changedAt, compared: this.#compared, differences: this.#differences }
  }

  async #goOn(): Promise<void> {
    await this.#world.order({ _tag: "Work" }, MOMENT, "people work")
    await this.#world.asteriskLives(true)
  }

  /** Everybody is there and has been told everything: measures, compares some, and goes on. */
  async #rest(): Promise<void> {
    const world = this.#world
    await world.asteriskLives(false)
    await world.order({ _tag: "Rest", quiet: BREATH }, WHILE, "everybody rests")
    this.#samples.push({ at: this.#now, ...(await this.#ctid.memory()) })
    const states = await world.asteriskStates(this.#stage)
    const { comparison } = await world.order({ _tag: "Compare", states, most: SOME }, WHILE, "compare the views of some")
    this.#compared += comparison?.people ?? 0
    for (const difference of comparison?.differences ?? []) this.#differences.push(`at a rest: ${difference}`)
    await this.#goOn()
  }

  #howItGoes(counts: LoadCounts): string {
    const mebibytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1)
    return (
      `${counts.online} online, ${counts.logins} logins, ${counts.acts} acts, ${counts.lines} lines heard, ${this.#compared} views compared, ` +
      `heap ${mebibytes(this.#samples.at(-1)?.heap ?? 0)} MiB at the last rest, resident ${mebibytes(residentBytes(this.#ctid.pid) ?? 0)} MiB, ` +
      `${counts.faultCount + this.#differences.length} faults`
    )
  }

  async #asteriskDies(): Promise<void> {
    await this.#world.killAsterisk()
    this.#world.tell("asterisk is killed")
    await pause(AWAY)
    const back = pbxIsBack(this.#ctid)
    await this.#world.reviveAsterisk()
    await this.#world.asteriskLives(true)
    await back
    this.#world.tell("asterisk is back")
  }

  async #badReload(): Promise<void> {
    const refused = (by: string) => this.#ctid.logs(`that a ${by} is refused`, MOMENT, isRefusal(by))
    this.#log.refusing = true
    const saved = refused("saved file")
    await this.#folder.spoil()
    await saved
    const signalled = refused("SIGHUP")
    this.#ctid.hangUp()
    await signalled
    const mended = this.#ctid.logs("that the mended file is read", MOMENT, ({ message }) => message === "reload")
    await this.#folder.configure("before")
    const { get } = await mended
    if (get("outcome") !== "unchanged") throw new Error(`the bad configuration changed something: ${get("detail")}`)
    this.#log.refusing = false
    this.#world.tell("a bad configuration was refused, twice")
  }

  async #goodReload(): Promise<void> {
    await this.#world.order({ _tag: "ReloadBegins" }, MOMENT, "prepare for the reload")
    const isApplied = ({ message, get }: Reload): boolean => message === "reload" && get("outcome") === "applied"
    const applied = this.#ctid.logs("that the new configuration is applied", MOMENT, isApplied)
    await this.#folder.configure("after")
    this.#ctid.hangUp()
    const { get } = await applied
    this.#stage = "after"
    await this.#world.order({ _tag: "ReloadEnded", places: placesOf(this.#ctid) }, MOMENT, "new people come")
    this.#world.tell(`a good configuration was applied: ${get("detail")}`)
  }

  async #newCertificate(): Promise<void> {
    const next = await this.#folder.renew()
    const trust = (...fingerprints: ReadonlyArray<string>) =>
      this.#world.order({ _tag: "Trust", fingerprints }, MOMENT, "trust certificates")
    await trust(this.#folder.fingerprint, next.fingerprint)
    const isApplied = ({ message, get }: Reload): boolean => message === "reload" && get("detail").includes("tls")
    const applied = this.#ctid.logs("that the new certificate is applied", MOMENT, isApplied)
    await next.place()
    await applied
    await trust(next.fingerprint)
    this.#changedAt = this.#now
    this.#world.tell("another certificate is shown")
  }
}

/** From the moment when everybody has signed in to the end of the time of work. */
export const work = (world: SoakWorld, ctid: WatchedCtid, folder: SoakFolder, log: SoakLog): Promise<WorkDone> =>
  new SoakWork(world, ctid, folder, log).run()
