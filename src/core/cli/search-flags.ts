/** Flags of commands that search over parameters. */
import { TARGETS } from '../backtest/optimise/rank.js'
import { choiceFlag, numberFlag } from './flags.js'

export const searchFlags = {
  metric: choiceFlag(TARGETS, 'What the best set is the best in', 'sharpe'),
  method: choiceFlag(['grid', 'random'] as const, 'Every combination, or so many drawn by the seed', 'grid'),
  trials: numberFlag({ description: 'How many sets --method random draws; 100 when not given', min: 1, max: 100_000 }),
  jobs: numberFlag({ description: 'Threads; as many as cores when not given', min: 1, max: 256 }),
}
