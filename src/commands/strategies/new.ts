import { BaseCommand } from '../../core/cli/base-command.js'
import { switchFlag, textArg } from '../../core/cli/flags.js'

export default class StrategiesNew extends BaseCommand {
  static override summary = 'Write a strategy of your own to begin with: it runs at once'
  static override examples = [
    '<%= config.bin %> strategies new dip && <%= config.bin %> backtest --strategy ./dip.mjs --symbols BTC',
    '<%= config.bin %> strategies new strategies/dip && <%= config.bin %> backtest --strategy dip --symbols BTC',
  ]
  static override args = { name: textArg('Its name; the file is NAME.mjs, in strategies/ it is found by its name') }
  static override flags = { force: switchFlag('Write over a file that is there') }

  override async run(): Promise<void> {
    const session = await this.begin(StrategiesNew)
    const { newStrategy } = await import('../../core/cli/strategies/new.js')
    await newStrategy(session, session.args.name, session.flags.force)
  }
}
