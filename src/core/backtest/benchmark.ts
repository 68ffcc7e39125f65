/** What holding would have brought: of what was traded, or of another asset over the same time. */
import { buyhold } from '../strategies/buyhold.js'
import type { BacktestConfig } from './config.js'
import type { MarketData } from './data.js'
import { runBacktest } from './engine.js'
import type { BacktestResult } from './result.js'

interface Held {
  readonly config: BacktestConfig
  /** Of the run itself. */
  readonly data: MarketData
  /** Of what is held instead, where it is another asset. */
  readonly other?: MarketData | undefined
  readonly version: string
}

/** Bought on the first bar with the costs of the run, kept, and valued at the run's own steps. Errors: those of `runBacktest`. */
export function runBenchmark({ config, data, other, version }: Held, steps: Float64Array): BacktestResult {
  if (other === undefined) return runBacktest(holding(config, data), data, buyhold, { version })
  return atSteps(runBacktest(holding(withoutBooks(config), other), other, buyhold, { version }), steps)
}

/** Books and spreads are those of what was traded. */
function withoutBooks({ slippageOf: _own, slippage, ...config }: BacktestConfig): BacktestConfig {
  return { ...config, slippage: slippage.kind === 'book-samples' ? { kind: 'bps', bps: slippage.fallbackBps } : slippage }
}

/** Equal parts of every asset, and the same costs. */
function holding({ participation: _none, ...config }: BacktestConfig, { traded }: MarketData): BacktestConfig {
  const sizing = { kind: 'fraction', fraction: 1 / traded.length } as const
  return { ...config, parameters: {}, sizing, margin: { kind: 'cash' }, risk: {}, strict: false }
}

/** Bars of two assets do not close at the same moments: the newest value known at each step, the deposit before the first. */
function atSteps(result: BacktestResult, steps: Float64Array): BacktestResult {
  const { timestamps, equity, config } = result
  let row = -1
  const known = steps.map((step) => {
    while (row + 1 < timestamps.length && (timestamps[row + 1] as number) <= step) row += 1
    return row < 0 ? config.cash : (equity[row] as number)
  })
  return { ...result, timestamps: steps, equity: known }
}
