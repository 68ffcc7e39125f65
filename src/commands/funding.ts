import { BaseCommand } from '../core/cli/base-command.js'
import { loadExchanges } from '../core/cli/exchanges.js'
import { durationFlag, exchangesFlag, numberFlag, switchFlag, symbolsFlag, textFlag } from '../core/cli/flags.js'
import { checkEventFields } from '../core/cli/stream/event-fields.js'

const WEEK = 604_800_000

export default class Funding extends BaseCommand {
  static override summary = 'Show funding rates: now, compared, as they change, and their history'
  static override description =
    'A rate is the running estimate of what longs pay shorts at the next time; intervals differ and change, so rates are compared per hour only. --history brings the settled rates into the database and tells which are missing.'
  static override examples = [
    '<%= config.bin %> funding --symbols BTC,ETH',
    '<%= config.bin %> funding --history --days 30 && <%= config.bin %> funding --compare',
    "<%= config.bin %> funding --compare --json | jq '.data[] | select(.is_worthwhile)'",
    '<%= config.bin %> funding --watch --duration 1h',
    '<%= config.bin %> funding --since 24h',
  ]
  static override flags = {
    exchanges: exchangesFlag,
    symbols: symbolsFlag,
    history: switchFlag('Fetch settled rates into the database'),
    days: numberFlag({ description: 'With --history or --compare: the last so many days; 30', min: 0.01, exclusive: ['from'] }),
    from: textFlag({ description: 'With --history: from this time on, ISO', helpValue: '<2026-11-01>' }),
    to: textFlag({ description: 'With --history: up to this time, not included', helpValue: '<2026-11-08>' }),
    all: switchFlag('With --history: everything that the exchange has'),
    wait: switchFlag('With --history: wait while another run is at work instead of giving up'),
    compare: switchFlag('Each two exchanges: who receives how much, and when the fees are paid'),
    hold: durationFlag({ description: 'With --compare: time for which the positions are held', default: WEEK, min: 1 }),
    watch: switchFlag('Keep showing and storing it'),
    interval: durationFlag({ description: 'With --watch: at most this often', default: 1000 }),
    duration: durationFlag({ description: 'With --watch: stop by itself after this time', min: 1 }),
    'no-store': switchFlag('With --watch: write nothing to the database'),
    since: durationFlag({ description: 'What is stored of the last so much time', min: 1 }),
  }

  protected override readonly runs = this.argv.includes('--watch')

  override async run(): Promise<void> {
    const session = await this.begin(Funding)
    const { flags, config } = session
    const { checkMode } = await import('../core/cli/modes.js')
    const mode = checkMode(flags, ['history', 'compare', 'watch', 'since'])
    const symbols = flags.symbols ?? config.symbols
    if (mode === 'watch') {
      checkEventFields(flags.fields)
      const { watchFunding } = await import('../core/cli/funding/watch.js')
      const { interval: intervalMs, duration: durationMs } = flags
      const exchanges = await loadExchanges(flags.exchanges, config)
      await watchFunding(session, { exchanges, symbols, intervalMs, durationMs, isStored: !flags['no-store'] })
      return
    }
    const use = await import('../core/cli/funding/run.js')
    if (mode === 'since') {
      await use.printStoredFunding(session, { exchanges: flags.exchanges, symbols: flags.symbols ?? [] }, flags.since ?? 0)
      return
    }
    const request = { exchanges: await loadExchanges(flags.exchanges, config), symbols }
    const { days, from, to } = flags
    if (mode === 'compare') await use.printComparison(session, request, { days, holdMs: flags.hold })
    else if (mode === 'history') {
      await use.collectFundingHistory(session, request, { days, from, to, isAll: flags.all, isWaiting: flags.wait })
    } else await use.printFunding(session, request)
  }
}
