import { BaseCommand } from '../../core/cli/base-command.js'

export default class DbStatus extends BaseCommand {
  static override summary = 'Show the state of the database: schema, size, rows and the newest of each table'
  static override examples = ['<%= config.bin %> db status', "<%= config.bin %> db status --json | jq '.data.tables[]'"]

  override async run(): Promise<void> {
    const { config, print } = await this.begin(DbStatus)
    const { openReader } = await import('../../core/storage/reader.js')
    const reader = openReader(config.db)
    const status = reader.status()
    reader.close()
    const { path, schemaVersion, pending, fileBytes, walBytes, journalMode, tables } = status
    const heading = `${path}: schema ${schemaVersion}, ${pending.length} pending, ${fileBytes} bytes + ${walBytes} in the ${journalMode.toUpperCase()}`
    await print({
      data: status,
      warnings: pending.length === 0 ? [] : ['The schema is not the newest: run `mts db migrate`'],
      view: { heading, rows: tables, columns: [{ key: 'table' }, { key: 'rows' }, { key: 'newest', kind: 'time', unit: 'UTC' }] },
    })
  }
}
