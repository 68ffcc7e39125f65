import { MtsError, StrategyError } from '../errors.js'
import type { ParameterValues } from '../strategies/parameters.js'

/** Starts a strategy. Throws `StrategyError`: its own, or `BACKTEST_STRATEGY_THREW`. */
export function startStrategy<Run>(
  strategy: { readonly name: string; create(parameters: ParameterValues): Run },
  parameters: ParameterValues,
): Run {
  try {
    return strategy.create(parameters)
  } catch (error) {
    if (error instanceof StrategyError) throw error
    throw new StrategyError('BACKTEST_STRATEGY_THREW', `${strategy.name} failed to start: ${wordsOf(error)}`, { cause: error })
  }
}

/** What a strategy threw while it ran as its fault, with `where`: `on bar 7 of BTC`. Other errors of mts stay what they are. */
export function strategyFault(strategy: string, where: string, error: unknown, parameters: ParameterValues): Error {
  if (error instanceof MtsError && !(error instanceof StrategyError)) return error
  const code = error instanceof StrategyError ? error.code : 'BACKTEST_STRATEGY_THREW'
  const own = error instanceof StrategyError ? error.suggestions : ['--verbose shows where in the strategy it happened']
  const given = Object.entries(parameters).map(([name, value]) => `${name} ${value}`)
  const suggestions = given.length === 0 ? own : [...own, `Its parameters were ${given.join(', ')}`]
  return new StrategyError(code, `${strategy} failed ${where}: ${wordsOf(error)}`, { cause: error, suggestions })
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
