import type { BacktestFlags } from '../../src/core/cli/backtest/flags.js'

/** What `mts backtest` takes when nothing is said, with a seed and cash of its own. */
export const USUAL_FLAGS: Omit<BacktestFlags, 'strategy' | 'symbols'> = {
  param: [],
  start: undefined,
  end: undefined,
  source: undefined,
  interval: undefined,
  cash: 100_000,
  commission: 'exchange',
  slippage: '0',
  fill: 'next-open',
  sizing: undefined,
  'long-only': false,
  leverage: undefined,
  participation: undefined,
  'max-drawdown': undefined,
  'max-exposure': undefined,
  seed: 42,
  strict: false,
}
