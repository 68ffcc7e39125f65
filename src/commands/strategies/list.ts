import { BaseCommand } from '../../core/cli/base-command.js'

export default class StrategiesList extends BaseCommand {
  static override summary = 'List the strategies that come with mts, and your own'
  static override description =
    `Your own are the .mjs files of strategies/ (or of strategy_paths of the configuration). "in signals" says whether mts signals runs it:
"enabled" of config/strategies/<name>.json.`
  static override examples = [
    '<%= config.bin %> strategies list',
    "<%= config.bin %> strategies list --json | jq -r '.data[] | select(.enabled).name'",
  ]

  override async run(): Promise<void> {
    const session = await this.begin(StrategiesList)
    const { listStrategies } = await import('../../core/cli/strategies/show.js')
    await listStrategies(session)
  }
}
