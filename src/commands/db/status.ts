import { BaseCommand } from '../../core/cli/base-command.js'
import { formatBytes } from '../../core/cli/output/number.js'
import { pathFromHere } from '../../core/cli/paths.js'

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
    const schema =
      pending.length === 0 ? `schema ${schemaVersion}, the newest` : `schema ${schemaVersion}, ${pending.length} behind`
    const isWal = journalMode === 'wal'
    const size = `${formatBytes(fileBytes)}${isWal ? `, and ${formatBytes(walBytes)} in its WAL` : ''}`
    const heading = `${pathFromHere(path)}: ${schema}; ${size}`
    await print({
      data: status,
      warnings: pending.length === 0 ? [] : ['The schema is not the newest: run `mts db migrate`'],
      view: {
        heading,
        rows: tables,
        columns: [{ key: 'table' }, { key: 'rows', kind: 'number', decimals: 0 }, { key: 'newest', kind: 'time', unit: 'UTC' }],
      },
    })
  }
}
