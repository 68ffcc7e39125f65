import { BaseCommand } from '../../core/cli/base-command.js'
import { numberFlag, switchFlag } from '../../core/cli/flags.js'
import { pathFromHere } from '../../core/cli/paths.js'

export default class DbMigrate extends BaseCommand {
  static override summary = 'Create the database or bring it to the newest schema'
  static override description = 'Runs by itself on first use. Each migration is one transaction; a second run does nothing.'
  static override examples = ['<%= config.bin %> db migrate', '<%= config.bin %> db migrate --dry-run --json']
  static override flags = {
    to: numberFlag({ description: 'Number of the last migration to apply', min: 1 }),
    'dry-run': switchFlag('Only tell what would be done'),
  }

  override async run(): Promise<void> {
    const { flags, config, clock, version, print } = await this.begin(DbMigrate)
    const { migrate } = await import('../../core/storage/migrate.js')
    const isDryRun = flags['dry-run']
    const to = flags.to === undefined ? {} : { to: flags.to }
    const appliedAt = (await clock()).now()
    const report = migrate(config.db, { appliedAt, programVersion: version, dryRun: isDryRun, ...to })
    const change = report.from === report.to ? `schema ${report.to}, the newest` : `schema ${report.from} → ${report.to}`
    const heading = `${pathFromHere(config.db)}: ${change}${isDryRun ? ' (dry run, nothing changed)' : ''}`
    await print({
      data: { path: config.db, dryRun: isDryRun, ...report },
      view: { heading, rows: report.migrations, columns: [{ key: 'number' }, { key: 'name' }] },
    })
  }
}
