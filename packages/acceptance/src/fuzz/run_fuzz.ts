/** Attacks until the time is over or something breaks; then looks for the attack that broke it. */
import * as Effect from "effect/Effect"
import { Seeded } from "../seeded.ts"
import { makeCorpus } from "./corpus.ts"
import type { FuzzCase, Target } from "./fuzz_case.ts"
import { FuzzedServer } from "./fuzzed_server.ts"
import { generateCase } from "./generate_case.ts"

/** Attacks that are made together; between two batches it is looked whether something is wrong. */
const BATCH = 400
/** Of a batch so many at a time. */
const AT_ONCE = 48
/** Batches between two examinations. */
const EXAMINE_EVERY = 5
/** Milliseconds between two lines about how it goes. */
const PROGRESS = 5_000
/** Milliseconds that the search for one attack may take. */
const SEARCH = 120_000

/** How often each is attacked. The link to Asterisk is one, its attacks come one after the other. */
const WEIGHTS: Readonly<Record<Target, number>> = {
  cti: 10,
  starttls: 4,
  ctis: 4,
  ctis_raw: 2,
  web_interface: 3,
  info: 3,
  fast_agi: 3,
  announce: 1,
  ami: 2,
  decoders: 60
}

export interface FuzzResult {
  /** How many attacks, by what was attacked. */
  readonly counts: ReadonlyMap<Target, number>
  readonly mostResident: number
  /** Bytes of heap and buffers that were there more at the end. */
  readonly kept: number
  /** Empty: nothing happened. */
  readonly complaints: ReadonlyArray<string>
  /** The attacks that lead to it, as few as were found. */
  readonly cases: ReadonlyArray<FuzzCase>
}

/** Plays cases on a server: those at Asterisk one after the other, the others some at a time. */
const playAll = async (server: FuzzedServer, cases: ReadonlyArray<FuzzCase>): Promise<void> => {
  const inTurn = cases.filter(({ target }) => target === "ami")
  const others = cases.filter(({ target }) => target !== "ami")
  const worker = async (waiting: Array<FuzzCase>): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await server.play(one)
  }
  const waiting = [...others]
  await Promise.all([worker([...inTurn]), ...Array.from({ length: AT_ONCE }, () => worker(waiting))])
}

/** Plays cases on a server of their own, from its beginning to its end; answers what went wrong. */
export const replay = async (cases: ReadonlyArray<FuzzCase>): Promise<ReadonlyArray<string>> => {
  const server = await FuzzedServer.start()
  try {
    await playAll(server, cases)
    await server.recover()
    await server.end()
    return server.takeComplaints()
  } finally {
    await server.stop()
  }
}

/** The half of cases, again and again, that still breaks something. */
const narrow = async (cases: ReadonlyArray<FuzzCase>, say: (line: string) => void): Promise<ReadonlyArray<FuzzCase>> => {
  const end = performance.now() + SEARCH
  let found = cases
  while (found.length > 1 && performance.now() < end) {
    const middle = Math.ceil(found.length / 2)
    const halves = [found.slice(0, middle), found.slice(middle)]
    let smaller: ReadonlyArray<FuzzCase> | null = null
    for (const half of halves) {
      if ((await replay(half)).length === 0) continue
      smaller = half
      break
    }
    if (smaller === null) break
    found = smaller
    say(found.length === 1 ? "one attack is enough" : `${found.length} attacks are enough`)
  }
  return found
}

class Fuzz {
  readonly #server: FuzzedServer
  readonly #random: Seeded
  readonly #say: (line: string) => void
  readonly #counts = new Map<Target, number>()
  readonly #complaints: Array<string> = []
  readonly #start = performance.now()
  #told = 0

  constructor(server: FuzzedServer, seed: string, say: (line: string) => void) {
    this.#server = server
    this.#random = new Seeded(`${seed} attacks`)
    this.#say = say
  }

  async run(seed: string, seconds: number): Promise<FuzzResult> {
    const corpus = await Effect.runPromise(makeCorpus(seed))
    const server = this.#server
    const targets = server.targets.map((target) => [WEIGHTS[target], target] as const)
    this.#say(`attacking ${server.targets.join(", ")}`)
    let batch: ReadonlyArray<FuzzCase> = []
    for (let number = 1; performance.now() - this.#start < seconds * 1000; number++) {
      batch = Array.from({ length: BATCH }, () => generateCase(this.#random.weighted(targets), corpus, this.#random))
      for (const { target } of batch) this.#counts.set(target, (this.#counts.get(target) ?? 0) + 1)
      await playAll(server, batch)
      if (number % EXAMINE_EVERY === 0) await server.examine()
      if (this.#isWrong()) return this.#failed(batch)
      this.#progress()
    }
    await server.recover()
    await server.end()
    return this.#isWrong() ? this.#failed(batch) : this.#result([])
  }

  #isWrong(): boolean {
    this.#complaints.push(...this.#server.takeComplaints())
    return this.#complaints.length > 0
  }

  async #failed(batch: ReadonlyArray<FuzzCase>): Promise<FuzzResult> {
    for (const complaint of this.#complaints) this.#say(complaint)
    await this.#server.stop()
    this.#say("looking for the attack")
    const again = (await replay(batch)).length > 0
    if (!again) this.#say("the last attacks alone do not do it again")
    return this.#result(again ? await narrow(batch, this.#say) : batch)
  }

  #result(cases: ReadonlyArray<FuzzCase>): FuzzResult {
    return {
      counts: this.#counts,
      mostResident: this.#server.mostResident,
      kept: this.#server.kept,
      complaints: this.#complaints,
      cases
    }
  }

  #progress(): void {
    const now = performance.now()
    if (now - this.#told < PROGRESS) return
    this.#told = now
    const all = [...this.#counts.values()].reduce((sum, count) => sum + count, 0)
    const resident = (this.#server.mostResident / 1024 / 1024).toFixed(0)
    this.#say(`[${((now - this.#start) / 1000).toFixed(0).padStart(4)} s] ${all} attacks, at most ${resident} MiB resident`)
  }
}

export const runFuzz = async (seed: string, seconds: number, say: (line: string) => void): Promise<FuzzResult> => {
  const server = await FuzzedServer.start()
  try {
    return await new Fuzz(server, seed, say).run(seed, seconds)
  } finally {
    await server.stop()
  }
}
