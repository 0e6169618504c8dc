/** The processes around the server in a soak: the simulated Asterisk, which dies now and then, and all clients. */
import { fileURLToPath } from "node:url"
import type { WatchedCtid } from "../binary/watched_ctid.ts"
import { Worker } from "../binary/worker.ts"
import type { AsteriskAnswer, AsteriskOrder } from "./asterisk_child.ts"
import type { LoadAnswer, LoadCounts, LoadOrder } from "./load_child.ts"
import { companiesFor, peopleOf, type SoakUser, type Stage } from "./population.ts"
import type { SoakOptions } from "./soak_options.ts"
import type { Places } from "./town.ts"

const scriptOf = (name: string): string => fileURLToPath(new URL(`./${name}.js`, import.meta.url))

/** Milliseconds for what takes a moment; and (`WHILE`) for what takes longer with thousands of clients on a busy machine. */
export const MOMENT = 60_000
export const WHILE = 600_000
/** Milliseconds between two lines about how it goes. */
const PROGRESS = 5_000
/** What happens in Asterisk in a second. */
const ASTERISK_STEPS = 40

export class SoakWorld {
  readonly options: SoakOptions
  readonly people: ReadonlyArray<SoakUser>
  readonly companies: number
  readonly #say: (line: string) => void
  readonly #load: Worker<LoadOrder, LoadAnswer>
  #asterisk: Worker<AsteriskOrder, AsteriskAnswer>
  #lives = 0
  #steps = 0
  readonly #start = performance.now()
  amiPort = 0

  constructor(options: SoakOptions, say: (line: string) => void) {
    this.options = options
    this.#say = say
    this.companies = companiesFor(options.clients)
    this.people = peopleOf(this.companies)
    this.#asterisk = new Worker("asterisk", scriptOf("asterisk_child"))
    this.#load = new Worker("clients", scriptOf("load_child"), (line) => this.tell(line))
  }

  /** Seconds since the beginning. */
  get elapsed(): number {
    return (performance.now() - this.#start) / 1000
  }

  tell(line: string): void {
    this.#say(`[${this.elapsed.toFixed(0).padStart(4)} s] ${line}`)
  }

  /** Says how it goes every few seconds, until the answer is called. */
  tellNowAndThen(line: (counts: LoadCounts) => string): () => void {
    const tell = async (): Promise<void> => {
      const { counts } = await this.order({ _tag: "Count" }, MOMENT, "counts")
      this.tell(line(counts))
    }
    // a process that has ended is found by what comes next
    const timer = setInterval(() => void tell().catch(() => {}), PROGRESS)
    return () => clearInterval(timer)
  }

  /** All clients do something. */
  order(order: LoadOrder, milliseconds: number, what: string): Promise<LoadAnswer> {
    return this.#load.order(order, milliseconds, what)
  }

  /** Asterisk, or another one in its place. */
  async startAsterisk(): Promise<void> {
    const seed = `${this.options.seed} asterisk ${this.#lives++}`
    const { port } = await this.#asterisk.order(
      { _tag: "Start", companies: this.companies, seed, port: this.amiPort },
      MOMENT,
      "start"
    )
    this.amiPort = port
  }

  /** Without a word; a new process comes with `startAsterisk`. */
  async killAsterisk(): Promise<void> {
    await this.asteriskStates("before")
    await this.#asterisk.kill()
  }

  async reviveAsterisk(): Promise<void> {
    this.#asterisk = new Worker("asterisk", scriptOf("asterisk_child"))
    await this.startAsterisk()
  }

  /** Calls come and go there; false: all end, and nothing happens any more. */
  async asteriskLives(lives: boolean): Promise<void> {
    await this.#asterisk.order({ _tag: "Live", perSecond: lives ? ASTERISK_STEPS : 0 }, MOMENT, "calls")
  }

  /** The states of extensions there, by the ids of the lines. */
  async asteriskStates(stage: Stage): Promise<Readonly<Record<string, number>>> {
    const { states, steps } = await this.#asterisk.order({ _tag: "States", stage }, MOMENT, "states")
    this.#steps += steps
    return states
  }

  /** What has happened there since the beginning. */
  get asteriskSteps(): number {
    return this.#steps
  }

  async end(): Promise<void> {
    await Promise.all([this.#asterisk.kill(), this.#load.kill()])
  }
}

/** Waits until the server says that it has found Asterisk and asked it for everything. */
export const pbxIsBack = (ctid: WatchedCtid): Promise<unknown> =>
  ctid.logs("that asterisk is back", MOMENT, ({ message }) => message === "pbx is back")

/** Where clients find the server now. */
export const placesOf = (ctid: WatchedCtid): Places => {
  const [cti, ctis] = [ctid.ports.get("cti"), ctid.ports.get("ctis")]
  if (cti === undefined || ctis === undefined) throw new Error("ctid did not open its ports for clients")
  return { cti, ctis }
}
