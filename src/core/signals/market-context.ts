/** What the market was like when signals were made: numbers for people and filters, no part of the decisions. */
import { correlationOf } from '../analysis/statistics-rolling.js'

export interface DailyCloses {
  /** Open of each day, ms UTC, oldest first. */
  readonly timestamp: Float64Array
  readonly close: Float64Array
}

/** As known at the moment that is asked about, oldest day first; `date` is its first ms UTC. */
export interface DailyValues {
  readonly date: readonly number[]
  readonly value: readonly number[]
}

const PAIRS = 30

/**
 * Pearson's correlation of the last 30 daily log returns of an asset and changes of a series, both from one day to the next that both
 * have (trading days first, then returns, so that a Monday's return holds the weekend). NaN with fewer pairs, or without movement.
 */
export function correlationOfChanges(asset: DailyCloses, series: DailyValues): number {
  const closes = new Map([...asset.timestamp].map((day, i) => [day, asset.close[i] ?? Number.NaN]))
  const common = series.date.flatMap((day, i) => {
    const close = closes.get(day)
    return close === undefined ? [] : [{ close, value: series.value[i] ?? Number.NaN }]
  })
  const last = common.slice(-PAIRS - 1)
  if (last.length <= PAIRS) return Number.NaN
  const pairs = last.slice(1).map((each, i) => {
    const before = last[i] ?? each
    return { move: Math.log(each.close / before.close), change: each.value - before.value }
  })
  return correlationOf(
    pairs.map(({ move }) => move),
    pairs.map(({ change }) => change),
  )
}
