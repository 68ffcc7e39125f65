import { Flags } from '@oclif/core'
import { durationFlag, exchangesFlag, listFlag, numberFlag, switchFlag, symbolsFlag } from '../flags.js'

/** What a stream and a replay show and keep. */
export const streamFlags = {
  exchanges: exchangesFlag,
  symbols: symbolsFlag,
  channels: listFlag({
    description:
      'book, trades, ticker, candles, funding, open-interest, liquidations, large-trades, structure, opportunities, signals',
  }),
  signals: switchFlag('Signals of the enabled strategies on books, trades and opportunities among the lines'),
  depth: numberFlag({ description: 'Levels a side', default: 10, min: 1, max: 1000 }),
  interval: durationFlag({ description: 'Newest state of each book at most this often; 0: every change', default: 1000 }),
  'store-interval': durationFlag({ description: 'Sample stored this often', default: 1000 }),
  csv: switchFlag('Write derived rows as CSV too'),
  'no-store': switchFlag('Write nothing to the database'),
  stats: switchFlag('Figures of each channel on stderr at the end'),
}

/** A follower has nothing of its own to keep: it prints what a collector found. */
const NOT_A_FOLLOWERS = ['redis', 'record', 'csv', 'monitor-only', 'dry-run']

export const redisFlags = {
  redis: Flags.boolean({
    description: 'Publish to Redis; as soon as REDIS_URL is set, unless the market is simulated',
    allowNo: true,
  }),
  'from-redis': Flags.boolean({
    description: 'Print what another run publishes to Redis instead of asking the exchanges',
    default: false,
    exclusive: NOT_A_FOLLOWERS,
  }),
}
