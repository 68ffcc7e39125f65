import { backtestFlags } from '../../core/cli/backtest/flags.js'
import { searchFlags } from '../../core/cli/backtest/search-flags.js'
import { BaseCommand } from '../../core/cli/base-command.js'
import { durationFlag, switchFlag, textFlag } from '../../core/cli/flags.js'
import { DAY_MS } from '../../core/market/time.js'

export default class BacktestWalkforward extends BaseCommand {
  static override summary = 'Choose parameters on the past, use them on what came after, again and again'
  static override description =
    `In each window the best set of the training is used in the test that follows. The tests are one run of one account: a position stays open
when the parameters change, as it would live. Told are each window in sample and out of sample, how much of the one is left in the other, and
how often the choice changed. Trials are kept as those of optimize: a run that was stopped goes on.`
  static override examples = [
    '<%= config.bin %> backtest walkforward --strategy sma-cross --param fast=5:50:5 --param slow=20:200:20 --train 365d --test 90d',
    "<%= config.bin %> backtest walkforward --strategy sma-cross --param fast=5:50:5 --anchored --json | jq '.data.windows[]'",
  ]
  static override flags = {
    ...backtestFlags,
    ...searchFlags,
    train: durationFlag({ description: 'Length of a training', min: 60_000, default: 365 * DAY_MS, helpValue: '<365d>' }),
    test: durationFlag({ description: 'Length of the test that follows', min: 60_000, default: 90 * DAY_MS, helpValue: '<90d>' }),
    report: textFlag({ description: 'Write a report of one file that needs no network', helpValue: '<walk.html>' }),
    anchored: switchFlag('Every training begins at the start, and grows'),
  }

  override async run(): Promise<void> {
    const session = await this.begin(BacktestWalkforward)
    const { runWalkForward } = await import('../../core/cli/backtest/run-walkforward.js')
    await runWalkForward(session, session.flags)
  }
}
