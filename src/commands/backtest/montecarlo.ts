import { backtestFlags } from '../../core/cli/backtest/flags.js'
import { BaseCommand } from '../../core/cli/base-command.js'
import { numberFlag, optionalTextArg } from '../../core/cli/flags.js'

export default class BacktestMontecarlo extends BaseCommand {
  static override summary = 'Show what else could have come of the same returns and trades'
  static override description =
    `Resamples a stored run, or one that is made now by the flags of backtest. Returns by the stationary bootstrap (Politis and Romano): blocks of
random length, so that runs of good and bad days stay together; their mean length follows from the memory of the returns unless --block says it.
Trades one by one, compounded. Told are bands of final equity, draw-down and Sharpe ratio, and the probability of a loss and of a draw-down.

It says how much the order of things mattered, and nothing of what never happened in the time that was tested.`
  static override examples = [
    '<%= config.bin %> backtest montecarlo 3f2a',
    '<%= config.bin %> backtest montecarlo --strategy sma-cross --symbols BTC --param fast=20 --param slow=100 --drawdown 0.3',
    "<%= config.bin %> backtest montecarlo 3f2a --json | jq '.data.methods[].probability_of_loss'",
  ]
  static override args = { id: optionalTextArg('Beginning of the id of a stored run (mts backtest list)') }
  static override flags = {
    ...backtestFlags,
    paths: numberFlag({ description: 'Paths to draw', min: 100, max: 1_000_000, default: 10_000 }),
    block: numberFlag({ description: 'Mean length of a block, in days or longer bars', min: 1 }),
    drawdown: numberFlag({
      description: 'Draw-down of which the probability is told, as a fraction',
      min: 0.001,
      max: 1,
      default: 0.2,
    }),
  }

  override async run(): Promise<void> {
    const session = await this.begin(BacktestMontecarlo)
    const { runMonteCarlo } = await import('../../core/cli/backtest/run-montecarlo.js')
    await runMonteCarlo(session, session.args.id, session.flags)
  }
}
