import path from 'node:path'
import { BaseCommand } from '../../core/cli/base-command.js'
import { durationFlag, switchFlag } from '../../core/cli/flags.js'
import { asJob } from '../../core/cli/history/job.js'
import { formatBytes } from '../../core/cli/output/number.js'
import { pathFromHere } from '../../core/cli/paths.js'
import { DAY_MS } from '../../core/market/time.js'

export default class DbPrune extends BaseCommand {
  static override summary = 'Delete from the database what the archive provably has'
  static override description =
    `Reads the archived file of each day (or month) again, compares it with its hash, and deletes the database's rows only where every
single one of them is in it. Candles, settled funding rates, macro series and coverage stay: collect, backtest and coverage read them. The database keeps the
free space for new rows; --vacuum gives it back to the disk: it writes the file anew, which needs as much free disk as the rest of the
file has, and holds up writers meanwhile.`
  static override examples = [
    '<%= config.bin %> db archive && <%= config.bin %> db prune --older-than 90d --dry-run',
    '<%= config.bin %> db prune --older-than 90d --vacuum',
  ]
  static override flags = {
    'older-than': durationFlag({ description: 'Days and months that ended longer ago than this', min: DAY_MS, required: true }),
    'dry-run': switchFlag('Check everything, delete nothing'),
    vacuum: switchFlag('Give the free space back to the disk'),
    wait: switchFlag('Wait while another run is at work instead of giving up'),
  }

  override async run(): Promise<void> {
    const session = await this.begin(DbPrune)
    const { flags, config, signal, print } = session
    const { pruneHistory } = await import('../../core/storage/archive/prune.js')
    const progress = await session.progress('Comparing with the archive')
    const olderThan = (await session.clock()).now() - flags['older-than']
    const { failures, ...report } = await asJob(
      session,
      { job: 'archive', scope: 'all', isWaiting: flags.wait, isOnStored: true },
      () =>
        pruneHistory({
          database: config.db,
          directory: path.join(config.dataDir, 'archive'),
          olderThan,
          isDryRun: flags['dry-run'],
          isVacuum: flags.vacuum,
          signal,
          onProgress: progress.say,
        }),
    ).finally(() => progress.end())
    const rows = report.lines.reduce((sum, line) => sum + (line.outcome === 'kept' ? 0 : line.rows), 0)
    const done = flags['dry-run'] ? `${rows} rows can be deleted (dry run, nothing changed)` : `${rows} rows deleted`
    const space = `${formatBytes(report.fileBytes)}, of which ${formatBytes(report.freeBytes)} free for new rows`
    await print({
      data: { database: config.db, olderThan, dryRun: flags['dry-run'], ...report },
      failures,
      view: {
        heading: `${pathFromHere(config.db)}: ${done}; ${space}`,
        rows: report.lines,
        columns: [
          { key: 'table' },
          { key: 'outcome' },
          { key: 'rows', kind: 'number', decimals: 0 },
          { key: 'partitions', kind: 'number', decimals: 0 },
          { key: 'from', kind: 'time', unit: 'UTC' },
          { key: 'until', kind: 'time', unit: 'UTC' },
          { key: 'why' },
        ],
      },
    })
  }
}
