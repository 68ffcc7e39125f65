import { BaseCommand } from '../../core/cli/base-command.js'
import { loadExchanges } from '../../core/cli/exchanges.js'
import { durationFlag, exchangesFlag, listFlag, numberFlag, switchFlag, symbolsFlag, textFlag } from '../../core/cli/flags.js'
import { checkNeeds } from '../../core/cli/modes.js'
import { redisFlags } from '../../core/cli/stream/flags.js'

export default class ArbScan extends BaseCommand {
  static override summary = 'Look for what buying on one exchange and selling on another would bring'
  static override description =
    'Once, as soon as the books can be read; with --watch until stopped; with --journal over a recording. Both books are walked, taker fees are paid, and what a gate refuses is counted. With --type funding it compares what two positions receive with the fees of four fills. docs/numbers.md tells every figure.'
  static override examples = [
    '<%= config.bin %> arb scan --symbols BTC,ETH',
    '<%= config.bin %> arb scan --watch --min-profit-bps 5 --size 10000 --max-age 500ms --max-skew 100ms',
    '<%= config.bin %> arb scan --type funding --symbols BTC,ETH,SOL',
    '<%= config.bin %> arb scan --journal data/journal --cross-kind --json | jq .data.summary',
  ]
  static override flags = {
    exchanges: exchangesFlag,
    symbols: symbolsFlag,
    type: listFlag({ description: 'What to look for: spread, funding', default: ['spread'], helpValue: '<spread,funding>' }),
    'min-profit-bps': numberFlag({ description: 'Net profit over the notional of a leg; 5', min: 0 }),
    size: numberFlag({ description: 'Largest notional of the bought leg; 10000', min: 1 }),
    'max-age': durationFlag({ description: 'Oldest book; 500ms', min: 1 }),
    'max-skew': durationFlag({ description: 'Longest time between the two books; 100ms', min: 1 }),
    'max-deviation-bps': numberFlag({ description: 'Furthest mid from the median of the exchanges; 200', min: 0 }),
    latency: durationFlag({ description: 'Time that an order takes; 50ms' }),
    hold: durationFlag({ description: 'Of funding: time for which both positions are held; 7d', min: 1 }),
    'cross-kind': switchFlag('Spot against perpetuals too: basis'),
    'cross-quote': switchFlag('USD, USDT and USDC against each other too, by the book of the conversion'),
    fees: listFlag({ description: 'Taker fees in bps, instead of the base tier', helpValue: '<binance=4,bybit=5.5>' }),
    watch: switchFlag('Keep looking'),
    duration: durationFlag({
      min: 1,
      description: 'With --watch: stop by itself after this time; else: wait so long for the books',
    }),
    journal: textFlag({ description: 'Scan a recording', helpValue: '<path>', exclusive: ['watch', 'duration', 'sandbox'] }),
    record: switchFlag('With --watch: write every frame to the journal, so that arb explain can show both books'),
    csv: switchFlag('With --watch or --journal: write what is over as CSV too'),
    'no-store': switchFlag('Write nothing to the database'),
    redis: redisFlags.redis,
  }

  protected override readonly runs = this.argv.includes('--watch')

  override async run(): Promise<void> {
    const session = await this.begin(ArbScan)
    const { flags, config } = session
    checkNeeds(flags, 'record', 'watch')
    const [{ runScan }, { arbitrageOptions }, { redisSettings, sinkSettings }] = await Promise.all([
      import('../../core/cli/arbitrage/run-scan.js'),
      import('../../core/cli/arbitrage/options.js'),
      import('../../core/cli/stream/options.js'),
    ])
    await runScan(session, {
      exchanges: await loadExchanges(flags.exchanges, config),
      symbols: flags.symbols,
      scan: arbitrageOptions(config, flags),
      durationMs: flags.duration,
      isWatch: flags.watch,
      isRecorded: flags.record,
      journal: flags.journal,
      fields: flags.fields,
      sinks: sinkSettings(config, { ...flags, 'store-interval': 1_000 }, session.version),
      redis: redisSettings(config, flags),
    })
  }
}
