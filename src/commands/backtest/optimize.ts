import { backtestFlags } from '../../core/cli/backtest/flags.js'
import { searchFlags } from '../../core/cli/backtest/search-flags.js'
import { BaseCommand } from '../../core/cli/base-command.js'
import { numberFlag } from '../../core/cli/flags.js'

export default class BacktestOptimize extends BaseCommand {
  static override summary = 'Search the parameters of a strategy, and say how much of the best is luck'
  static override description =
    `A --param with several values is searched over: fast=5:50:5 is a range with its end, fast=5,10,20 a list. Sets that break a rule of the
strategy (fast has to be smaller than slow) are skipped and counted. Every trial is on disk in data/trials/ as soon as it has run: stopped or
killed, the same command goes on, and no trial runs twice. --method bayesian draws later sets where the good ones lie (a tree-structured Parzen
estimator), which finds as good a set with fewer trials; those count against luck like all others.

The winner comes with the number of trials that it is the best of, the deflated Sharpe ratio, the probability of overfitting (CSCV) and the
results of its neighbours.`
  static override examples = [
    '<%= config.bin %> backtest optimize --strategy sma-cross --param fast=5:50:5 --param slow=20:200:20',
    '<%= config.bin %> backtest optimize --strategy ./mine.mjs --param fall=0.01:0.1 --method random --trials 500 --metric calmar',
    '<%= config.bin %> backtest optimize --strategy sma-cross --param fast=2:50 --param slow=51:250 --method bayesian --trials 60',
    "<%= config.bin %> backtest optimize --strategy sma-cross --param fast=5:50:5 --json | jq '.data.winner, .data.luck'",
  ]
  static override flags = {
    ...backtestFlags,
    ...searchFlags,
    top: numberFlag({ description: 'Rows of the table; JSON has all', min: 1, default: 20 }),
  }

  override async run(): Promise<void> {
    const session = await this.begin(BacktestOptimize)
    const { runOptimize } = await import('../../core/cli/backtest/run-optimize.js')
    await runOptimize(session, session.flags)
  }
}
