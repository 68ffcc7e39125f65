import { BaseCommand } from '../core/cli/base-command.js'
import { switchFlag, textArg } from '../core/cli/flags.js'
import { storedFlags } from '../core/cli/stored/flags.js'

export default class Oi extends BaseCommand {
  static override summary = 'Show the stored open interest of an instrument: level, change, trend'
  static override description =
    'Open interest counts each contract once. The change is one of contracts, not of prices. mts stream stores it. SYMBOL is a base asset, a symbol or a pair.'
  static override args = { symbol: textArg('Base asset, symbol or pair') }
  static override examples = [
    '<%= config.bin %> oi BTC --hours 24',
    '<%= config.bin %> oi BTC --history --since 7d',
    "<%= config.bin %> oi BTC --since 7d --json | jq '.data.series[] | [.exchange, .change_percentage, .trend]'",
  ]
  static override flags = {
    ...storedFlags,
    history: switchFlag('Fetch it from the exchanges before: rows of 5 min for a day, else of an hour'),
  }

  override async run(): Promise<void> {
    const session = await this.begin(Oi)
    const { since, hours, exchanges, history } = session.flags
    if (history) {
      const { collectOpenInterestHistory } = await import('../core/cli/history/run-open-interest.js')
      await collectOpenInterestHistory(session, session.args.symbol, { since, hours, exchanges })
      return
    }
    const { printOpenInterest } = await import('../core/cli/stored/print.js')
    await printOpenInterest(session, session.args.symbol, { since, hours, exchanges })
  }
}
