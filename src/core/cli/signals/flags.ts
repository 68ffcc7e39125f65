/** Flags of `mts signals` and of what looks at stored ones. */
import { CONFLICT_RULES } from '../../signals/contract.js'
import { choiceFlag, durationFlag, exchangesFlag, listFlag, numberFlag, switchFlag, textFlag } from '../flags.js'
import { redisFlags } from '../stream/flags.js'

export const signalsFlags = {
  strategies: listFlag({
    description: 'Names or files; all that are enabled when not given',
    helpValue: '<momentum,./mine.mjs>',
  }),
  assets: listFlag({ description: 'Coins; those of each strategy when not given', helpValue: '<BTC,ETH>' }),
  at: textFlag({ description: 'What would have been said then, by what was known then; ISO', helpValue: '<2026-11-01>' }),
  conflict: choiceFlag(CONFLICT_RULES, 'Who wins where strategies contradict each other', 'weighted'),
  'min-confidence': numberFlag({ description: 'Over what each strategy is set to', min: 0, max: 1 }),
  'max-risk': numberFlag({
    description: 'Most of equity that all positions may take; the strictest strategy decides when not given',
    min: 0,
  }),
  size: numberFlag({ description: 'Share of equity for a strategy that asks for none', min: 0, max: 1, default: 0.02 }),
  source: textFlag({ description: 'Whose bars; chosen as by mts backtest when not given', helpValue: '<binance>' }),
  interval: textFlag({ description: 'Length of a bar, of those stored', helpValue: '<1d>' }),
  watch: switchFlag('Look at the live feed until stopped: rules on books and trades instead of stored bars'),
  exchanges: exchangesFlag,
  duration: durationFlag({ min: 1, description: 'With --watch: stop by itself after this time' }),
  record: switchFlag('With --watch: write every frame to the journal, so that mts replay --signals tells the same'),
  csv: switchFlag('With --watch: write signals as CSV too'),
  redis: redisFlags.redis,
  'no-store': switchFlag('Write no rows, no keys and no file'),
}

export const storedSignalsFlags = {
  since: durationFlag({ min: 1, description: 'Said in the last so much time; all when not given' }),
  strategy: listFlag({ description: 'Only these strategies', helpValue: '<momentum,combined>' }),
  asset: listFlag({ description: 'Only these coins', helpValue: '<BTC,ETH>' }),
}
