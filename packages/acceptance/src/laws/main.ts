/**
 * `npm run test:laws -- --runs 100000`: tries every law on so many cases, in several processes, and says how many, with which seed, and
 * how long it took. `--seed` makes the same cases again, `--only` takes the laws whose name or suite holds a text, `--jobs` processes.
 */
import { type ChildProcess, fork } from "node:child_process"
import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import * as Effect from "effect/Effect"
import { allLaws } from "./all_suites.ts"
import type { Work, WorkDone } from "./law_worker.ts"

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "1000" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    only: { type: "string", default: "" },
    jobs: { type: "string", default: String(availableParallelism()) }
  }
})
const numberOf = (name: "runs" | "seed" | "jobs"): number => {
  const value = Number(values[name])
  if (Number.isSafeInteger(value) && value >= (name === "seed" ? 0 : 1)) return value
  throw new Error(`--${name}: a whole number, found "${values[name]}"`)
}
const [runs, seed, jobs] = [numberOf("runs"), numberOf("seed"), numberOf("jobs")]

/** Cases in one piece of work: enough to be worth the message, few enough to see how it goes. */
const PIECE = 1000

/** A case makes many errors that nobody reads, and much that is forgotten at once: without these a run takes a sixth longer. */
const LEAN = ["--stack-trace-limit=0", "--max-semi-space-size=64"]

interface Tally {
  readonly name: string
  readonly sentences: ReadonlyArray<string>
  readonly wanted: number
  done: number
}

const tallies = await Effect.runPromise(
  Effect.scoped(
    Effect.map(allLaws, (laws) =>
      laws.map(([suite, law]): Tally => {
        const name = `${suite}: ${law.name}`
        return { name, sentences: law.sentences, wanted: name.includes(values.only) ? runs : 0, done: 0 }
      })
    )
  )
)

const work: Array<Work> = tallies.flatMap(({ wanted }, law) =>
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
  const tally = tallies[law]
  if (tally === undefined) return
  tally.done += tried
  if (story !== null) {
    broken++
    console.log(`${tally.name}, seed ${used}\n${story}`)
  } else if (tally.done === tally.wanted) {
    console.log(`holds  ${tally.name} (${tally.wanted} cases)`)
    if (tally.sentences.length > 1) for (const sentence of tally.sentences) console.log(`         ${sentence}`)
  }
}

const progress = setInterval(() => {
  console.log(`...    ${done()} of ${total} cases, ${((100 * done()) / total).toFixed(1)} %, ${seconds()}`)
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

const laws = new Set(tallies.flatMap(({ sentences, wanted }) => (wanted === 0 ? [] : sentences))).size
console.log(`${laws} laws, ${done()} cases, seed ${seed}, ${seconds()}: ${broken === 0 ? "all hold" : `${broken} broken`}`)
if (broken > 0) process.exitCode = 1
