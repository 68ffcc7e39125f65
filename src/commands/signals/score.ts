import { BaseCommand } from '../../core/cli/base-command.js'
import { listFlag } from '../../core/cli/flags.js'
import { storedSignalsFlags } from '../../core/cli/signals/flags.js'

export default class SignalsScore extends BaseCommand {
  static override summary = 'Tell how the stored signals turned out: hits, returns, and what their confidence was worth'
  static override description =
    `A signal is followed from the open after it was said to the close at each horizon, costs apart. Signals that overlap in time tell the same
story: the interval of the hit rate counts the independent ones only. docs/signals.md has the definitions.`
  static override examples = [
    '<%= config.bin %> signals score',
    "<%= config.bin %> signals score --horizons 1,7,30 --json | jq '.data.strategies[] | [.strategy, .horizons[1].hit_rate]'",
  ]
  static override flags = {
    ...storedSignalsFlags,
    horizons: listFlag({ description: 'Days after which to look; 1,7,30 when not given', helpValue: '<1,7,30>' }),
  }

  override async run(): Promise<void> {
    const session = await this.begin(SignalsScore)
    const { printScore } = await import('../../core/cli/signals/stored.js')
    await printScore(session, { ...session.flags, horizons: session.flags.horizons ?? ['1', '7', '30'] })
  }
}
