import { BaseCommand } from '../../core/cli/base-command.js'
import { numberFlag } from '../../core/cli/flags.js'

export default class BacktestList extends BaseCommand {
  static override summary = 'List stored backtests, newest first'
  static override examples = ['<%= config.bin %> backtest list', "<%= config.bin %> backtest list --json | jq -r '.data[0].id'"]
  static override flags = { limit: numberFlag({ description: 'Runs to list', min: 1, max: 100_000, default: 20 }) }

  override async run(): Promise<void> {
    const session = await this.begin(BacktestList)
    const { listRuns } = await import('../../core/cli/backtest/show.js')
    await listRuns(session, session.flags.limit)
  }
}
