import path from 'node:path'
import { BaseCommand } from '../../core/cli/base-command.js'
import { listFlag, switchFlag } from '../../core/cli/flags.js'
import { asJob } from '../../core/cli/history/job.js'
import { pathFromHere } from '../../core/cli/paths.js'

export default class DbArchive extends BaseCommand {
  static override summary = 'Put what is over into compressed columnar files, each read back before it counts'
  static override description =
    `One parquet file for each table, exchange, symbol and day (funding and coverage: month; candles: month or year), listed in a
manifest with rows, times and a hash of its content. A second run changes nothing. Rows that came late make a new version of their
file. Killed at any time, the next run completes it. Nothing is deleted from the database: see db prune.`
  static override examples = ['<%= config.bin %> db archive', '<%= config.bin %> db archive --verify --json']
  static override flags = {
    tables: listFlag({ description: 'Only these tables', helpValue: '<bid_ask_spreads>' }),
    partial: switchFlag('Also the day, month or year that is not over yet'),
    verify: switchFlag('Read every archived file again, and write anew what is damaged where the database still has it'),
    wait: switchFlag('Wait while another run is at work instead of giving up'),
  }

  override async run(): Promise<void> {
    const session = await this.begin(DbArchive)
    const { flags, config, signal, version, print } = session
    const { archiveHistory, checkTables } = await import('../../core/storage/archive/archive.js')
    const tables = checkTables(flags.tables)
    const directory = path.join(config.dataDir, 'archive')
    const progress = await session.progress('Archiving')
    const now = (await session.clock()).now()
    const { failures, ...report } = await asJob(
      session,
      { job: 'archive', scope: 'all', isWaiting: flags.wait, isOnStored: true },
      () =>
        archiveHistory({
          database: config.db,
          directory,
          now,
          programVersion: version,
          isPartial: flags.partial,
          isVerifying: flags.verify,
          tables,
          signal,
          onProgress: progress.say,
        }),
    ).finally(() => progress.end())
    const written = report.written.length
    const state = written === 0 ? 'nothing new' : `${written} file${written === 1 ? '' : 's'} written and read back`
    const verified = flags.verify ? `, ${report.verified} verified` : ''
    await print({
      data: { directory, ...report },
      failures,
      view: {
        heading: `${pathFromHere(directory)}: ${state}${verified}`,
        rows: report.tables,
        columns: [
          { key: 'table' },
          { key: 'files', kind: 'number', decimals: 0 },
          { key: 'rows', kind: 'number', decimals: 0 },
          { key: 'bytes', kind: 'number', decimals: 0 },
          { key: 'written', kind: 'number', decimals: 0 },
          { key: 'open', heading: 'not over yet', kind: 'number', decimals: 0 },
        ],
      },
    })
  }
}
