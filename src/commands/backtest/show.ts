import { BaseCommand } from '../../core/cli/base-command.js'
import { optionalChoiceFlag, switchFlag, textArg, textFlag } from '../../core/cli/flags.js'

export default class BacktestShow extends BaseCommand {
  static override summary = 'Show a stored backtest as the run itself printed it'
  static override examples = ['<%= config.bin %> backtest show 3f2a', '<%= config.bin %> backtest show 3f2a --report run.html']
  static override args = { id: textArg('Id of the run, or how it begins') }
  static override flags = {
    report: textFlag({ description: 'Write its report', helpValue: '<run.html>' }),
    'explain-metrics': switchFlag('Every metric with its definition, its periods and how much went into it'),
    'metrics-as': optionalChoiceFlag(
      ['empyrical', 'quantstats', 'backtesting.py'] as const,
      'The same run in the words of another program',
    ),
  }

  override async run(): Promise<void> {
    const session = await this.begin(BacktestShow)
    const { showRun } = await import('../../core/cli/backtest/show.js')
    await showRun(session, session.args.id, session.flags)
  }
}
