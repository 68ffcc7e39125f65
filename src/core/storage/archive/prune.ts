/** `db prune`: deletes what the archive provably has, and nothing else. */
import { MtsError } from '../../errors.js'
import { type Connection, limitWal, openForWriting, sizeOf } from '../database.js'
import { BUSY_TIMEOUT_MS, WAL_LIMIT_BYTES } from '../limits.js'
import type { ArchiveFailure } from './archive.js'
import { columnsOf, type StoredColumn } from './columns.js'
import { contentHash } from './content-hash.js'
import type { Engine } from './engine.js'
import { countPrunable, deleteRows, liveRows, periodsIn, seriesIn } from './live-rows.js'
import { readManifest, seriesFolder } from './manifest.js'
import type { Period } from './period.js'
import { ARCHIVE_PLANS, type ArchivePlan } from './plan.js'
import { withEngine } from './with-engine.js'
import { verifyFile } from './write-partition.js'

export interface PruneOptions {
  readonly database: string
  /** `data/archive` */
  readonly directory: string
  /** Only periods that ended before this, ms. */
  readonly olderThan: number
  /** Check everything, delete nothing. */
  readonly isDryRun: boolean
  /** Give the space back to the disk: the file is written anew. */
  readonly isVacuum: boolean
  readonly signal: AbortSignal
  onProgress(text: string): void
}

/** Of one table: what was deleted, and what was kept for which reason. */
export interface PruneLine {
  readonly table: string
  readonly outcome: 'deleted' | 'would be deleted' | 'kept'
  readonly why: string
  partitions: number
  rows: number
  /** Time of the oldest period and of the end of the newest, ms. */
  from: number
  until: number
}

export interface PruneReport {
  readonly lines: readonly PruneLine[]
  readonly failures: readonly ArchiveFailure[]
  readonly fileBytes: number
  /** Inside the file, for new rows. */
  readonly freeBytes: number
}

const WHY = {
  verified: 'archived, and the archived file read again just now',
  notArchived: 'not archived: run mts db archive',
  changed: 'came or changed after it was archived: run mts db archive',
  damaged: 'its archived file is damaged',
  needed: 'commands read it from the database',
} as const

/** Only one may run at a time, and none beside `archiveHistory`. Throws `StorageError`. */
export async function pruneHistory(options: PruneOptions): Promise<PruneReport> {
  const db = openForWriting(options.database)
  return withEngine(db, async (engine) => {
    const run = new Run(db, engine, options)
    for (const plan of ARCHIVE_PLANS) await run.pruneTable(plan)
    if (options.isVacuum && !options.isDryRun) vacuum(db)
    return run.report()
  })
}

interface Part {
  readonly plan: ArchivePlan
  readonly series: readonly string[]
  readonly period: Period
  readonly columns: readonly StoredColumn[]
  /** That may be deleted. */
  readonly rows: number
}

class Run {
  readonly #db: Connection
  readonly #engine: Engine
  readonly #options: PruneOptions
  readonly #lines = new Map<string, PruneLine>()
  readonly #failures: ArchiveFailure[] = []

  constructor(db: Connection, engine: Engine, options: PruneOptions) {
    this.#db = db
    this.#engine = engine
    this.#options = options
  }

  async pruneTable(plan: ArchivePlan): Promise<void> {
    const columns = columnsOf(this.#db, plan.table).filter(({ name }) => plan.columns.includes(name))
    for (const series of seriesIn(this.#db, plan)) {
      for (const period of periodsIn(this.#db, plan, series)) {
        this.#options.signal.throwIfAborted()
        if (period.until > this.#options.olderThan) break
        const { rows, kept } = countPrunable(this.#db, plan, series, period)
        const part = { plan, series, period, columns, rows }
        if (kept > 0) this.#count(part, WHY.needed, kept)
        if (rows > 0) await this.#prune(part)
      }
    }
  }

  report(): PruneReport {
    const free =
      Number(this.#db.pragma('freelist_count', { simple: true })) * Number(this.#db.pragma('page_size', { simple: true }))
    return {
      lines: [...this.#lines.values()],
      failures: this.#failures,
      fileBytes: sizeOf(this.#db.name),
      freeBytes: free,
    }
  }

  async #prune(part: Part): Promise<void> {
    const { plan, series, period, columns } = part
    const { directory } = this.#options
    const archived = readManifest(directory, plan, series).partitions.find(({ name }) => name === period.name)
    if (archived === undefined) return this.#count(part, WHY.notArchived, part.rows)
    const name = `${plan.table} ${series.join(' ')} ${period.name}`
    this.#options.onProgress(name)
    const archivedRows = new Set<string>()
    try {
      const context = { engine: this.#engine, columns }
      await verifyFile(context, seriesFolder(directory, plan, series), archived, (row) => archivedRows.add(row))
    } catch (error) {
      if (!(error instanceof MtsError) || error.code !== 'STORAGE_ARCHIVE_DAMAGED') throw error
      this.#failures.push({ series: name, code: error.code, message: error.message })
      return this.#count(part, WHY.damaged, part.rows)
    }
    this.#delete(part, archivedRows)
  }

  /** Looks at each row and deletes it under one lock, so that no row can come between. */
  #delete(part: Part, archivedRows: ReadonlySet<string>): void {
    const db = this.#db
    const { plan, series, period } = part
    db.exec('BEGIN IMMEDIATE')
    try {
      const hash = contentHash()
      let unknown = 0
      for (const cells of liveRows(db, plan, series, period)) if (!archivedRows.has(hash.add(cells))) unknown++
      // Under the lock: rows may have come since they were counted.
      const { rows } = countPrunable(db, plan, series, period)
      if (unknown === 0 && !this.#options.isDryRun) deleteRows(db, plan, series, period)
      db.exec('COMMIT')
      this.#count(part, unknown === 0 ? WHY.verified : WHY.changed, rows)
    } catch (error) {
      if (db.inTransaction) db.exec('ROLLBACK')
      throw error
    }
    limitWal(db, WAL_LIMIT_BYTES, BUSY_TIMEOUT_MS)
  }

  #count({ plan: { table }, period }: Part, why: string, rows: number): void {
    const line = this.#lines.get(`${table} ${why}`) ?? {
      table,
      outcome: why !== WHY.verified ? 'kept' : this.#options.isDryRun ? 'would be deleted' : 'deleted',
      why,
      partitions: 0,
      rows: 0,
      from: period.from,
      until: period.until,
    }
    line.partitions++
    line.rows += rows
    line.from = Math.min(line.from, period.from)
    line.until = Math.max(line.until, period.until)
    this.#lines.set(`${table} ${why}`, line)
  }
}

/** Needs as much free disk again as the file has rows left, and holds up writers while it runs. */
function vacuum(db: Connection): void {
  db.exec('VACUUM')
  db.pragma('wal_checkpoint(TRUNCATE)')
}
