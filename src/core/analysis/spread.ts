/** A series of spreads in bps of the mid: where the present one stands among the others, and exchanges against each other. */
import { quantile } from './statistics.js'

export type SpreadCondition = 'normal' | 'wide' | 'stressed'

export interface SpreadRules {
  /** From this percentile on it is wide, from that one on stressed; 0 to 100. */
  readonly widePercentile: number
  readonly stressedPercentile: number
}

/** Rank of `value` among `values` in percent: those below it and half of those equal, so that a constant series stands at 50. */
export function percentileRank(values: readonly number[], value: number): number | undefined {
  if (values.length === 0) return undefined
  let below = 0
  let equal = 0
  for (const each of values) {
    if (each < value) below += 1
    else if (each === value) equal += 1
  }
  return ((below + equal / 2) / values.length) * 100
}

export function conditionOf(percentile: number, { widePercentile, stressedPercentile }: SpreadRules): SpreadCondition {
  if (percentile >= stressedPercentile) return 'stressed'
  return percentile >= widePercentile ? 'wide' : 'normal'
}

const SHARES = { p5: 0.05, p25: 0.25, p50: 0.5, p75: 0.75, p95: 0.95, p99: 0.99 } as const
export type SpreadPercentiles = Readonly<Record<keyof typeof SHARES, number>>

/** Linear interpolation between the sorted values; `undefined` without any. */
export function spreadPercentiles(values: readonly number[]): SpreadPercentiles | undefined {
  if (values.length === 0) return undefined
  const sorted = Float64Array.from(values).sort()
  const at = (share: number) => quantile(sorted, share)
  const { p5, p25, p50, p75, p95, p99 } = SHARES
  return { p5: at(p5), p25: at(p25), p50: at(p50), p75: at(p75), p95: at(p95), p99: at(p99) }
}

export interface SpreadPoint {
  /** ms */
  readonly timestamp: number
  readonly spreadBps: number
}

/** One tick is a little less of a higher mid: where prices are some bps apart, equal spreads are not equal in bps. */
const LEVEL_WITHIN = 1.01

/**
 * Share of the seconds, of those in which every series has a sample, in which each one was the tightest; those that are level (within 1 %) share
 * the second. In the order of `series`; `undefined` without a common second.
 */
export function tightestShares(series: readonly (readonly SpreadPoint[])[]): readonly number[] | undefined {
  const bySecond = series.map((points) => new Map(points.map(({ timestamp, spreadBps }) => [second(timestamp), spreadBps])))
  const [first, ...others] = bySecond
  if (first === undefined) return undefined
  const wins = series.map(() => 0)
  let seconds = 0
  for (const [at, spread] of first) {
    const spreads = [spread, ...others.flatMap((other) => other.get(at) ?? [])]
    if (spreads.length < series.length) continue
    seconds += 1
    const level = Math.min(...spreads) * LEVEL_WITHIN
    const winners = spreads.filter((each) => each <= level).length
    for (const [i, each] of spreads.entries()) if (each <= level) wins[i] = (wins[i] ?? 0) + 1 / winners
  }
  return seconds === 0 ? undefined : wins.map((won) => won / seconds)
}

function second(timestamp: number): number {
  return Math.floor(timestamp / 1000)
}
