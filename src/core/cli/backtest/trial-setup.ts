import type { TrialSetup } from '../../backtest/optimise/trial.js'
import { DAY_MS } from '../../market/time.js'
import type { BaseSession } from '../base-command.js'
import type { Prepared } from './prepare.js'

const YEAR_DAYS = 365

/** Returns of the report are of days where bars are shorter. */
export function periodsAYear(intervalMs: number): number {
  return (YEAR_DAYS * DAY_MS) / Math.max(DAY_MS, intervalMs)
}

export function trialSetupOf(
  { version }: Pick<BaseSession, 'version'>,
  { data, config, strategy, sets, market }: Prepared,
): TrialSetup {
  const warmup = sets.reduce((most, set) => Math.max(most, strategy.warmup(set)), 0)
  return { data, config, strategy, version, intervalMs: market.intervalMs, warmup }
}
