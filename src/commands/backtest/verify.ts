import { backtestFlags, journalFlags } from '../../core/cli/backtest/flags.js'
import { BaseCommand } from '../../core/cli/base-command.js'
import { textFlag } from '../../core/cli/flags.js'

export default class BacktestVerify extends BaseCommand {
  static override summary = 'Prove that a strategy decides by what it could know'
  static override description =
    `Runs the strategy again with less and compares every decision. repeat: the same data once more. truncation: data cut after some bars; a
decision up to there that changes has seen the future. warm-up: begun later, once with just the warm-up before it and once with all of the past;
the two have to agree. The file of a strategy of your own is also read for what it takes from elsewhere, since no run shows that.

With --journal a strategy on order books is replayed: the whole recording again, and up to some moments.

The first bar, field and both values are named; exit 4 when something does not hold.`
  static override examples = [
    '<%= config.bin %> backtest verify --strategy ./mine.mjs --symbols BTC',
    '<%= config.bin %> backtest verify --strategy sma-cross --points all',
    '<%= config.bin %> backtest verify --strategy spread-arbitrage --journal data/journal --points 4',
    "<%= config.bin %> backtest verify --strategy ./mine.mjs --json | jq '.data.checks[] | select(.holds | not)'",
  ]
  static override flags = {
    ...backtestFlags,
    ...journalFlags,
    points: textFlag({ description: 'At how many places to cut; all is after every bar', default: '24', helpValue: '<24|all>' }),
  }

  override async run(): Promise<void> {
    const session = await this.begin(BacktestVerify)
    const { runVerify } = await import('../../core/cli/backtest/run-verify.js')
    await runVerify(session, session.flags)
  }
}
