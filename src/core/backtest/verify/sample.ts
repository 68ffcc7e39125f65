/** A quick look for look-ahead and warm-up, with every backtest. */
import type { Strategy } from '../../strategies/contract.js'
import type { BacktestConfig } from '../config.js'
import { cutMarket } from '../cut.js'
import type { MarketData } from '../data.js'
import type { BacktestResult } from '../result.js'
import { describeCheck } from './describe.js'
import { type Check, verification } from './verify.js'

/** Enough to find what is wrong on every bar, and soon over, however long the run. */
const SAMPLE_STEPS = 20_000
const SAMPLE_POINTS = 4

/** Checks the first 20 000 bars at a few points, in the time of a handful of runs over them. Errors: those of `runBacktest`. */
export function verifySample(config: BacktestConfig, data: MarketData, strategy: Strategy, version: string): Check[] {
  const part = firstSteps(config, data)
  const steps = verification({ config, data: part, strategy, version, points: SAMPLE_POINTS })
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** Nothing where all of them hold. */
export function warningsOfSample(checks: readonly Check[], result: Pick<BacktestResult, 'strategy'>): string[] {
  const failed = checks.filter(({ holds }) => !holds)
  return failed.map((check) => `${result.strategy} ${describeCheck(check)}; mts backtest verify says more`)
}

function firstSteps({ start }: BacktestConfig, data: MarketData): MarketData {
  const [first] = data.traded
  if (first === undefined) return data
  const { timestamp } = first.columns
  const begin =
    start === undefined
      ? 0
      : Math.max(
          0,
          timestamp.findIndex((open) => open >= start),
        )
  const last = timestamp[begin + SAMPLE_STEPS]
  return last === undefined ? data : cutMarket(data, { until: last + first.intervalMs })
}
