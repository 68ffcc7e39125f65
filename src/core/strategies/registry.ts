/** The strategies that come with mts. */
import { nearest, UsageError } from '../errors.js'
import { buyhold } from './buyhold.js'
import type { Strategy } from './contract.js'
import { meanReversion } from './mean-reversion.js'
import { momentum } from './momentum.js'
import { smaCross } from './sma-cross.js'
import { vixCorrelation } from './vix-correlation.js'
import { volumeSpike } from './volume-spike.js'
import { zscoreReversion } from './zscore-reversion.js'

export const STRATEGIES: readonly Strategy[] = [
  buyhold,
  meanReversion,
  momentum,
  smaCross,
  vixCorrelation,
  volumeSpike,
  zscoreReversion,
]

/** Errors: `USAGE_UNKNOWN_STRATEGY` with the nearest. */
export function strategyNamed(name: string, strategies: readonly Strategy[] = STRATEGIES): Strategy {
  const found = strategies.find((strategy) => strategy.name === name)
  if (found !== undefined) return found
  const names = strategies.map((strategy) => strategy.name)
  const near = nearest(name, names)
  throw new UsageError('USAGE_UNKNOWN_STRATEGY', `There is no strategy ${name}`, {
    suggestions: near.length > 0 ? [`Did you mean ${near.join(', ')}?`] : [`There are ${names.join(', ')}`],
  })
}
