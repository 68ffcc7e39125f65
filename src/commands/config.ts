import { BaseCommand } from '../core/cli/base-command.js'
import { CONFIG_COLUMNS, configRows } from '../core/cli/config/view.js'

export default class Config extends BaseCommand {
  static override summary = 'Show the settings in effect and where each comes from'
  static override description =
    'Flags win over the environment, the environment over .env, that over mts.config.json, and all of them over the defaults. Secrets are never shown.'
  static override examples = [
    '<%= config.bin %> config',
    '<%= config.bin %> config --json | jq \'.data[] | select(.source != "default")\'',
  ]

  override async run(): Promise<void> {
    const { resolved, print } = await this.begin(Config)
    await print({ data: configRows(resolved), columns: CONFIG_COLUMNS })
  }
}
