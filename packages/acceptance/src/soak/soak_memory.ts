/** The server's memory in a soak: before anybody comes, at each rest with everybody there, after all left; and what is too much. */
import { type Sample, type Trend, trendOf } from "../binary/memory_trend.ts"
import type { ProbeAnswer } from "../binary/probe.ts"

/** What the heap and the buffers may grow by from the first rest that counts to the last, after collections: bytes. */
const HEAP_GROWTH = 8 * 1024 * 1024
/** The same of the resident memory, which the system gives and takes in large pieces. */
const RESIDENT_GROWTH = 64 * 1024 * 1024
/** What the heap may have more after everybody left than before they came: bytes, and bytes for each person that is declared. */
const KEPT = 16 * 1024 * 1024
const KEPT_PER_PERSON = 4 * 1024

export interface MemorySample extends ProbeAnswer {
  /** Seconds since the beginning of the work. */
  readonly at: number
}

export interface BoundedTrend {
  /** Null: it was not measured often enough. */
  readonly trend: Trend | null
  /** Bytes a second. */
  readonly bound: number
}

export interface MemoryFigures {
  readonly before: ProbeAnswer
  readonly after: ProbeAnswer
  readonly samples: ReadonlyArray<MemorySample>
  /** From the time on when everything has happened once. */
  readonly heap: BoundedTrend
  readonly resident: BoundedTrend
}

/** `from`: the second of the work when everything has happened once. Before it caches fill, and a reload takes what the system then keeps for it. */
export const memoryFigures = (
  before: ProbeAnswer,
  samples: ReadonlyArray<MemorySample>,
  after: ProbeAnswer,
  from: number
): MemoryFigures => {
  const end = samples.at(-1)?.at ?? 0
  const warm = samples.filter(({ at }) => at >= from)
  const of = (growth: number, value: (sample: MemorySample) => number): BoundedTrend => ({
    trend: trendOf(warm.map((sample): Sample => ({ at: sample.at, value: value(sample) }))),
    bound: growth / Math.max(1, end - (warm[0]?.at ?? 0))
  })
  return {
    before,
    after,
    samples,
    heap: of(HEAP_GROWTH, ({ heap, external }) => heap + external),
    resident: of(RESIDENT_GROWTH, ({ resident }) => resident)
  }
}

const perSecond = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB/s`

/** What is wrong with it. */
export const memoryFaults = ({ before, after, heap, resident }: MemoryFigures, people: number): ReadonlyArray<string> => {
  const faults: Array<string> = []
  const sure = (what: string, { trend, bound }: BoundedTrend): void => {
    if (trend === null) faults.push(`${what} was not measured often enough`)
    else if (trend.atLeast > bound) {
      faults.push(
        `${what} grows by ${perSecond(trend.slope)}, surely by ${perSecond(trend.atLeast)}; the bound is ${perSecond(bound)}`
      )
    }
  }
  sure("the heap", heap)
  sure("the resident memory", resident)
  const kept = after.heap + after.external - before.heap - before.external
  const bound = KEPT + people * KEPT_PER_PERSON
  if (kept > bound) faults.push(`${kept} bytes of heap are kept after everybody left; the bound is ${bound}`)
  return faults
}
