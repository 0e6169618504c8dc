/** Whether something grows: a straight line through samples by least squares, with how sure it is. */

export interface Sample {
  /** Seconds. */
  readonly at: number
  readonly value: number
}

export interface Trend {
  /** Per second. */
  readonly slope: number
  /** The slope is this one or more with a probability of 97.5 %. What is below it may be chance. */
  readonly atLeast: number
  readonly samples: number
}

/** Quantiles of 0.975 of Student's distribution for 1, 2, 3 ... degrees of freedom; from 30 on it is the normal distribution. */
const STUDENT = [
  12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.2, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11, 2.1, 2.09, 2.09, 2.08,
  2.07, 2.07, 2.06, 2.06, 2.06, 2.05, 2.05, 2.05
]

/** Null: fewer than three samples say nothing. */
export const trendOf = (samples: ReadonlyArray<Sample>): Trend | null => {
  const count = samples.length
  if (count < 3) return null
  const mean = (of: (sample: Sample) => number): number => samples.reduce((sum, sample) => sum + of(sample), 0) / count
  const [at, value] = [mean((sample) => sample.at), mean((sample) => sample.value)]
  const spread = samples.reduce((sum, sample) => sum + (sample.at - at) ** 2, 0)
  if (spread === 0) return null
  const slope = samples.reduce((sum, sample) => sum + (sample.at - at) * (sample.value - value), 0) / spread
  const rest = samples.reduce((sum, sample) => sum + (sample.value - value - slope * (sample.at - at)) ** 2, 0)
  const error = Math.sqrt(rest / (count - 2) / spread)
  return { slope, atLeast: slope - (STUDENT[count - 3] ?? 2) * error, samples: count }
}
