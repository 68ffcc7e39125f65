import { BaseCommand } from '../../core/cli/base-command.js'

export default class StrategiesList extends BaseCommand {
  static override summary = 'List the strategies that come with mts'
  static override examples = ['<%= config.bin %> strategies list']

  override async run(): Promise<void> {
    const session = await this.begin(StrategiesList)
    const { listStrategies } = await import('../../core/cli/show-strategies.js')
    await listStrategies(session)
  }
}
