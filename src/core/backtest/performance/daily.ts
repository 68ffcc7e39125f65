/** Equity by the day: ratios of intraday returns flatter, so reports are of days wherever bars are shorter. */
import { DAY_MS } from '../../market/time.js'

const YEAR_DAYS = 365

export interface PeriodEquity {
  /** Close of the last bar of each period, ms UTC. */
  readonly timestamps: Float64Array
  readonly equity: Float64Array
  /** Periods a year: 365 for days, crypto never closes. */
  readonly periods: number
}

/** The last equity of each UTC day; bars of a day or longer stay as they are. Days without a bar are left out, not filled. */
export function byDay(timestamps: Float64Array, equity: Float64Array, intervalMs: number): PeriodEquity {
  if (intervalMs >= DAY_MS) return { timestamps, equity, periods: (YEAR_DAYS * DAY_MS) / intervalMs }
  const rows: number[] = []
  let midnight = midnightAfter(timestamps[0])
  for (let i = 1; i < timestamps.length; i++) {
    if ((timestamps[i] as number) <= midnight) continue
    rows.push(i - 1)
    midnight = midnightAfter(timestamps[i])
  }
  if (timestamps.length > 0) rows.push(timestamps.length - 1)
  return {
    timestamps: Float64Array.from(rows, (row) => timestamps[row] ?? 0),
    equity: Float64Array.from(rows, (row) => equity[row] ?? 0),
    periods: YEAR_DAYS,
  }
}

/** A bar that closes at midnight belongs to the day before. */
function midnightAfter(close: number | undefined): number {
  return Math.ceil((close ?? 0) / DAY_MS) * DAY_MS
}

/** Simple returns from one value to the next, one fewer than values; with `start` the first is measured from there. */
export function returnsOf(values: Float64Array, start?: number): Float64Array {
  const first = start === undefined ? 1 : 0
  const returns = new Float64Array(Math.max(0, values.length - first))
  let before = start ?? values[0] ?? Number.NaN
  for (let i = first; i < values.length; i++) {
    const value = values[i] as number
    // From nothing there is no return: after ruin all is 0.
    returns[i - first] = before > 0 ? value / before - 1 : 0
    before = value
  }
  return returns
}
