import { BaseCommand } from '../../core/cli/base-command.js'
import { signalsFlags } from '../../core/cli/signals-flags.js'

export default class Signals extends BaseCommand {
  static override summary = 'Ask the strategies what to hold now, and settle where they disagree'
  static override description =
    `Each enabled strategy is run over the stored bars as mts backtest would: a signal is the decision of that backtest at its newest bar, or
one before whose position still stands. What could not be known at the time is not looked at. Weights, sizes and thresholds: docs/signals.md.

Signals go to the database, to Redis where it is set, and as one file to data/signals, unless --no-store.`
  static override examples = [
    '<%= config.bin %> signals',
    '<%= config.bin %> signals --strategies momentum,mean-reversion --assets BTC,ETH --conflict majority',
    "<%= config.bin %> signals --at 2024-08-06 --no-store --json | jq '.data.signals[] | [.asset, .signal, .position_size]'",
  ]
  static override flags = signalsFlags

  override async run(): Promise<void> {
    const session = await this.begin(Signals)
    const { runSignals } = await import('../../core/cli/run-signals.js')
    await runSignals(session, session.flags)
  }
}
