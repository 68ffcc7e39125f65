import { join } from 'node:path'
import { BaseCommand } from '../../core/cli/base-command.js'
import type { Column } from '../../core/cli/output/column.js'
import { formatBytes } from '../../core/cli/output/number.js'
import { pathFromHere } from '../../core/cli/paths.js'

const COLUMNS: readonly Column[] = [
  { key: 'exchange' },
  { key: 'bytes', heading: 'size', kind: 'number', text: (bytes) => formatBytes(Number(bytes)) },
  { key: 'path', text: (path) => pathFromHere(String(path)), cut: 'start' },
]

export default class JournalList extends BaseCommand {
  static override summary = 'List the files of the journal'
  static override examples = [
    '<%= config.bin %> journal list',
    "<%= config.bin %> journal list --json | jq '[.data[].bytes] | add'",
  ]

  override async run(): Promise<void> {
    const { config, print } = await this.begin(JournalList)
    const { findJournalFiles } = await import('../../core/feed/journal/reader.js')
    const files = await findJournalFiles(join(config.dataDir, 'journal'))
    await print({ data: files, columns: COLUMNS })
  }
}
