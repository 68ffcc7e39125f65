import { firstAtOrAfter } from '../cut.js'
import type { BacktestResult } from '../result.js'

/** The part of a run whose bars close in `from < close <= to`, ms UTC, as a run of its own: its cash is the equity it began with. */
export function sliceResult(result: BacktestResult, from: number, to: number): BacktestResult {
  const { timestamps, equity, held, config } = result
  const first = firstAtOrAfter(timestamps, from + 1)
  const end = firstAtOrAfter(timestamps, to + 1)
  const isInside = (time: number) => time >= from && time < to
  return {
    ...result,
    config: { ...config, cash: first === 0 ? config.cash : (equity[first - 1] ?? config.cash) },
    timestamps: timestamps.subarray(first, end),
    equity: equity.subarray(first, end),
    held: held.subarray(first, end),
    trades: result.trades.filter(({ exitTime }) => isInside(exitTime)),
    fills: result.fills.filter(({ timestamp }) => isInside(timestamp)),
    funding: result.funding.filter(({ timestamp }) => isInside(timestamp)),
    decisions: result.decisions.filter(({ timestamp }) => isInside(timestamp)),
  }
}
