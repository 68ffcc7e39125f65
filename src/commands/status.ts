import { BaseCommand } from '../core/cli/base-command.js'
import { coinIds } from '../core/cli/coin-names.js'
import { durationFlag, listFlag, numberFlag } from '../core/cli/flags.js'
import { checkKinds } from '../core/cli/status/flags.js'

export default class Status extends BaseCommand {
  static override summary = 'Tell whether the stored data is fresh and whole, series by series'
  static override description =
    'Stale is what is older than two of its intervals and its usual delay of publication; then the exit code is 4. Holes are counted from the rows: places where bars are missing. Live tables are never stale, unless --live-within is given.'
  static override examples = [
    '<%= config.bin %> status --kinds candles --coins bitcoin',
    '<%= config.bin %> status --json | jq \'.data.coins[] | select(.status == "stale")\'',
    '<%= config.bin %> status --live-within 5m || echo "the stream stands still"',
  ]
  static override flags = {
    kinds: listFlag({ description: 'Only these kinds of data', helpValue: '<candles,macro,live>' }),
    coins: listFlag({ description: 'Only these coins: CoinGecko ids or tickers', helpValue: '<bitcoin,ETH>' }),
    sources: listFlag({ description: 'Only candles of these sources', helpValue: '<binance,coingecko>' }),
    intervals: listFlag({ description: 'Only candles of these intervals', helpValue: '<1h,1d>' }),
    'max-intervals': numberFlag({ description: 'Intervals that a series may be old; setting status.max_intervals', min: 0 }),
    'live-within': durationFlag({ description: 'Live tables must have rows of the last so much time', min: 1000 }),
  }

  override async run(): Promise<void> {
    const session = await this.begin(Status)
    const { flags, config } = session
    const { openReader } = await import('../core/storage/reader.js')
    const { reportDataStatus } = await import('../core/live/data-status.js')
    const { printStatus } = await import('../core/cli/status/print.js')
    const { sources, intervals } = flags
    const isNarrowed = [sources, intervals, flags.coins].some((list) => list !== undefined)
    const kinds = checkKinds(flags.kinds ?? (isNarrowed ? ['candles'] : undefined))
    const now = (await session.clock()).now()
    const reader = openReader(config.db)
    const stored = new Set(reader.candleSpans().map(({ cryptocurrency }) => cryptocurrency))
    const cryptocurrencies = flags.coins && coinIds(flags.coins, stored)
    const facts = {
      candles: kinds.includes('candles') ? reader.candleFacts({ sources, cryptocurrencies, intervals }) : [],
      macro: kinds.includes('macro') ? reader.macroFacts() : [],
      live: kinds.includes('live') ? reader.liveFacts() : [],
    }
    reader.close()
    const maxIntervals = flags['max-intervals'] ?? config.status.maxIntervals
    const report = reportDataStatus(facts, { now, maxIntervals, liveWithin: flags['live-within'] })
    await printStatus(session, report, flags.json || flags.output === 'json')
  }
}
