import { BaseCommand } from '../../core/cli/base-command.js'
import { signalsFlags } from '../../core/cli/signals/flags.js'

export default class Signals extends BaseCommand {
  static override summary = 'Ask the strategies what to hold now, and settle where they disagree'
  static override description =
    `Each enabled strategy is run over the stored bars as mts backtest would: a signal is the decision of that backtest at its newest bar, or
one before whose position still stands. What could not be known at the time is not looked at. Weights, sizes and thresholds: docs/signals.md.

With --watch the rules on order books, trades and opportunities look at the live feed instead, each signal told as it opens, is suspended and closes.

Signals go to the database, to Redis where it is set, and as one file to data/signals, unless --no-store.`
  static override examples = [
    '<%= config.bin %> signals',
    '<%= config.bin %> signals --strategies momentum,mean-reversion --assets BTC,ETH --conflict majority',
    '<%= config.bin %> signals --watch --strategies arbitrage,spread-anomaly --assets BTC',
    "<%= config.bin %> signals --at 2024-08-06 --no-store --json | jq '.data.signals[] | [.asset, .signal, .position_size]'",
  ]
  static override flags = signalsFlags

  protected override readonly runs = this.argv.includes('--watch')

  override async run(): Promise<void> {
    const session = await this.begin(Signals)
    const { checkWatchFlags, watchSignalsOfFeed } = await import('../../core/cli/signals/watch.js')
    checkWatchFlags(session.flags)
    if (session.flags.watch) {
      await watchSignalsOfFeed(session, session.flags)
      return
    }
    const { runSignals } = await import('../../core/cli/signals/run.js')
    await runSignals(session, session.flags)
  }
}
