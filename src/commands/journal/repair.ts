import { join } from 'node:path'
import { BaseCommand } from '../../core/cli/base-command.js'
import { optionalTextArg, switchFlag } from '../../core/cli/flags.js'
import type { Column } from '../../core/cli/output/column.js'
import { formatBytes } from '../../core/cli/output/number.js'
import { pathFromHere } from '../../core/cli/paths.js'

const COLUMNS: readonly Column[] = [
  { key: 'exchange' },
  {
    key: 'state',
    paint: (text, state, painter) => (state === 'torn' || state === 'in-use' ? painter.warn(text) : painter.good(text)),
  },
  { key: 'records', kind: 'number', decimals: 0 },
  { key: 'torn_bytes', heading: 'torn', kind: 'number', text: (bytes) => formatBytes(Number(bytes)) },
  { key: 'lost_records', heading: 'records lost at most', brief: 'lost', kind: 'number', decimals: 0 },
  { key: 'last_record_at', heading: 'last record', unit: 'UTC', kind: 'time' },
  { key: 'path', text: (path) => pathFromHere(String(path)), cut: 'start' },
]

export default class JournalRepair extends BaseCommand {
  static override summary = 'Cut what a crash tore from the files of the journal'
  static override description =
    'Keeps every whole block and moves the torn bytes to a *.torn file beside. A file that a program has open is left alone. A hole in the middle becomes a lost connection, which a replay tells as a gap.'
  static override args = { path: optionalTextArg('A file, a day, an exchange or a whole journal; the own journal when missing') }
  static override examples = ['<%= config.bin %> journal repair --dry-run', '<%= config.bin %> journal repair data/journal/binance']
  static override flags = { 'dry-run': switchFlag('Only tell what would go') }

  override async run(): Promise<void> {
    const { flags, args, config, print } = await this.begin(JournalRepair)
    const { repairJournal } = await import('../../core/live/repair-journal.js')
    const files = await repairJournal(args.path ?? join(config.dataDir, 'journal'), flags['dry-run'])
    const touched = files.filter((each) => each.state !== 'whole')
    const inUse = touched.filter((each) => each.state === 'in-use')
    await print({
      data: files,
      warnings: inUse.map((each) => `${pathFromHere(each.path)} is in use by a program: left as it is`),
      view: {
        heading:
          touched.length === 0 ? `${files.length} files, all of them whole` : `${touched.length} of ${files.length} files torn`,
        rows: touched,
        columns: COLUMNS,
      },
    })
  }
}
