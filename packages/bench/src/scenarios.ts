/** The scenarios of a run: `ctid` and `bare` take turns. */
import { Child, type GeneratorReport, type GeneratorRequest, type ServerReport } from "./children.ts"

export type ServerName = "ctid" | "bare"

/** CPU in microseconds per message (per login, per delivery, per change); what a scenario does not have is absent. */
export interface Figures {
  readonly cpu?: number
  readonly perSecond?: number
  readonly p50?: number
  readonly p90?: number
  /** Kilobytes (1000 bytes) of heap and buffers per client. */
  readonly kilobytes?: number
}

interface Bench {
  readonly server: Child
  readonly generator: Child
  readonly port: number
}

const withBench = async <A>(
  name: ServerName,
  users: number,
  contexts: number,
  run: (bench: Bench) => Promise<A>
): Promise<A> => {
  const server = new Child(name === "ctid" ? "server_ctid" : "server_bare", [String(users), String(contexts)])
  const generator = new Child("generator")
  try {
    const { port = 0 } = (await server.ready) as ServerReport // the first message of a server
    await generator.ready
    return await run({ server, generator, port })
  } finally {
    await Promise.all([server.stop(), generator.stop()])
  }
}

const generate = async (bench: Bench, request: GeneratorRequest): Promise<GeneratorReport> => {
  const report = await bench.generator.ask<GeneratorReport>(request)
  if (report.error !== undefined) throw new Error(`${request.task}: ${report.error}`)
  return report
}

/** A task, with the server's CPU time meanwhile. */
const measured = async (bench: Bench, request: GeneratorRequest): Promise<Measured> => {
  const before = await bench.server.ask<ServerReport>("cpu")
  const report = await generate(bench, request)
  const after = await bench.server.ask<ServerReport>("cpu")
  return { ...report, cpu: (after.cpu ?? 0) - (before.cpu ?? 0) }
}

const signIn = (bench: Bench, count: number): Promise<GeneratorReport> =>
  generate(bench, { task: "login", port: bench.port, count })

type Measured = GeneratorReport & { readonly cpu: number }

/** Both servers, each with clients of its own. */
export type Pair<A> = { readonly [name in ServerName]: A }

const withPair = <A>(users: number, contexts: number, run: (pair: Pair<Bench>) => Promise<A>): Promise<A> =>
  withBench("bare", users, contexts, (bare) => withBench("ctid", users, contexts, (ctid) => run({ bare, ctid })))

const each = async (pair: Pair<Bench>, run: (bench: Bench) => Promise<unknown>): Promise<void> => {
  await run(pair.bare)
  await run(pair.ctid)
}

/** How often the servers take turns within one measurement: what else the machine does falls on both. */
const ROUNDS = 5
/** Of bursts, which take the bare server seconds. */
const BURST_ROUNDS = 3

const quantile = (sorted: ReadonlyArray<number>, q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0

/** Of parts, the middle one: the machine may stand still in one of them. */
const figures = (parts: ReadonlyArray<Measured>): Figures => {
  const middle = (of: (part: Measured) => number): number =>
    quantile(
      parts.map(of).sort((a, b) => a - b),
      0.5
    )
  const latencies = parts.flatMap((part) => part.latencies ?? []).sort((a, b) => a - b)
  return {
    cpu: middle(({ cpu, messages }) => cpu / messages),
    perSecond: middle(({ elapsed, messages }) => (messages / elapsed) * 1e6),
    ...(latencies.length === 0 ? {} : { p50: quantile(latencies, 0.5) / 1000, p90: quantile(latencies, 0.9) / 1000 })
  }
}

/** Work of several servers, a part of it at a time, and never the same one first twice in a row. */
const inTurns = async <Name extends string>(
  work: { readonly [name in Name]: () => Promise<Measured> },
  rounds = ROUNDS
): Promise<{ readonly [name in Name]: Figures }> => {
  const names = Object.keys(work) as Array<Name> // a literal of these names
  const parts = new Map<Name, Array<Measured>>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) parts.get(name)?.push(await work[name]())
  }
  const all = names.map((name) => [name, figures(parts.get(name) ?? [])])
  return Object.fromEntries(all) as { readonly [name in Name]: Figures } // each name has its figures
}

const bothInTurns = (pair: Pair<Bench>, work: (bench: Bench) => Promise<Measured>): Promise<Pair<Figures>> =>
  inTurns({ bare: () => work(pair.bare), ctid: () => work(pair.ctid) })

export const requestReply = (clients: number, requests: number): Promise<Pair<Figures>> =>
  withPair(clients, clients, async (pair) => {
    await each(pair, (bench) => signIn(bench, clients))
    await each(pair, (bench) => generate(bench, { task: "requests", count: requests }))
    const count = Math.round(requests / ROUNDS)
    return bothInTurns(pair, (bench) => measured(bench, { task: "requests", count }))
  })

/** Connecting and signing in, each user in a context of his own, so that nobody hears of it. */
export const logins = (clients: number): Promise<Pair<Figures>> => {
  const count = Math.round(clients / ROUNDS)
  return withPair(count, count, async (pair) => {
    const signInAndLeave = async (bench: Bench): Promise<Measured> => {
      const report = await measured(bench, { task: "login", port: bench.port, count })
      await generate(bench, { task: "close" })
      return report
    }
    for (let warm = 0; warm < ROUNDS; warm++) await each(pair, signInAndLeave)
    return bothInTurns(pair, signInAndLeave)
  })
}

/** The same clients in one context, and in twenty. */
type Crowd = "bare whole" | "ctid whole" | "bare parted" | "ctid parted"

export interface ChangeFigures {
  /** One change at a time; CPU is per delivery. */
  readonly paced: { readonly [crowd in Crowd]: Figures }
  /** Changes written back to back. */
  readonly burst: { readonly [crowd in Crowd]: Figures }
}

const CROWD = 1000
export const CONTEXTS = 20

/** How often changes are measured on the same servers: a thousand clients who hear each other sign in slowly. */
const CHANGE_TURNS = 3

/** Changes of one presence after another, heard by everybody, or by all of a context; on the same clients paced and in a burst. */
export const changes = (): Promise<ReadonlyArray<ChangeFigures>> =>
  withPair(CROWD, 1, (whole) =>
    withPair(CROWD, CONTEXTS, async (parted) => {
      const part = CROWD / CONTEXTS
      const ask = (task: "paced" | "burst", inWhole: number, inParts: number) => {
        const run = (bench: Bench, changes: number, hearers: number) => () => measured(bench, { task, changes, hearers })
        return {
          "bare whole": run(whole.bare, inWhole, CROWD),
          "ctid whole": run(whole.ctid, inWhole, CROWD),
          "bare parted": run(parted.bare, inParts, part),
          "ctid parted": run(parted.ctid, inParts, part)
        }
      }
      for (const pair of [whole, parted]) await each(pair, (bench) => signIn(bench, CROWD))
      // the way of a change through our server is compiled after a thousand of them: the first ones cost four times as much
      for (const { ctid, bare } of [whole, parted]) {
        const hearers = ctid === whole.ctid ? CROWD : part
        await generate(ctid, { task: "burst", changes: 1500, hearers })
        await generate(bare, { task: "burst", changes: 50, hearers })
      }
      const made: Array<ChangeFigures> = []
      for (let turn = 0; turn < CHANGE_TURNS; turn++) {
        const paced = await inTurns(ask("paced", 20, 300))
        made.push({ paced, burst: await inTurns(ask("burst", 200, 200), BURST_ROUNDS) })
      }
      return made
    })
  )

/** Heap and buffers of the server, per logged-in client that does nothing. Contexts of 50. */
export const idle = (name: ServerName, clients: number): Promise<Figures> =>
  withBench(name, clients, clients / 50, async (bench) => {
    const warm = clients / 50
    await signIn(bench, warm)
    const before = await bench.server.ask<ServerReport>("memory")
    await signIn(bench, clients - warm)
    const after = await bench.server.ask<ServerReport>("memory")
    const grown = (after.heap ?? 0) + (after.external ?? 0) - (before.heap ?? 0) - (before.external ?? 0)
    return { kilobytes: grown / (clients - warm) / 1000 }
  })
