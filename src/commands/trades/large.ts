import { BaseCommand } from '../../core/cli/base-command.js'
import { listFlag, numberFlag, switchFlag } from '../../core/cli/flags.js'
import { storedFlags } from '../../core/cli/stored/flags.js'

export default class TradesLarge extends BaseCommand {
  static override summary = 'List the stored large trades and liquidations, with their totals'
  static override description =
    'mts stream stores trades from large_trades.<asset> on, and every liquidation. Totals are of everything that fits, also where fewer are listed.'
  static override examples = [
    '<%= config.bin %> trades large --symbol BTC --hours 24 --min-value-usd 200000',
    '<%= config.bin %> trades large --only-liquidations --since 7d',
    "<%= config.bin %> trades large --json | jq '.data | {count, value_usd, liquidations}'",
  ]
  static override flags = {
    ...storedFlags,
    symbols: listFlag({ description: 'Instruments: base assets, symbols or pairs', helpValue: '<BTC,ETH>', aliases: ['symbol'] }),
    'min-value-usd': numberFlag({ description: 'Worth at least this', min: 0 }),
    'only-liquidations': switchFlag('Liquidations alone'),
    limit: numberFlag({ description: 'Newest ones to list', default: 50, min: 0 }),
  }

  override async run(): Promise<void> {
    const session = await this.begin(TradesLarge)
    const { printLargeTrades } = await import('../../core/cli/stored/print.js')
    const { since, hours, exchanges, symbols = [], limit } = session.flags
    const minValueUsd = session.flags['min-value-usd']
    const onlyLiquidations = session.flags['only-liquidations']
    await printLargeTrades(session, { since, hours, exchanges, symbols, minValueUsd, onlyLiquidations, limit })
  }
}
