import path from 'node:path'
import { BaseCommand } from '../../core/cli/base-command.js'
import { switchFlag, textFlag } from '../../core/cli/flags.js'
import { formatBytes } from '../../core/cli/output/number.js'
import { pathFromHere } from '../../core/cli/paths.js'

export default class DbBackup extends BaseCommand {
  static override summary = 'Copy the database while it is in use, check the copy, and write its candles as CSV'
  static override description =
    'The copy is read whole (integrity check) before it takes the place of the one before. Beside it come CSV files of the candles, one for each coin and year, such as bitcoin_2026.csv.\nTo go back to it: stop what writes, move the database away together with its -wal and -shm, and copy the backup to its place.'
  static override examples = ['<%= config.bin %> db backup', '<%= config.bin %> db backup --to /mnt/backup/ --no-csv']
  static override flags = {
    to: textFlag({ description: 'File or folder of the copy; <data_dir>/backup when not given', helpValue: '<path>' }),
    'no-csv': switchFlag('No CSV files'),
  }

  override async run(): Promise<void> {
    const { flags, config, signal, print, progress } = await this.begin(DbBackup)
    const [{ backupDatabase }, { writeYearlyCsv }] = await Promise.all([
      import('../../core/storage/backup.js'),
      import('../../core/storage/yearly-csv.js'),
    ])
    const to = flags.to ?? path.join(path.resolve(config.dataDir), 'backup', path.sep)
    const bar = await progress('Copying the database')
    try {
      const database = await backupDatabase(config.db, {
        to,
        signal,
        onProgress: (share) => bar.say(share < 1 ? `Copying the database: ${Math.floor(share * 100)} %` : 'Checking the copy'),
      })
      const onFile = (name: string) => bar.say(`Writing ${name}`)
      const csv = flags['no-csv']
        ? []
        : await writeYearlyCsv(database.path, { directory: path.dirname(database.path), signal, onFile })
      bar.end()
      const size = `${formatBytes(database.bytes)}, schema ${database.schemaVersion}, integrity check passed`
      await print({
        data: { database, csv },
        view: {
          heading: `${pathFromHere(database.path)}: ${size}`,
          rows: csv.map((file) => ({ ...file, path: pathFromHere(file.path) })),
          columns: [{ key: 'path' }, { key: 'rows', kind: 'number', decimals: 0 }],
        },
      })
    } finally {
      bar.end()
    }
  }
}
