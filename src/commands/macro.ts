import { BaseCommand } from '../core/cli/base-command.js'
import { HISTORY_DEFAULTS } from '../core/cli/config/settings.js'
import { listFlag, numberFlag, switchFlag, textFlag } from '../core/cli/flags.js'

export default class Macro extends BaseCommand {
  static override summary = 'Fetch macro series into the database'
  static override description =
    `From FRED, with a key (FRED_API_KEY) or without one. Every row has available_at, the first moment at which anybody could know it:
by the lag of its publication, or by its vintages. What was published as missing stays missing. The stored days of each series are
written to data/raw/macro/<indicator>.csv too. FRED's terms: this product uses the FRED API but is not endorsed or certified by the
Federal Reserve Bank of St. Louis.

--fill none stores what was published. interpolate puts the days between two observations on a straight line, known when the later
one is; forward repeats the last observation, known when that one is. Together, days between observations are interpolated and
those after the last one are carried forward; no further than 10 days (weekly 21, monthly 92, quarterly 200).`
  static override examples = [
    '<%= config.bin %> macro',
    '<%= config.bin %> macro --indicators VIX,DXY,DGS10,DFF,CPI --days 730 --fill forward,interpolate',
    '<%= config.bin %> macro --indicators CPI,UNRATE --days 3650 --vintages',
  ]
  static override flags = {
    indicators: listFlag({
      description: 'Indicators or ids; VIX, DXY, DGS10, DFF and the configured ones when not given',
      helpValue: '<VIX,DFF>',
    }),
    days: numberFlag({
      description: 'The last so many days; 365 without any of these',
      min: 1,
      exclusive: ['from'],
      helpValue: '<365>',
    }),
    from: textFlag({ description: 'From this day on, ISO', helpValue: '<2026-01-01>' }),
    to: textFlag({ description: 'Up to this day, which is not included', helpValue: '<2026-11-01>' }),
    fill: listFlag({
      description: 'Days without a value: none, forward, interpolate, or both',
      default: ['none'],
      helpValue: '<forward,interpolate>',
    }),
    vintages: switchFlag('Every wording that a value ever had, and since when; needs a key'),
    wait: switchFlag('Wait while another run of this job is at work instead of giving up'),
  }

  protected override readonly defaults = HISTORY_DEFAULTS

  override async run(): Promise<void> {
    const session = await this.begin(Macro)
    const { runMacro } = await import('../core/cli/history/run-macro.js')
    const { days, from, to, indicators, fill, vintages, wait } = session.flags
    await runMacro(session, { days, from, to, indicators, fill, vintages, wait })
  }
}
