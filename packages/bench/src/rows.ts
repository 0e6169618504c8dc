/** The rows of the table: what is measured, the ratio that counts, and what it should be. */
import { amiDecode } from "./ami_decode.ts"
import { type ChangeFigures, changes, type Figures, idle, logins, requestReply, type ServerName } from "./scenarios.ts"

/** One measurement of a row: the ratio, and the figures it came from. */
export interface Measured {
  readonly ratio: number
  readonly ours: string
  readonly theirs: string
}

export interface Row {
  readonly name: string
  /** What the ratio is. */
  readonly unit: string
  /** The ratio should be at most, or at least, this. Null: watched, without a target. */
  readonly target: { readonly atMost: number } | { readonly atLeast: number } | null
  readonly better: "lower" | "higher"
  /** How much worse than its record a ratio may be before `--check` fails: the noise of this machine, and more. */
  readonly margin: number
  readonly measure: (turn: number) => Promise<Measured>
}

const round = (value: number | undefined): string =>
  value === undefined ? "-" : value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3)

const micros = (figures: Figures): string => `${round(figures.cpu)} µs, ${round(figures.perSecond)}/s`

/** Both servers, the first one first in even turns and last in odd ones. */
const both = async <A>(turn: number, run: (name: ServerName) => Promise<A>): Promise<{ ctid: A; bare: A }> => {
  if (turn % 2 === 0) {
    const bare = await run("bare")
    return { bare, ctid: await run("ctid") }
  }
  const ctid = await run("ctid")
  return { ctid, bare: await run("bare") }
}

const cpuRatio = async (turn: number, run: (name: ServerName) => Promise<Figures>): Promise<Measured> => {
  const { ctid, bare } = await both(turn, run)
  return { ratio: (ctid.cpu ?? 0) / (bare.cpu ?? 1), ours: micros(ctid), theirs: micros(bare) }
}

/** Several rows look at the same changes: made once a turn. */
const changesBy = new Map<string, Promise<{ ctid: ChangeFigures; bare: ChangeFigures }>>()

const changesOf = (turn: number, contexts: number): Promise<{ ctid: ChangeFigures; bare: ChangeFigures }> => {
  const key = `${turn} ${contexts}`
  const made = changesBy.get(key) ?? both(turn, (name) => changes(name, 1000, contexts))
  changesBy.set(key, made)
  return made
}

const burstOf = async (turn: number, contexts: number): Promise<Measured> => {
  const { ctid, bare } = await changesOf(turn, contexts)
  return {
    ratio: (ctid.burst.perSecond ?? 0) / (bare.burst.perSecond ?? 1),
    ours: micros(ctid.burst),
    theirs: micros(bare.burst)
  }
}

const latencies = (figures: Figures): string => `, p50 ${round(figures.p50)} ms, p99 ${round(figures.p99)} ms`

const requests = (clients: number, count: number): Row => ({
  name: `request/reply, ${clients} connection${clients === 1 ? "" : "s"}`,
  unit: "CPU per request, ours / bare",
  target: { atMost: 1.6 },
  better: "lower",
  margin: 0.35,
  measure: (turn) => cpuRatio(turn, (name) => requestReply(name, clients, count))
})

export const ROWS: ReadonlyArray<Row> = [
  requests(1, 12_000),
  requests(100, 40_000),
  requests(1000, 40_000),
  {
    name: "connect and log in, without the hash",
    unit: "CPU per login, ours / bare",
    target: null,
    better: "lower",
    margin: 0.4,
    measure: (turn) => cpuRatio(turn, (name) => logins(name, 1500))
  },
  {
    name: "one change to 1,000 clients, paced",
    unit: "CPU per delivery, ours / bare",
    target: { atMost: 1.15 },
    better: "lower",
    margin: 0.2,
    measure: async (turn) => {
      const { ctid, bare } = await changesOf(turn, 1)
      return {
        ratio: (ctid.paced.cpu ?? 0) / (bare.paced.cpu ?? 1),
        ours: micros(ctid.paced) + latencies(ctid.paced),
        theirs: micros(bare.paced) + latencies(bare.paced)
      }
    }
  },
  {
    name: "burst of 200 changes to 1,000 clients",
    unit: "deliveries/s, ours / one write per message",
    target: { atLeast: 12 },
    better: "higher",
    margin: 0.5,
    measure: (turn) => burstOf(turn, 1)
  },
  {
    name: "one change, 20 contexts of 50, paced",
    unit: "CPU per change, 20 contexts / one of 1,000",
    target: { atMost: 1 / 12 },
    better: "lower",
    margin: 0.3,
    measure: async (turn) => {
      const [parted, whole] = [(await changesOf(turn, 20)).ctid.perChange, (await changesOf(turn, 1)).ctid.perChange]
      return { ratio: parted / whole, ours: `${round(parted)} µs`, theirs: `${round(whole)} µs` }
    }
  },
  {
    name: "burst of 200 changes, 20 contexts of 50",
    unit: "deliveries/s, ours / one write per message",
    target: null,
    better: "higher",
    margin: 0.5,
    measure: (turn) => burstOf(turn, 20)
  },
  {
    name: "idle logged-in client, 10,000 of them",
    unit: "kB of heap and buffers, ours",
    target: { atMost: 9 },
    better: "lower",
    margin: 0.3,
    measure: async (turn) => {
      const { ctid, bare } = await both(turn, (name) => idle(name, 10_000))
      return { ratio: ctid.kilobytes ?? 0, ours: `${round(ctid.kilobytes)} kB`, theirs: `${round(bare.kilobytes)} kB` }
    }
  },
  {
    name: "AMI decode, every header read",
    unit: "events/s, ours / asterisk-ami-client",
    target: { atLeast: 10 },
    better: "higher",
    margin: 0.5,
    measure: async () => {
      const rates = await amiDecode()
      return {
        ratio: rates.ctid / rates.amiClient,
        ours: `${round(rates.ctid)}/s (${round(rates.ctidNames)}/s when only names are read)`,
        theirs: `${round(rates.amiClient)}/s; plain parser ${round(rates.plain)}/s`
      }
    }
  }
]
