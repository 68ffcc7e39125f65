import { join } from 'node:path'
import { BaseCommand } from '../../core/cli/base-command.js'
import type { Column } from '../../core/cli/output/column.js'
import { formatBytes } from '../../core/cli/output/number.js'
import { pathFromHere } from '../../core/cli/paths.js'

const COLUMNS: readonly Column[] = [
  { key: 'exchange' },
  { key: 'bytes', heading: 'size', kind: 'number', text: (bytes) => formatBytes(Number(bytes)) },
  { key: 'records', kind: 'number', decimals: 0 },
  { key: 'from', unit: 'UTC', kind: 'time' },
  { key: 'to', unit: 'UTC', kind: 'time', isMinor: true },
  { key: 'state', paint: (text, state, painter) => (state === 'torn' ? painter.warn(text) : text) },
  { key: 'path', text: (path) => pathFromHere(String(path)), cut: 'start' },
]

export default class JournalList extends BaseCommand {
  static override summary = 'List the files of the journal: size, records, times, and whether they are whole'
  static override examples = [
    '<%= config.bin %> journal list',
    "<%= config.bin %> journal list --json | jq '[.data[].records] | add'",
  ]

  override async run(): Promise<void> {
    const { config, print } = await this.begin(JournalList)
    const { listJournal } = await import('../../core/live/repair-journal.js')
    const files = await listJournal(join(config.dataDir, 'journal'))
    const isTorn = files.some((each) => each.state === 'torn')
    await print({ data: files, columns: COLUMNS, warnings: isTorn ? ['Files are torn: see `mts journal repair --dry-run`'] : [] })
  }
}
