import { BaseCommand } from '../../core/cli/base-command.js'
import { durationFlag, listFlag, switchFlag } from '../../core/cli/flags.js'
import { DAY_MS } from '../../core/market/time.js'

export default class ArbStats extends BaseCommand {
  static override summary = 'Tell how long stored opportunities lived, what late orders would have caught, and how many never were'
  static override description = 'mts arb scan --watch and --journal store them. Those that are open are not counted.'
  static override examples = [
    '<%= config.bin %> arb stats --since 24h',
    '<%= config.bin %> arb stats --since 30d --routes',
    '<%= config.bin %> arb stats --json | jq .data.captured',
  ]
  static override flags = {
    since: durationFlag({ min: 1, description: 'The last so much time', default: DAY_MS }),
    type: listFlag({ description: 'Only these: spread, basis, funding', helpValue: '<spread,basis>' }),
    routes: switchFlag('By way between two exchanges, the most profitable first, instead of by delay'),
  }

  override async run(): Promise<void> {
    const session = await this.begin(ArbStats)
    const { printArbitrageStatistics } = await import('../../core/cli/arbitrage/print.js')
    const { since, type, routes } = session.flags
    await printArbitrageStatistics(session, { sinceMs: since, types: type }, routes)
  }
}
