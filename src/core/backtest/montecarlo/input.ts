import { DAY_MS, YEAR_MS } from '../../market/time.js'
import { firstAtOrAfter } from '../cut.js'
import { byDay, returnsOf } from '../performance/daily.js'
import type { Trade } from '../result.js'
import type { MonteCarloInput } from './monte-carlo.js'

interface Run {
  readonly cash: number
  /** Closes, ms UTC, and equity at each. */
  readonly timestamps: Float64Array
  readonly equity: Float64Array
  readonly trades: readonly Pick<Trade, 'entryTime' | 'pnl'>[]
  readonly intervalMs: number
}

/** Fewer days than these make the same few paths again and again. */
const ENOUGH_DAYS = 100

/** What a finished run leaves to resample: the returns of its days, as in the report, and of its bars where the days are few. */
export function monteCarloInput({ cash, timestamps, equity, trades, intervalMs }: Run): MonteCarloInput {
  const daily = byDay(timestamps, equity, intervalMs)
  const isOfBars = intervalMs >= DAY_MS || daily.equity.length < ENOUGH_DAYS
  const before = (time: number) => equity[firstAtOrAfter(timestamps, time + 1) - 1] ?? cash
  return {
    cash,
    returns: returnsOf(isOfBars ? equity : daily.equity, cash),
    unit: isOfBars ? 'bar' : 'day',
    periods: isOfBars ? YEAR_MS / intervalMs : daily.periods,
    tradeReturns: Float64Array.from(
      trades.filter(({ entryTime }) => before(entryTime) > 0),
      ({ entryTime, pnl }) => pnl / before(entryTime),
    ),
  }
}
