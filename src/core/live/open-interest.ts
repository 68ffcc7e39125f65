/** What is stored of open interest, summed up. */
import { mean } from '../analysis/statistics.js'
import { type Trend, trendOf } from '../analysis/trend.js'
import type { OpenInterestRow } from '../storage/rows.js'
import { bySeries } from './stored-rows.js'

/** A line that moves less than this over the time is flat. */
const FLAT_WITHIN = 0.005

export interface OpenInterestSeries {
  readonly exchange: string
  readonly symbol: string
  readonly count: number
  /** Base units, one-sided. */
  readonly openInterest: number
  readonly openInterestUsd: number | null
  /** Last − first, in base units and as a fraction of the first: prices move the value, not these. */
  readonly change: number
  readonly changePercentage: number | null
  readonly average: number
  readonly min: number
  readonly max: number
  readonly trend: Trend['direction'] | null
  readonly trendPerHour: number | null
  readonly first: number
  readonly last: number
  /** Values over equal parts of the time, `null` where there was none. */
  readonly shape: readonly (number | null)[]
}

export interface OpenInterestReport {
  readonly count: number
  /** Newest of every instrument, in USD; `null` where one is not known. */
  readonly totalUsd: number | null
  /** Newest − first of every instrument, in USD at the newest prices; `null` where one is not known. */
  readonly changeUsd: number | null
  readonly exchanges: readonly string[]
  readonly symbols: readonly string[]
  readonly series: readonly OpenInterestSeries[]
}

export function reportOpenInterest(rows: readonly OpenInterestRow[]): OpenInterestReport {
  const series = bySeries(rows).flatMap(seriesOf)
  return {
    count: rows.length,
    totalUsd: sum(series.map(({ openInterestUsd }) => openInterestUsd)),
    changeUsd: sum(series.map((each) => valueOfChange(each))),
    exchanges: [...new Set(series.map(({ exchange }) => exchange))],
    symbols: [...new Set(series.map(({ symbol }) => symbol))],
    series,
  }
}

function seriesOf(rows: readonly OpenInterestRow[]): OpenInterestSeries[] {
  const [first] = rows
  const last = rows.at(-1)
  if (first === undefined || last === undefined) return []
  const values = rows.map(({ openInterest }) => openInterest)
  const times = rows.map(({ timestamp }) => timestamp)
  const trend = trendOf(times, values, FLAT_WITHIN)
  const change = last.openInterest - first.openInterest
  return [
    {
      ...{ exchange: first.exchange, symbol: first.symbol, count: rows.length },
      openInterest: last.openInterest,
      openInterestUsd: last.openInterestUsd,
      change,
      changePercentage: first.openInterest === 0 ? null : (change / first.openInterest) * 100,
      average: mean(values),
      min: values.reduce((a, b) => Math.min(a, b)),
      max: values.reduce((a, b) => Math.max(a, b)),
      trend: trend?.direction ?? null,
      trendPerHour: trend?.perHour ?? null,
      first: first.timestamp,
      last: last.timestamp,
      shape: shapeOf(times, values),
    },
  ]
}

function valueOfChange({ openInterest, openInterestUsd, change }: OpenInterestSeries): number | null {
  return openInterestUsd === null || openInterest === 0 ? null : (change * openInterestUsd) / openInterest
}

function sum(values: readonly (number | null)[]): number | null {
  let total = 0
  for (const value of values) {
    if (value === null) return null
    total += value
  }
  return values.length === 0 ? null : total
}

const PARTS = 24

/** Means over equal parts of the time from the first row to the last. */
export function shapeOf(times: readonly number[], values: readonly number[]): (number | null)[] {
  const first = times[0] ?? 0
  const span = (times.at(-1) ?? 0) - first
  const parts = Math.min(PARTS, times.length)
  const sums = Array.from({ length: parts }, () => ({ total: 0, count: 0 }))
  for (const [i, value] of values.entries()) {
    const at = span === 0 ? 0 : Math.min(parts - 1, Math.floor((((times[i] ?? first) - first) / span) * parts))
    const part = sums[at]
    if (part === undefined) continue
    part.total += value
    part.count += 1
  }
  return sums.map(({ total, count }) => (count === 0 ? null : total / count))
}
