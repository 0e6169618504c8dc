/** The rows of the table: what is measured, the ratio that counts, and what it should be. */
import { amiDecode } from "./ami_decode.ts"
import { type ChangeFigures, CONTEXTS, changes, type Figures, idle, logins, type Pair, requestReply } from "./scenarios.ts"

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

const cpuRatio = ({ ctid, bare }: Pair<Figures>): Measured => ({
  ratio: (ctid.cpu ?? 0) / (bare.cpu ?? 1),
  ours: micros(ctid),
  theirs: micros(bare)
})

/** Several rows look at the same changes: the first one that asks has them made, for all turns. */
let made: Promise<ReadonlyArray<ChangeFigures>> | null = null

const changesOf = async (turn: number): Promise<ChangeFigures> => {
  made ??= changes()
  const all = await made
  const found = all[turn % all.length]
  if (found === undefined) throw new Error("nothing was measured")
  return found
}

const burstRatio = (ctid: Figures, bare: Figures): Measured => ({
  ratio: (ctid.perSecond ?? 0) / (bare.perSecond ?? 1),
  ours: micros(ctid),
  theirs: micros(bare)
})

const latencies = (figures: Figures): string => `, p50 ${round(figures.p50)} ms, p90 ${round(figures.p90)} ms`

const requests = (clients: number, count: number): Row => ({
  name: `request/reply, ${clients} connection${clients === 1 ? "" : "s"}`,
  unit: "CPU per request, ours / bare",
  target: { atMost: 1.6 },
  better: "lower",
  margin: 0.35,
  measure: async () => cpuRatio(await requestReply(clients, count))
})

export const ROWS: ReadonlyArray<Row> = [
  requests(1, 4_000),
  requests(100, 20_000),
  requests(1000, 20_000),
  {
    name: "connect and log in, without the hash",
    unit: "CPU per login, ours / bare",
    target: null,
    better: "lower",
    margin: 0.4,
    measure: async () => cpuRatio(await logins(1000))
  },
  {
    name: "one change to 1,000 clients, paced",
    unit: "CPU per delivery, ours / bare",
    target: { atMost: 1.15 },
    better: "lower",
    margin: 0.2,
    measure: async (turn) => {
      const { "ctid whole": ctid, "bare whole": bare } = (await changesOf(turn)).paced
      return {
        ratio: (ctid.cpu ?? 0) / (bare.cpu ?? 1),
        ours: micros(ctid) + latencies(ctid),
        theirs: micros(bare) + latencies(bare)
      }
    }
  },
  {
    name: "burst of 200 changes to 1,000 clients",
    unit: "deliveries/s, ours / one write per message",
    target: { atLeast: 12 },
    better: "higher",
    margin: 0.5,
    measure: async (turn) => {
      const { burst } = await changesOf(turn)
      return burstRatio(burst["ctid whole"], burst["bare whole"])
    }
  },
  {
    name: "one change, 20 contexts of 50, paced",
    unit: "CPU per change, 20 contexts / one of 1,000",
    target: { atMost: 1 / 12 },
    better: "lower",
    margin: 0.3,
    measure: async (turn) => {
      const { paced } = await changesOf(turn)
      const whole = (paced["ctid whole"].cpu ?? 0) * 1000
      const parted = (paced["ctid parted"].cpu ?? 0) * (1000 / CONTEXTS)
      return { ratio: parted / whole, ours: `${round(parted)} µs`, theirs: `${round(whole)} µs` }
    }
  },
  {
    name: "burst of 200 changes, 20 contexts of 50",
    unit: "deliveries/s, ours / one write per message",
    target: null,
    better: "higher",
    margin: 0.5,
    measure: async (turn) => {
      const { burst } = await changesOf(turn)
      return burstRatio(burst["ctid parted"], burst["bare parted"])
    }
  },
  {
    name: "idle logged-in client, 10,000 of them",
    unit: "kB of heap and buffers, ours",
    target: { atMost: 9 },
    better: "lower",
    margin: 0.3,
    measure: async () => {
      const [ctid, bare] = [await idle("ctid", 10_000), await idle("bare", 10_000)]
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
