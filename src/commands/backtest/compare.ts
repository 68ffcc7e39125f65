import { BaseCommand } from '../../core/cli/base-command.js'
import { textArg, textFlag } from '../../core/cli/flags.js'

export default class BacktestCompare extends BaseCommand {
  static override summary = 'Put stored backtests beside each other'
  static override examples = [
    '<%= config.bin %> backtest compare 3f2a 91bc',
    '<%= config.bin %> backtest compare 3f2a 91bc --report both.html',
  ]
  // Ids of any number: what follows the first one is read by the use case.
  static override strict = false
  static override args = { id: textArg('Ids of two runs or more, or how they begin') }
  static override flags = { report: textFlag({ description: 'Put them on one page', helpValue: '<both.html>' }) }

  override async run(): Promise<void> {
    const session = await this.begin(BacktestCompare)
    const { compareRuns } = await import('../../core/cli/backtest/show.js')
    await compareRuns(session, session.words, session.flags.report)
  }
}
