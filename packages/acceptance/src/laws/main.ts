/**
 * `npm run test:laws -- --runs 100000`: tries every law on so many cases, in several processes, and says how many, with which seed, and
 * how long it took.
 */
import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import { named, runMain, say } from "../binary/command_line.ts"
import { allLaws } from "./all_suites.ts"
import { type LawOptions, readOptions, USAGE } from "./law_options.ts"
import type { Work, WorkDone } from "./law_worker.ts"

/** Cases in one piece of work: enough to be worth the message, few enough to see how it goes. */
const PIECE = 1000

/** A case makes many errors that nobody reads, and much that is forgotten at once: without these a run takes a sixth longer. */
const LEAN = ["--stack-trace-limit=0", "--max-semi-space-size=64"]

interface Tally {
  /** Its place among all laws. */
  readonly law: number
  readonly name: string
  readonly sentences: ReadonlyArray<string>
  readonly wanted: number
  done: number
}

const allTallies = (wanted: number): Promise<ReadonlyArray<Tally>> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.map(allLaws, (laws) =>
        laws.map(([suite, { name, sentences }], law) => ({ law, name: `${suite}: ${name}`, sentences, wanted, done: 0 }))
      )
    )
  )

const tryLaws = async ({ jobs, only, runs, seed }: LawOptions): Promise<number> => {
  const tallies = named("law", await allTallies(runs), ({ name }) => name, only)
  const work: Array<Work> = tallies.flatMap(({ law, wanted }) =>
    Array.from({ length: Math.ceil(wanted / PIECE) }, (_, at) => ({
      law,
      runs: Math.min(PIECE, wanted - at * PIECE),
      seed: (seed + at) % 2 ** 31
    }))
  )
  const total = tallies.reduce((sum, { wanted }) => sum + wanted, 0)
  const started = performance.now()
  const seconds = (): string => `${Math.round((performance.now() - started) / 1000)} s`
  const workers: Array<ChildProcess> = []
  let broken = 0

  const done = (): number => tallies.reduce((sum, tally) => sum + tally.done, 0)

  const report = ({ work: { law, runs: tried, seed: used }, broken: story }: WorkDone): void => {
    const tally = tallies.find((one) => one.law === law)
    if (tally === undefined) return
    tally.done += tried
    if (story !== null) {
      broken++
      say(`${tally.name}, seed ${used}\n${story}`)
    } else if (tally.done === tally.wanted) {
      say(`holds  ${tally.name} (${tally.wanted} cases)`)
      if (tally.sentences.length > 1) for (const sentence of tally.sentences) say(`         ${sentence}`)
    }
  }

  const progress = setInterval(() => {
    say(`...    ${done()} of ${total} cases, ${((100 * done()) / total).toFixed(1)} %, ${seconds()}`)
  }, 15_000)

  await Promise.all(
    Array.from(
      { length: jobs },
      () =>
        new Promise<void>((resolve, reject) => {
          const worker = fork(fileURLToPath(new URL("./law_worker.js", import.meta.url)), { execArgv: LEAN })
          workers.push(worker)
          const next = (): void => {
            const piece = broken > 0 ? undefined : work.shift()
            if (piece === undefined) worker.disconnect()
            else worker.send(piece)
          }
          worker.on("message", (message: "ready" | WorkDone) => {
            if (message !== "ready") report(message)
            next()
          })
          worker.on("exit", (code, signal) =>
            code === 0 ? resolve() : reject(new Error(`a process ended with ${code ?? signal}`))
          )
        })
    )
  ).finally(() => {
    clearInterval(progress)
    for (const worker of workers) worker.kill()
  })

  const laws = new Set(tallies.flatMap(({ sentences }) => sentences)).size
  say(`${laws} laws, ${done()} cases, seed ${seed}, ${seconds()}: ${broken === 0 ? "all hold" : `${broken} broken`}`)
  return broken === 0 ? 0 : 1
}

await runMain(USAGE, readOptions, tryLaws)
