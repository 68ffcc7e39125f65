/** Flags of commands that search over parameters. */
import { TARGETS } from '../../backtest/optimise/rank.js'
import { choiceFlag, numberFlag } from '../flags.js'

export const searchFlags = {
  metric: choiceFlag(TARGETS, 'What the best set is the best in', 'sharpe'),
  method: choiceFlag(
    ['grid', 'random', 'bayesian'] as const,
    'Every combination; so many drawn by the seed; or drawn near the best of those tried',
    'grid',
    ['search'],
  ),
  trials: numberFlag({ description: 'How many sets --method random and bayesian try; 100 when not given', min: 1, max: 100_000 }),
  jobs: numberFlag({ description: 'Threads; as many as cores when not given', min: 1, max: 256 }),
}
