import { BaseCommand } from '../../core/cli/base-command.js'
import { choiceFlag, listFlag, numberFlag, switchFlag, symbolsFlag, textFlag } from '../../core/cli/flags.js'

export default class DbExport extends BaseCommand {
  static override summary = 'Write rows as CSV, NDJSON or parquet'
  static override description =
    `Rows of the database and of the archive, each once, in the order of time, to stdout or into a file that is whole or not there.
--combined gives candles, each with one column for every macro series: the value that anybody could know when the candle closed.`
  static override examples = [
    '<%= config.bin %> db export --table funding_rates --days 30 > funding.csv',
    '<%= config.bin %> db export --table order_book_samples --symbols BTC --format parquet --out books.parquet',
    '<%= config.bin %> db export --combined --coins bitcoin --days 30',
  ]
  static override flags = {
    table: textFlag({ description: 'Table', helpValue: '<crypto_ohlcv>' }),
    combined: switchFlag('Candles with every macro value known by then'),
    format: choiceFlag(['csv', 'ndjson', 'parquet'], 'Format of the rows', 'csv'),
    days: numberFlag({ description: 'The last so many days', min: 0.01, exclusive: ['from'], helpValue: '<30>' }),
    from: textFlag({ description: 'From this time on, ISO', helpValue: '<2026-11-01>' }),
    to: textFlag({ description: 'Up to this time, which is not included', helpValue: '<2026-11-08T12:00Z>' }),
    exchanges: listFlag({ description: 'Exchanges, or sources of candles', helpValue: '<binance,bybit>' }),
    symbols: symbolsFlag,
    coins: listFlag({ description: 'CoinGecko ids or tickers', helpValue: '<bitcoin,ETH>' }),
    interval: textFlag({ description: 'Only candles of this length', helpValue: '<1h>' }),
    out: textFlag({ description: 'File; stdout when not given', helpValue: '<file>' }),
  }

  override async run(): Promise<void> {
    const session = await this.begin(DbExport)
    const { runExport } = await import('../../core/cli/database/run-export.js')
    const { table, combined, format, days, from, to, exchanges, symbols, coins, interval, out, json, output } = session.flags
    await runExport(session, { table, combined, format, days, from, to, exchanges, symbols, coins, interval, out, json, output })
  }
}
