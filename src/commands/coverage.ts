import { BaseCommand } from '../core/cli/base-command.js'
import { loadAllExchanges, loadExchanges } from '../core/cli/exchanges.js'
import { durationFlag, listFlag, numberFlag, symbolsFlag, textFlag } from '../core/cli/flags.js'

export default class Coverage extends BaseCommand {
  static override summary = 'Tell what was seen of each channel and what not'
  static override description =
    'Each moment is one of: contiguous (proven by the exchange\'s ids), quiet (alive, nothing was due), unproven (alive, no ids that prove it), gap, resync, stale, unsubscribed. The first three are "seen". With --min, exit 4 when a channel was seen less.'
  static override examples = [
    '<%= config.bin %> coverage --since 24h --min 99.9',
    "<%= config.bin %> coverage --day 2026-11-21 --json | jq '.data.unseen[]'",
  ]
  static override flags = {
    since: durationFlag({
      min: 1,
      description: 'The last so much time; everything stored when neither is given',
      exclusive: ['day'],
    }),
    day: textFlag({ description: 'A day, UTC', helpValue: '<2026-11-21>' }),
    exchanges: listFlag({ description: 'Only these exchanges', helpValue: '<binance,bybit>' }),
    symbols: symbolsFlag,
    channels: listFlag({ description: 'Only these channels', helpValue: '<book,trades>' }),
    min: numberFlag({ description: 'Percent of the time that each channel must have been seen', min: 0, max: 100 }),
  }

  override async run(): Promise<void> {
    const session = await this.begin(Coverage)
    const { flags, config } = session
    const [{ openReader }, { readCoverageReport }, { printCoverage, windowOf }, { checkChannels }] = await Promise.all([
      import('../core/storage/reader.js'),
      import('../core/live/read-coverage.js'),
      import('../core/cli/status/print-coverage.js'),
      import('../core/live/channels.js'),
    ])
    const window = windowOf(flags.since, flags.day, (await session.clock()).now())
    const channels = flags.channels === undefined ? undefined : checkChannels(flags.channels)
    if (flags.exchanges !== undefined) await loadExchanges(flags.exchanges, config)
    const known = new Map((await loadAllExchanges()).map((exchange) => [exchange.id, exchange]))
    const reader = openReader(config.db)
    const { exchanges, symbols = [] } = flags
    const report = readCoverageReport(reader, known, { window, exchanges, symbols, channels })
    reader.close()
    await printCoverage(session, report, { min: flags.min, isJson: flags.json || flags.output === 'json' })
  }
}
