import { BaseCommand } from '../core/cli/base-command.js'
import { HISTORY_DEFAULTS } from '../core/cli/config/settings.js'
import { listFlag, numberFlag, switchFlag, textFlag } from '../core/cli/flags.js'

export default class Collect extends BaseCommand {
  static override summary = 'Fetch historical candles into the database'
  static override description =
    `Asks for what is missing of the time, and once more for what was not there: only then it is a hole. A page is stored as soon as it
came, so a run that was stopped or killed costs nothing, and the next one goes on. The last bars that are stored are asked for again,
since exchanges correct them. A bar that is not over is never stored.

auto takes 5m bars up to a day, 1h up to 90 days, 1d beyond. Without a terminal a run that succeeds prints nothing, unless a format is asked for.`
  static override examples = [
    '<%= config.bin %> collect --source binance --coins BTC,ETH --days 30',
    '<%= config.bin %> collect --source bybit --top 5 --interval 1d --from 2025-01-01 --to 2026-01-01',
    "<%= config.bin %> collect --source binance --days 7 --json | jq '.data[] | [.cryptocurrency, .stored, .holes]'",
  ]
  static override flags = {
    days: numberFlag({
      description: 'The last so many days; 7 without any of these',
      min: 0.01,
      exclusive: ['from'],
      helpValue: '<7>',
    }),
    from: textFlag({ description: 'From this time on, ISO', helpValue: '<2026-11-01>' }),
    to: textFlag({ description: 'Up to this time, which is not included', helpValue: '<2026-11-08T12:00Z>' }),
    top: numberFlag({ description: 'The largest so many coins; 3 when none are named', min: 1, max: 250, exclusive: ['coins'] }),
    coins: listFlag({ description: 'CoinGecko ids, tickers, symbols or pairs', helpValue: '<bitcoin,ETH>' }),
    source: textFlag({ description: 'Exchange or provider', default: 'coingecko', helpValue: '<binance>' }),
    interval: textFlag({ description: 'Length of a bar: auto, 5m, 1h, 1d …', default: 'auto', helpValue: '<1h>' }),
    recheck: switchFlag('Ask again for everything, also for what is stored and for known holes'),
    wait: switchFlag('Wait while another run of this job is at work instead of giving up'),
  }

  protected override readonly defaults = HISTORY_DEFAULTS

  override async run(): Promise<void> {
    const session = await this.begin(Collect)
    const { runCollect } = await import('../core/cli/history/run-collect.js')
    const { days, from, to, coins, top = 3, source, interval, recheck, wait } = session.flags
    await runCollect(session, { days, from, to, coins, top, source, interval, recheck, wait })
  }
}
