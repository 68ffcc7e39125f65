import { BaseCommand } from '../../core/cli/base-command.js'
import { numberFlag } from '../../core/cli/flags.js'
import { storedSignalsFlags } from '../../core/cli/signals/flags.js'

export default class SignalsList extends BaseCommand {
  static override summary = 'List the signals that were stored, newest first, with what became of each and why'
  static override description =
    'What all strategies of an asset said together has the strategy "combined". The time is that of the bar it was said on.'
  static override examples = [
    '<%= config.bin %> signals list --since 30d --strategy momentum',
    '<%= config.bin %> signals list --json | jq \'.data[] | select(.fate == "dropped") | [.strategy, .asset, .why]\'',
  ]
  static override flags = { ...storedSignalsFlags, limit: numberFlag({ description: 'Rows at most', default: 100, min: 1 }) }

  override async run(): Promise<void> {
    const session = await this.begin(SignalsList)
    const { listSignals } = await import('../../core/cli/signals/stored.js')
    await listSignals(session, session.flags)
  }
}
