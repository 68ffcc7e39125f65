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

/** What a finished run leaves to resample. */
export function monteCarloInput({ cash, timestamps, equity, trades, intervalMs }: Run): MonteCarloInput {
  const daily = byDay(timestamps, equity, intervalMs)
  const before = (time: number) => equity[firstAtOrAfter(timestamps, time + 1) - 1] ?? cash
  return {
    cash,
    returns: returnsOf(daily.equity, cash),
    periods: daily.periods,
    tradeReturns: Float64Array.from(
      trades.filter(({ entryTime }) => before(entryTime) > 0),
      ({ entryTime, pnl }) => pnl / before(entryTime),
    ),
  }
}
