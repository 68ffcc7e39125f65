/** A series of spreads in bps of the mid: where the present one stands among the others, and exchanges against each other. */
import { quantile } from './statistics.js'

export type SpreadCondition = 'normal' | 'wide' | 'stressed'

export interface SpreadRules {
  /** From this percentile on it is wide, from that one on stressed; 0 to 100. */
  readonly widePercentile: number
  readonly stressedPercentile: number
}

/** One sample: in bps of the mid, and in the quote currency. */
export interface RankedSpread {
  readonly spreadBps: number
  readonly spreadAbsolute: number
}

/** One tick is a little less of a higher mid: where prices are some bps apart, equal spreads are not equal in bps. */
const LEVEL_WITHIN = 1.01
/** What a difference of two decimals may be off. */
const SAME_WITHIN = 1e-6

/**
 * Rank of `newest` among `samples` in percent: those below it and half of those level with it, so that a constant series stands at 50. Level
 * are spreads of the same price, and those within 1 % in bps: a book that is always one tick wide is never wide because its price fell.
 */
export function percentileRank(samples: readonly RankedSpread[], newest: RankedSpread): number | undefined {
  if (samples.length === 0) return undefined
  let below = 0
  let level = 0
  for (const each of samples) {
    if (isLevel(each, newest)) level += 1
    else if (each.spreadBps < newest.spreadBps) below += 1
  }
  return ((below + level / 2) / samples.length) * 100
}

function isLevel(a: RankedSpread, b: RankedSpread): boolean {
  if (Math.abs(a.spreadAbsolute - b.spreadAbsolute) <= SAME_WITHIN * Math.abs(b.spreadAbsolute)) return true
  return Math.abs(a.spreadBps - b.spreadBps) <= (LEVEL_WITHIN - 1) * Math.abs(b.spreadBps)
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
