import { BaseCommand } from '../../core/cli/base-command.js'
import { textArg } from '../../core/cli/flags.js'

export default class StrategiesShow extends BaseCommand {
  static override summary = 'Show what a strategy needs and its parameters, with the values that a run would take'
  static override description =
    'Values come from config/strategies/<name>.json below the working directory, else they are the defaults that come with mts.'
  static override examples = ['<%= config.bin %> strategies show sma-cross', '<%= config.bin %> strategies show ./mine.mjs']
  static override args = { name: textArg('Name of a strategy, or a file of your own') }

  override async run(): Promise<void> {
    const session = await this.begin(StrategiesShow)
    const { showStrategy } = await import('../../core/cli/strategies/show.js')
    await showStrategy(session, session.args.name)
  }
}
