import { BaseCommand } from '../core/cli/base-command.js'
import { loadExchanges } from '../core/cli/exchanges.js'
import { durationFlag, numberFlag, switchFlag } from '../core/cli/flags.js'
import { checkEventFields } from '../core/cli/stream/event-fields.js'
import { redisFlags, streamFlags } from '../core/cli/stream/flags.js'

export default class Stream extends BaseCommand {
  static override summary = 'Stream live market data until stopped'
  static override description =
    'A live table at a terminal, one JSON object a line in a pipe. Books are shown only while every update joined the one before by the exchange’s own ids; what was lost is told as `gap`.'
  static override examples = [
    '<%= config.bin %> stream --exchanges binance,bybit --symbols BTC,ETH',
    '<%= config.bin %> stream --channels book --depth 5 | jq -c \'select(.type == "spread") | [.exchange, .symbol, .spread_bps]\'',
    '<%= config.bin %> stream --signals | jq -c \'select(.type == "signal" and .state == "opened")\'',
    '<%= config.bin %> stream --record --duration 15m --no-store',
    '<%= config.bin %> stream --redundancy 2 --exchanges binance --symbols BTC',
    '<%= config.bin %> stream --redis --no-store & <%= config.bin %> stream --from-redis --channels book',
    '<%= config.bin %> stream --sandbox --dry-run',
  ]
  static override flags = {
    ...streamFlags,
    duration: durationFlag({ min: 1, description: 'Stop by itself after this time' }),
    record: switchFlag('Write every frame and answer to the journal'),
    'monitor-only': switchFlag('Figures of each channel instead of market data'),
    'funding-only': switchFlag('Only funding rates'),
    redundancy: numberFlag({ description: 'Connections for each topic; with 2, either may fail', default: 1, min: 1, max: 2 }),
    ...redisFlags,
    'dry-run': switchFlag('Show the plan: connections, messages, snapshots, time to the first books'),
  }

  protected override readonly runs = !this.argv.includes('--dry-run')

  override async run(): Promise<void> {
    const session = await this.begin(Stream)
    const { flags, config } = session
    if (flags['from-redis']) {
      checkEventFields(flags.fields)
      const { runFollow } = await import('../core/cli/stream/run-follow.js')
      await runFollow(session, flags)
      return
    }
    const [
      { prepareStream },
      { checkChannels, DEFAULT_CHANNELS },
      { arbitrageOptions },
      { feedSignalOptions },
      { redisSettings, sinkSettings, streamSettings },
    ] = await Promise.all([
      import('../core/live/stream.js'),
      import('../core/live/channels.js'),
      import('../core/cli/arbitrage/options.js'),
      import('../core/cli/signals/live.js'),
      import('../core/cli/stream/options.js'),
    ])
    if (!flags['dry-run']) checkEventFields(flags.fields)
    const wanted = flags['funding-only'] ? ['funding'] : (flags.channels ?? DEFAULT_CHANNELS)
    const channels = checkChannels(wanted, flags.signals)
    const exchanges = await loadExchanges(flags.exchanges, config)
    const stream = await prepareStream(await session.world(), {
      ...streamSettings(config),
      exchanges,
      channels,
      symbols: flags.symbols ?? config.symbols,
      depth: flags.depth,
      intervalMs: flags.interval,
      durationMs: flags.duration,
      isRecorded: flags.record && !flags['dry-run'],
      redundancy: flags.redundancy,
      sinks: sinkSettings(config, flags, session.version),
      redis: redisSettings(config, flags),
      opportunities: arbitrageOptions(config),
      signals: channels.includes('signals') ? await feedSignalOptions(session, { isSimulated: flags.sandbox }) : undefined,
    })
    if (flags['dry-run']) {
      const { printPlan } = await import('../core/cli/stream/plan-table.js')
      await printPlan(session, stream)
      return
    }
    const { runStream } = await import('../core/cli/stream/run.js')
    await runStream(session, stream, { isMonitor: flags['monitor-only'], hasStats: flags.stats })
  }
}
