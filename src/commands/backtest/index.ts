import { backtestFlags, journalFlags } from '../../core/cli/backtest/flags.js'
import { BaseCommand } from '../../core/cli/base-command.js'
import { optionalChoiceFlag, switchFlag, textFlag } from '../../core/cli/flags.js'

export default class Backtest extends BaseCommand {
  static override summary = 'Run a strategy over stored bars, and tell what it would have made'
  static override description =
    `Orders fill at the next bar's open, with fees, slippage and funding; what was not there (holes, missing funding) is told. The result
is compared with buying and holding, stored, and can be had again by the command in it: equal inputs give equal bytes.

Collect the bars first: mts collect --source binance --coins BTC --days 365. Strategies on order books (spread-arbitrage,
funding-arbitrage, market-structure) run over a recording instead, through the code that runs live, and pay what its books say:
mts stream --record, then --journal data/journal.`
  static override examples = [
    '<%= config.bin %> backtest --strategy buyhold --symbols BTC',
    '<%= config.bin %> backtest --strategy sma-cross --param fast=10 --param slow=50 --symbols BTC,ETH --slippage 5bps --report run.html',
    '<%= config.bin %> backtest --strategy spread-arbitrage --journal data/journal --latency 50ms',
    "<%= config.bin %> backtest --strategy ./mine.mjs --symbols BTC --json | jq '.data.metrics.sharpe'",
  ]
  static override flags = {
    ...backtestFlags,
    ...journalFlags,
    benchmark: textFlag({
      description: 'What to compare with: holding equal parts of what is traded, nothing, or holding another asset',
      default: 'buyhold',
      helpValue: '<buyhold|none|ETH>',
    }),
    report: textFlag({ description: 'Write a report of one file that needs no network', helpValue: '<run.html>' }),
    trades: textFlag({ description: 'Write the closed trades', helpValue: '<trades.csv>' }),
    equity: textFlag({ description: 'Write the equity of every bar', helpValue: '<equity.csv>' }),
    explain: switchFlag('Tell everything that the strategy said, and what came of it or what blocked it'),
    'explain-metrics': switchFlag('Every metric with its definition, its periods and how much went into it'),
    'metrics-as': optionalChoiceFlag(
      ['empyrical', 'quantstats', 'backtesting.py'] as const,
      'The same run in the words of another program',
    ),
    'no-store': switchFlag('Do not keep the result in the database'),
  }

  override async run(): Promise<void> {
    const session = await this.begin(Backtest)
    const { runBacktestCommand } = await import('../../core/cli/backtest/run.js')
    await runBacktestCommand(session, session.flags)
  }
}
