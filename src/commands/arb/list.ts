import { BaseCommand } from '../../core/cli/base-command.js'
import { durationFlag, listFlag, numberFlag } from '../../core/cli/flags.js'
import { DAY_MS } from '../../core/market/time.js'

export default class ArbList extends BaseCommand {
  static override summary = 'List the opportunities that were stored, newest first'
  static override description = 'mts arb scan --watch and --journal store them. docs/numbers.md tells what every figure means.'
  static override examples = [
    '<%= config.bin %> arb list --since 24h',
    "<%= config.bin %> arb list --json | jq '.data[] | select(.is_feasible) | .potential_profit'",
  ]
  static override flags = {
    since: durationFlag({ min: 1, description: 'The last so much time', default: DAY_MS }),
    type: listFlag({ description: 'Only these: spread, basis, funding', helpValue: '<spread,basis>' }),
    limit: numberFlag({ description: 'Rows at most', default: 100, min: 1 }),
  }

  override async run(): Promise<void> {
    const session = await this.begin(ArbList)
    const { printOpportunities } = await import('../../core/cli/arbitrage/print.js')
    const { since, type, limit } = session.flags
    await printOpportunities(session, { sinceMs: since, types: type, limit })
  }
}
