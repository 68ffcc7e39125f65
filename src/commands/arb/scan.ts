import { BaseCommand } from '../../core/cli/base-command.js'
import { loadExchanges } from '../../core/cli/exchanges.js'
import { durationFlag, exchangesFlag, listFlag, numberFlag, switchFlag, symbolsFlag, textFlag } from '../../core/cli/flags.js'

export default class ArbScan extends BaseCommand {
  static override summary = 'Look for what buying on one exchange and selling on another would bring'
  static override description =
    'Once, as soon as the books can be read; with --watch until stopped; with --journal over a recording. Both books are walked, taker fees are paid, and what a gate refuses is counted. docs/numbers.md tells every figure.'
  static override examples = [
    '<%= config.bin %> arb scan --symbols BTC,ETH',
    '<%= config.bin %> arb scan --watch --min-profit-bps 5 --size 10000 --max-age 500ms --max-skew 100ms',
    '<%= config.bin %> arb scan --journal data/journal --cross-kind --json | jq .data.summary',
  ]
  static override flags = {
    exchanges: exchangesFlag,
    symbols: symbolsFlag,
    'min-profit-bps': numberFlag({ description: 'Net profit over the bought notional', default: 5, min: 0 }),
    size: numberFlag({ description: 'Largest notional of the bought leg', default: 10_000, min: 1 }),
    'max-age': durationFlag({ description: 'Oldest book', default: 500, min: 1 }),
    'max-skew': durationFlag({ description: 'Longest time between the two books', default: 100, min: 1 }),
    'max-deviation-bps': numberFlag({ description: 'Furthest mid from the median of the exchanges', default: 200, min: 0 }),
    latency: durationFlag({ description: 'Time that an order takes', default: 50 }),
    'cross-kind': switchFlag('Spot against perpetuals too: basis'),
    'cross-quote': switchFlag('USD, USDT and USDC against each other too, by the book of the conversion'),
    fees: listFlag({ description: 'Taker fees in bps, instead of the base tier', helpValue: '<binance=4,bybit=5.5>' }),
    watch: switchFlag('Keep looking'),
    duration: durationFlag({
      min: 1,
      description: 'With --watch: stop by itself after this time; else: wait so long for the books',
    }),
    'no-store': switchFlag('Write nothing to the database'),
    journal: textFlag({ description: 'Scan a recording', helpValue: '<path>', exclusive: ['watch', 'duration', 'sandbox'] }),
  }

  protected override readonly runs = this.argv.includes('--watch')

  override async run(): Promise<void> {
    const session = await this.begin(ArbScan)
    const { flags, config } = session
    const { runScan } = await import('../../core/cli/run-arb-scan.js')
    const exchanges = await loadExchanges(flags.exchanges, config)
    const settings = {
      minProfitBps: flags['min-profit-bps'],
      maxNotional: flags.size,
      maxAgeMs: flags['max-age'],
      maxSkewMs: flags['max-skew'],
      maxDeviationBps: flags['max-deviation-bps'],
      latencyMs: flags.latency,
      isCrossKind: flags['cross-kind'],
      isCrossQuote: flags['cross-quote'],
    }
    const { symbols, duration, watch, journal, fees, fields } = flags
    const isStored = !flags['no-store']
    await runScan(session, { exchanges, symbols, settings, fees, durationMs: duration, isWatch: watch, journal, fields, isStored })
  }
}
