/** A run by the month, and its worst times under water. */
import { drawdownPeriods, drawdowns } from '../../analysis/statistics-drawdown.js'
import { DAY_MS } from '../../market/time.js'
import type { DrawdownRow, MonthReturn } from './document.js'

const MOST_DRAWDOWNS = 10

/** Closes of the steps and values at them; `start` is the value before the first. */
export interface Curve {
  readonly timestamps: Float64Array
  readonly values: Float64Array
  readonly start: number
}

/** Returns by UTC month, oldest first; `firstOpen` is when the run began. A close at midnight belongs to the day before. */
export function monthlyReturns(curve: Curve, benchmark: Curve | undefined, firstOpen: number): MonthReturn[] {
  const { timestamps } = curve
  const lasts = lastsOfMonths(timestamps)
  return lasts.map((last, nth) => {
    const before = lasts[nth - 1]
    const month = monthOf(timestamps[last])
    const [begin, end] = boundsOf(month)
    return {
      month,
      return: growth(curve, before, last),
      benchmark: benchmark === undefined ? null : growth(benchmark, before, last),
      isPartial: (before === undefined && firstOpen > begin) || (timestamps[last] ?? 0) < end,
    }
  })
}

/** From nothing there is no return: after ruin all is 0. */
function growth({ values, start }: Curve, before: number | undefined, last: number): number {
  const from = before === undefined ? start : (values[before] ?? Number.NaN)
  return from > 0 ? (values[last] ?? Number.NaN) / from - 1 : 0
}

/** The deepest times under water, deepest first. */
export function worstDrawdowns({ timestamps, values, start }: Curve, firstOpen: number): DrawdownRow[] {
  const timeAt = (row: number): number => (row < 0 ? firstOpen : (timestamps[row] ?? 0))
  return drawdownPeriods(drawdowns(values, start))
    .sort((a, b) => a.depth - b.depth || a.peak - b.peak)
    .slice(0, MOST_DRAWDOWNS)
    .map(({ peak, trough, recovery, last, depth }) => ({
      depth,
      peakTime: timeAt(peak),
      troughTime: timeAt(trough),
      recoveryTime: recovery === null ? null : timeAt(recovery),
      days: (timeAt(recovery ?? last) - timeAt(peak)) / DAY_MS,
    }))
}

/** Rows of the last close in each month. */
function lastsOfMonths(timestamps: Float64Array): number[] {
  const lasts: number[] = []
  let end = Number.NEGATIVE_INFINITY
  for (let i = 0; i < timestamps.length; i++) {
    const close = timestamps[i] as number
    if (close > end) {
      if (i > 0) lasts.push(i - 1)
      // A name for each bar would take longer than the run.
      end = boundsOf(monthOf(close))[1]
    }
  }
  if (timestamps.length > 0) lasts.push(timestamps.length - 1)
  return lasts
}

function monthOf(close: number | undefined): string {
  return new Date((close ?? 0) - 1).toISOString().slice(0, 7)
}

function boundsOf(month: string): [number, number] {
  const [year = 0, number = 1] = month.split('-').map(Number)
  return [Date.UTC(year, number - 1, 1), Date.UTC(year, number, 1)]
}
