/** The scenarios of a run. Each gives figures of one server; `ctid` and `bare` take turns. */
import { Child, type GeneratorReport, type GeneratorRequest, type ServerReport } from "./children.ts"

export type ServerName = "ctid" | "bare"

/** CPU in microseconds per message (per login, per delivery, per change); what a scenario does not have is absent. */
export interface Figures {
  readonly cpu?: number
  readonly perSecond?: number
  readonly p50?: number
  readonly p99?: number
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
const measured = async (bench: Bench, request: GeneratorRequest): Promise<GeneratorReport & { readonly cpu: number }> => {
  const before = await bench.server.ask<ServerReport>("cpu")
  const report = await generate(bench, request)
  const after = await bench.server.ask<ServerReport>("cpu")
  return { ...report, cpu: (after.cpu ?? 0) - (before.cpu ?? 0) }
}

const signIn = (bench: Bench, count: number): Promise<GeneratorReport> =>
  generate(bench, { task: "login", port: bench.port, count })

const figures = (report: GeneratorReport & { readonly cpu: number }, per = report.messages): Figures => ({
  cpu: report.cpu / per,
  perSecond: (report.messages / report.elapsed) * 1e6,
  ...(report.p50 === undefined ? {} : { p50: report.p50 / 1000 }),
  ...(report.p99 === undefined ? {} : { p99: report.p99 / 1000 })
})

export const requestReply = (name: ServerName, clients: number, requests: number): Promise<Figures> =>
  withBench(name, clients, clients, async (bench) => {
    await signIn(bench, clients)
    await generate(bench, { task: "requests", count: requests / 4 })
    return figures(await measured(bench, { task: "requests", count: requests }))
  })

/** Connecting and signing in, each user in a context of his own, so that nobody hears of it. */
export const logins = (name: ServerName, clients: number): Promise<Figures> =>
  withBench(name, clients * 2, clients * 2, async (bench) => {
    await signIn(bench, clients)
    await generate(bench, { task: "close" })
    return figures(await measured(bench, { task: "login", port: bench.port, count: clients }))
  })

export interface ChangeFigures {
  /** One change at a time; CPU is per delivery. */
  readonly paced: Figures
  /** The same; CPU in microseconds per change. */
  readonly perChange: number
  /** Changes written back to back. */
  readonly burst: Figures
}

/** Changes of one presence after another, heard by all of a context. `contexts` of equal size, on the same clients paced and in a burst. */
export const changes = (name: ServerName, clients: number, contexts: number): Promise<ChangeFigures> =>
  withBench(name, clients, contexts, async (bench) => {
    await signIn(bench, clients)
    const hearers = clients / contexts
    // the way of a change through the server is compiled after a thousand of them: the first ones cost four times as much
    await generate(bench, { task: "burst", changes: contexts === 1 ? 100 : 2000, hearers })
    await generate(bench, { task: "paced", changes: 50, hearers })
    const count = contexts === 1 ? 150 : 600
    const paced = await measured(bench, { task: "paced", changes: count, hearers })
    const burst = await measured(bench, { task: "burst", changes: 200, hearers })
    return { paced: figures(paced), perChange: paced.cpu / count, burst: figures(burst) }
  })

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
