import { BaseCommand } from '../../core/cli/base-command.js'
import { listFlag, numberFlag, optionalChoiceFlag, switchFlag, textArg, textFlag } from '../../core/cli/flags.js'

export default class DbImport extends BaseCommand {
  static override summary = 'Read candles, macro series and funding rates from CSV and JSON files'
  static override description =
    `As people have them: text before the heading or no heading, newest first, seconds and milliseconds, percent, local time, gzip. What a
file is taken for is found out and told; --dry-run shows it with a sample and changes nothing. What stays open is asked for by naming
the flag that says it: nothing is guessed. A row that cannot be used goes to data/quarantine/<file>.csv with line and reason. A second run changes nothing.`
  static override examples = [
    '<%= config.bin %> db import Binance_BTCUSDT_1h.csv --source binance-spot --dry-run',
    '<%= config.bin %> db import prices/*.csv.gz --tz Europe/London --json',
    '<%= config.bin %> db import rates.csv --map timestamp=when,funding_rate=pct% --symbol BTCUSDT --source bybit',
  ]
  // Files of any number: what follows the first one is read by the use case.
  static override strict = false
  static override args = { file: textArg('CSV or JSON files, also with .gz') }
  static override flags = {
    kind: optionalChoiceFlag(['ohlcv', 'macro', 'funding'], 'What the files hold'),
    source: textFlag({ description: 'Whose data it is, as stored', helpValue: '<binance-spot>' }),
    exchange: textFlag({ description: 'The exchange; its market is found out where possible', helpValue: '<binance>' }),
    coin: textFlag({ description: 'CoinGecko id or ticker', helpValue: '<bitcoin>' }),
    symbol: textFlag({ description: 'Instrument', helpValue: '<BTCUSDT>' }),
    interval: textFlag({ description: 'Length of the bars', helpValue: '<1h>' }),
    indicator: textFlag({ description: 'Macro series', helpValue: '<DGS10>' }),
    map: listFlag({ description: 'What columns mean, by name or number', helpValue: '<timestamp=date,close=5>' }),
    tz: textFlag({ description: 'Zone of times that name none', helpValue: '<Europe/London>' }),
    dates: optionalChoiceFlag(['dmy', 'mdy'], 'Whether 03/04/2021 is in April or in March'),
    lag: numberFlag({ description: 'Days after which a macro value is public', min: 0, max: 3660 }),
    'dry-run': switchFlag('Show what is found and decided, change nothing'),
    wait: switchFlag('Wait while another run of this job is at work instead of giving up'),
  }

  override async run(): Promise<void> {
    const session = await this.begin(DbImport)
    const { runImport } = await import('../../core/cli/database/run-import.js')
    await runImport(session, session.words, session.flags)
  }
}
