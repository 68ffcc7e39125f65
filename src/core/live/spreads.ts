/** What is stored of spreads, summed up and compared. */
import {
  conditionOf,
  percentileRank,
  type RankedSpread,
  type SpreadCondition,
  type SpreadPercentiles,
  type SpreadRules,
  spreadPercentiles,
  tightestShares,
} from '../analysis/spread.js'
import { mean } from '../analysis/statistics.js'
import { type Trend, trendOf } from '../analysis/trend.js'
import type { SpreadRow } from '../storage/rows.js'
import { shapeOf } from './open-interest.js'
import { bySeries } from './stored-rows.js'

/** A line that moves less than this share of the mean over the time is flat. */
const FLAT_WITHIN = 0.1
const BPS_PER_PERCENT = 100
/** The book was not the market's at that moment. */
const NOT_COUNTED = new Set(['stale', 'crossed', 'clock'])

export interface SpreadSeries extends SpreadPercentiles {
  readonly exchange: string
  readonly symbol: string
  readonly pair: string
  /** Samples counted, and those left out: of a stale or crossed book, or at an impossible time. */
  readonly count: number
  readonly excluded: number
  /** The newest one; all spreads in bps of the mid. */
  readonly spreadBps: number
  /** Where it stands among the samples of the time, 0 to 100. */
  readonly percentile: number
  readonly condition: SpreadCondition
  readonly mean: number
  readonly max: number
  readonly trend: Trend['direction'] | null
  readonly trendPerHour: number | null
  /** Share of the seconds seen on every exchange of this pair in which it was the tightest; `null`: there is no other. */
  readonly tightestShare: number | null
  /** Samples above the limit, and whether the newest one is; `null` without a limit. */
  readonly alerts: number | null
  readonly isAlert: boolean | null
  readonly first: number
  readonly last: number
  readonly shape: readonly (number | null)[]
}

export interface SpreadOptions extends SpreadRules {
  readonly alertBps: number | undefined
  pairOf(exchange: string, symbol: string): string
}

/** Series of each instrument, by exchange and symbol. */
export function reportSpreads(rows: readonly SpreadRow[], options: SpreadOptions): SpreadSeries[] {
  const groups = bySeries(rows).map((group) => {
    const counted = group.filter(({ quality }) => !quality.split(',').some((flag) => NOT_COUNTED.has(flag)))
    const points = counted.map(({ timestamp, spreadPercentage, spreadAbsolute }) => {
      return { timestamp, spreadAbsolute, spreadBps: spreadPercentage * BPS_PER_PERCENT }
    })
    const [row] = group
    const pair = row === undefined ? '' : options.pairOf(row.exchange, row.symbol)
    return { group, points, pair }
  })
  return groups.flatMap(({ group, points, pair }) => {
    const rivals = groups.filter((each) => each.pair === pair && each.points.length > 0)
    const shares = rivals.length > 1 ? tightestShares(rivals.map((each) => each.points)) : undefined
    const share = shares?.[rivals.findIndex((each) => each.points === points)] ?? null
    return seriesOf(group, points, pair, share, options)
  })
}

function seriesOf(
  group: readonly SpreadRow[],
  points: readonly (RankedSpread & { readonly timestamp: number })[],
  pair: string,
  tightestShare: number | null,
  { alertBps, ...rules }: SpreadOptions,
): SpreadSeries[] {
  const [row] = group
  const [first] = points
  const last = points.at(-1)
  const values = points.map(({ spreadBps }) => spreadBps)
  const times = points.map(({ timestamp }) => timestamp)
  const percentiles = spreadPercentiles(values)
  const percentile = last === undefined ? undefined : percentileRank(points, last)
  if (row === undefined || first === undefined || last === undefined || percentiles === undefined || percentile === undefined)
    return []
  const trend = trendOf(times, values, FLAT_WITHIN)
  return [
    {
      ...{ exchange: row.exchange, symbol: row.symbol, pair, count: points.length, excluded: group.length - points.length },
      ...{ spreadBps: last.spreadBps, percentile, condition: conditionOf(percentile, rules), mean: mean(values) },
      ...percentiles,
      max: values.reduce((a, b) => Math.max(a, b)),
      trend: trend?.direction ?? null,
      trendPerHour: trend?.perHour ?? null,
      tightestShare,
      alerts: alertBps === undefined ? null : values.filter((value) => value > alertBps).length,
      isAlert: alertBps === undefined ? null : last.spreadBps > alertBps,
      ...{ first: first.timestamp, last: last.timestamp, shape: shapeOf(times, values) },
    },
  ]
}
