/** The report of backtesting.py 0.6.6: percentages where the name says [%], durations in days. */
import { covariance, deviation, mean } from '../../analysis/statistics.js'
import { DAY_MS } from '../../market/time.js'
import type { BacktestResult, Trade } from '../result.js'
import { byDay, returnsOf } from './daily.js'
import { numberOf } from './metric.js'
import { kelly, systemQuality, winRate } from './trades.js'

/** `closes` is the first asset's close on each step of the run. */
export function backtestingPy(result: BacktestResult, closes: Float64Array, intervalMs: number): Record<string, number> {
  const { equity, timestamps, trades } = result
  const { equity: days, periods } = byDay(timestamps, equity, intervalMs)
  const returns = returnsOf(days)
  const end = equity.at(-1) ?? Number.NaN
  const total = (end / (equity[0] ?? Number.NaN) - 1) * 100
  const hold = ((closes.at(-1) ?? Number.NaN) / (closes[0] ?? Number.NaN) - 1) * 100
  const growth = geometricMean(returns)
  const annual = ((1 + growth) ** periods - 1) * 100
  const spread = (deviation(returns, 1) ** 2 + (1 + growth) ** 2) ** periods - (1 + growth) ** (2 * periods)
  const span = ((timestamps.at(-1) ?? 0) - (timestamps[0] ?? 0)) / DAY_MS
  const depths = depthsOf(equity, timestamps)
  const beta = slopeOfLogs(equity, closes)
  return {
    Duration: span,
    'Exposure Time [%]': exposureOf(trades, equity.length),
    'Equity Final [$]': end,
    'Equity Peak [$]': equity.reduce((peak, value) => Math.max(peak, value), Number.NEGATIVE_INFINITY),
    'Commissions [$]': trades.reduce((sum, { fees }) => sum + fees, 0),
    'Return [%]': total,
    'Buy & Hold Return [%]': hold,
    'Return (Ann.) [%]': annual,
    'Volatility (Ann.) [%]': Math.sqrt(spread) * 100,
    'CAGR [%]': ((end / (equity[0] ?? Number.NaN)) ** (365.25 / span) - 1) * 100,
    'Sharpe Ratio': annual / (Math.sqrt(spread) * 100),
    'Sortino Ratio': annual / 100 / (Math.sqrt(mean(returns.map((r) => Math.min(r, 0) ** 2))) * Math.sqrt(periods)),
    'Calmar Ratio': annual / Math.abs(depths['Max. Drawdown [%]'] ?? Number.NaN),
    'Alpha [%]': total - beta * hold,
    Beta: beta,
    ...depths,
    ...tradeFigures(trades),
  }
}

function tradeFigures(trades: readonly Trade[]): Record<string, number> {
  const returns = Float64Array.from(trades, (trade) => trade.return)
  const spans = trades.map(({ entryTime, exitTime }) => (exitTime - entryTime) / DAY_MS)
  const won = returns.filter((r) => r > 0)
  const lost = returns.filter((r) => r < 0)
  return {
    '# Trades': trades.length,
    'Win Rate [%]': numberOf(winRate(trades)) * 100,
    'Best Trade [%]': greatest(returns) * 100,
    'Worst Trade [%]': -greatest(returns.map((r) => -r)) * 100,
    'Avg. Trade [%]': geometricMean(returns) * 100,
    'Max. Trade Duration': Math.ceil(greatest(spans)),
    'Avg. Trade Duration': Math.ceil(mean(spans)),
    'Profit Factor': (mean(won) * won.length) / Math.abs(mean(lost) * lost.length),
    'Expectancy [%]': mean(returns) * 100,
    SQN: numberOf(systemQuality(trades)),
    'Kelly Criterion': numberOf(kelly(trades)),
  }
}

/** From one bar at a peak to the next, or to the last bar. */
function depthsOf(equity: Float64Array, timestamps: Float64Array): Record<string, number> {
  let peak = Number.NEGATIVE_INFINITY
  let top = 0
  let deepest = 0
  const depths: number[] = []
  const spans: number[] = []
  for (const [i, value] of equity.entries()) {
    deepest = Math.min(deepest, value / peak - 1)
    const isEnd = i === equity.length - 1
    if (value < peak && !isEnd) continue
    if (i > top + 1) {
      depths.push(deepest)
      spans.push(((timestamps[i] ?? 0) - (timestamps[top] ?? 0)) / DAY_MS)
    }
    peak = Math.max(peak, value)
    top = i
    deepest = 0
  }
  return {
    'Max. Drawdown [%]': -greatest(depths.map((depth) => -depth)) * 100,
    'Avg. Drawdown [%]': mean(depths) * 100,
    'Max. Drawdown Duration': Math.ceil(greatest(spans)),
    'Avg. Drawdown Duration': Math.ceil(mean(spans)),
  }
}

function greatest(values: Iterable<number>): number {
  let best = Number.NaN
  for (const value of values) if (!(value <= best)) best = value
  return best
}

function exposureOf(trades: readonly Trade[], bars: number): number {
  const held = new Uint8Array(bars)
  for (const { entryBar, exitBar } of trades) held.fill(1, entryBar, exitBar + 1)
  return (held.reduce((sum, value) => sum + value, 0) / bars) * 100
}

function geometricMean(returns: Float64Array): number {
  if (returns.some((r) => r <= -1)) return 0
  return Math.exp(mean(returns.map((r) => Math.log1p(r)))) - 1
}

function slopeOfLogs(equity: Float64Array, closes: Float64Array): number {
  const other = logReturns(closes)
  return covariance(logReturns(equity), other) / covariance(other, other)
}

function logReturns(values: Float64Array): Float64Array {
  const returns = returnsOf(values)
  for (let i = 0; i < returns.length; i++) returns[i] = Math.log1p(returns[i] as number)
  return returns
}
