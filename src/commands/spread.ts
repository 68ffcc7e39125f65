import { BaseCommand } from '../core/cli/base-command.js'
import { numberFlag, switchFlag, textArg, textFlag } from '../core/cli/flags.js'
import { checkNeeds } from '../core/cli/modes.js'
import { storedFlags } from '../core/cli/stored/flags.js'

export default class Spread extends BaseCommand {
  static override summary = 'Show the stored spreads of an instrument: percentiles, trend, condition, exchange against exchange'
  static override description =
    'In basis points of the mid. The condition says where the newest spread stands among those of the time: normal, wide or stressed. mts stream stores them. SYMBOL is a base asset, a symbol or a pair.'
  static override args = { symbol: textArg('Base asset, symbol or pair') }
  static override examples = [
    '<%= config.bin %> spread BTC --since 24h',
    '<%= config.bin %> spread ETH --since 1h --alert-bps 2 || echo "wide"',
    '<%= config.bin %> spread BTC --compare --journal data/journal',
    "<%= config.bin %> spread BTC --json | jq '.data[] | [.exchange, .p50, .p99, .condition]'",
  ]
  static override flags = {
    ...storedFlags,
    'wide-percentile': numberFlag({ description: 'From this percentile on it is wide', default: 90, min: 0, max: 100 }),
    'stressed-percentile': numberFlag({ description: 'From this percentile on it is stressed', default: 99, min: 0, max: 100 }),
    compare: switchFlag('Exchange against exchange: whose price moves first, and by how much they differ'),
    journal: textFlag({
      description: 'With --compare: every change of a recording instead of stored samples',
      helpValue: '<path>',
    }),
    'alert-bps': numberFlag({ description: 'Exit 4 when a newest spread is wider', min: 0 }),
  }

  override async run(): Promise<void> {
    const session = await this.begin(Spread)
    checkNeeds(session.flags, 'journal', 'compare')
    if (session.flags.compare) {
      const { printLeadLag } = await import('../core/cli/stored/print-lead-lag.js')
      const { since, hours, exchanges, journal } = session.flags
      await printLeadLag(session, { since, hours, exchanges, journal, symbol: session.args.symbol })
      return
    }
    const { printSpreads } = await import('../core/cli/stored/print-spreads.js')
    const { flags, args } = session
    const { since, hours, exchanges } = flags
    await printSpreads(session, {
      ...{ since, hours, exchanges, symbol: args.symbol },
      alertBps: flags['alert-bps'],
      widePercentile: flags['wide-percentile'],
      stressedPercentile: flags['stressed-percentile'],
    })
  }
}
