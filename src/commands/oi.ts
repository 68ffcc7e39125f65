import { BaseCommand } from '../core/cli/base-command.js'
import { textArg } from '../core/cli/flags.js'
import { storedFlags } from '../core/cli/stored-flags.js'

export default class Oi extends BaseCommand {
  static override summary = 'Show the stored open interest of an instrument: level, change, trend'
  static override description =
    'Open interest counts each contract once. The change is one of contracts, not of prices. mts stream stores it. SYMBOL is a base asset, a symbol or a pair.'
  static override args = { symbol: textArg('Base asset, symbol or pair') }
  static override examples = [
    '<%= config.bin %> oi BTC --hours 24',
    "<%= config.bin %> oi BTC --since 7d --json | jq '.data.series[] | [.exchange, .change_percentage, .trend]'",
  ]
  static override flags = storedFlags

  override async run(): Promise<void> {
    const session = await this.begin(Oi)
    const { printOpenInterest } = await import('../core/cli/print-stored.js')
    const { since, hours, exchanges } = session.flags
    await printOpenInterest(session, session.args.symbol, { since, hours, exchanges })
  }
}
