/** `db archive`: what is over goes into verified files, once; what came late goes into a new version of its file. */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { MtsError, nearest, UsageError } from '../../errors.js'
import { openForReading } from '../database.js'
import { columnsOf } from './columns.js'
import { periodsIn, seriesIn } from './live-rows.js'
import { type Manifest, type Partition, readManifest, readManifests, seriesFolder, writeManifest } from './manifest.js'
import { type Period, periodAt } from './period.js'
import { ARCHIVE_PLANS, type ArchivePlan } from './plan.js'
import { locate } from './read-files.js'
import { withEngine } from './with-engine.js'
import { type ArchiveContext, liveContent, verifyFile, writePartition } from './write-partition.js'

export interface ArchiveOptions {
  readonly database: string
  /** `data/archive` */
  readonly directory: string
  readonly now: number
  readonly programVersion: string
  /** Also periods that are not over yet. */
  readonly isPartial: boolean
  /** Read every archived file again; what is damaged is written anew where the database has all of it. */
  readonly isVerifying: boolean
  readonly tables?: readonly string[] | undefined
  readonly signal: AbortSignal
  onProgress(text: string): void
}

export interface WrittenPartition {
  readonly table: string
  readonly series: string
  readonly period: string
  readonly rows: number
  readonly bytes: number
  /** 1: new. */
  readonly version: number
  readonly hash: string
}

export interface ArchivedTable {
  readonly table: string
  readonly files: number
  readonly rows: number
  readonly bytes: number
  readonly written: number
  /** Partitions whose period is not over yet. */
  readonly open: number
}

export interface ArchiveFailure {
  readonly series: string
  readonly code: string
  readonly message: string
}

export interface ArchiveReport {
  readonly tables: readonly ArchivedTable[]
  readonly written: readonly WrittenPartition[]
  /** Files read again and found whole. */
  readonly verified: number
  readonly failures: readonly ArchiveFailure[]
}

/** Throws `UsageError` for a table that is not archived. */
export function checkTables(names: readonly string[] | undefined): readonly string[] | undefined {
  const known = ARCHIVE_PLANS.map(({ table }) => table)
  const unknown = names?.find((name) => !known.some((table) => table === name))
  if (unknown === undefined) return names
  const [near] = nearest(unknown, known, 1)
  throw new UsageError('USAGE_UNKNOWN_TABLE', `Not a table that is archived: ${unknown}`, {
    suggestions: [...(near === undefined ? [] : [`Did you mean ${near}?`]), `Tables: ${known.join(', ')}`],
  })
}

/** Rows of a period that ended so recently may still be on their way. */
const SETTLED_MS = 10 * 60_000

/** Only one may run at a time. Throws `StorageError`; what fails of one partition is in `failures`. */
export async function archiveHistory(options: ArchiveOptions): Promise<ArchiveReport> {
  const db = openForReading(options.database)
  return withEngine(db, async (engine) => {
    const run = new Run(options)
    for (const plan of ARCHIVE_PLANS) {
      if (options.tables?.includes(plan.table) === false) continue
      const columns = columnsOf(db, plan.table).filter(({ name }) => plan.columns.includes(name))
      const { directory, now, programVersion } = options
      await run.archiveTable({ db, engine, directory, plan, columns, now, programVersion })
    }
    return run.report()
  })
}

class Run {
  readonly #options: ArchiveOptions
  readonly #written: WrittenPartition[] = []
  readonly #failures: ArchiveFailure[] = []
  readonly #open = new Map<string, number>()
  #verified = 0

  constructor(options: ArchiveOptions) {
    this.#options = options
  }

  async archiveTable(context: ArchiveContext): Promise<void> {
    for (const series of this.#seriesOf(context)) {
      let manifest = readManifest(context.directory, context.plan, series)
      removeUnlisted(context.directory, manifest)
      if (this.#options.isVerifying) manifest = await this.#verify(context, manifest)
      for (const period of periodsIn(context.db, context.plan, series)) {
        this.#options.signal.throwIfAborted()
        if (!this.#isDue(period)) this.#countOpen(context.plan)
        else manifest = await this.#archivePeriod(context, manifest, period)
      }
    }
  }

  report(): ArchiveReport {
    const { directory, tables } = this.#options
    const manifests = readManifests(directory, tables)
    const totals = ARCHIVE_PLANS.filter(({ table }) => tables?.includes(table) ?? true).map(({ table }) => {
      const partitions = manifests.filter(({ plan }) => plan.table === table).flatMap((manifest) => manifest.partitions)
      return {
        table,
        files: partitions.length,
        rows: sum(partitions.map(({ rows }) => rows)),
        bytes: sum(partitions.map(({ bytes }) => bytes)),
        written: this.#written.filter((each) => each.table === table).length,
        open: this.#open.get(table) ?? 0,
      }
    })
    return { tables: totals, written: this.#written, verified: this.#verified, failures: this.#failures }
  }

  /** Those of the database, and those that only the archive still has. */
  #seriesOf({ db, directory, plan }: ArchiveContext): (readonly string[])[] {
    const known = new Map<string, readonly string[]>()
    const archived = readManifests(directory, [plan.table]).map(({ series }) => series)
    for (const series of [...seriesIn(db, plan), ...archived]) known.set(JSON.stringify(series), series)
    return [...known.values()]
  }

  #isDue(period: Period): boolean {
    return this.#options.isPartial || period.until + SETTLED_MS <= this.#options.now
  }

  #countOpen({ table }: ArchivePlan): void {
    this.#open.set(table, (this.#open.get(table) ?? 0) + 1)
  }

  async #archivePeriod(context: ArchiveContext, manifest: Manifest, period: Period): Promise<Manifest> {
    const { plan, series } = manifest
    const known = manifest.partitions.find(({ name }) => name === period.name)
    const live = liveContent(context, series, period)
    if (known?.hash === live.hash && known.rows === live.rows) return manifest
    const name = `${plan.table} ${series.join(' ')} ${period.name}`
    this.#options.onProgress(`${name}: ${live.rows} rows`)
    // A list first: files without one are a list that was lost.
    if (manifest.partitions.length === 0) writeManifest(context.directory, manifest)
    try {
      const old = known === undefined ? undefined : locate(seriesFolder(context.directory, plan, series), known)
      return this.#keep(context, manifest, await writePartition(context, series, period, old), known)
    } catch (error) {
      this.#fail(name, error)
      return manifest
    }
  }

  #keep(context: ArchiveContext, manifest: Manifest, partition: Partition, known?: Partition): Manifest {
    if (partition === known) return manifest
    const others = manifest.partitions.filter(({ name }) => name !== partition.name)
    const next = { ...manifest, partitions: [...others, partition] }
    writeManifest(context.directory, next)
    const { rows, bytes, version, hash, name } = partition
    this.#written.push({
      table: manifest.plan.table,
      series: manifest.series.join(' '),
      period: name,
      rows,
      bytes,
      version,
      hash: hash.slice(0, 12),
    })
    return next
  }

  async #verify(context: ArchiveContext, manifest: Manifest): Promise<Manifest> {
    let next = manifest
    for (const partition of manifest.partitions) {
      this.#options.signal.throwIfAborted()
      const name = `${manifest.plan.table} ${manifest.series.join(' ')} ${partition.name}`
      this.#options.onProgress(`${name}: reading it again`)
      try {
        await verifyFile(context, seriesFolder(context.directory, manifest.plan, manifest.series), partition)
        this.#verified++
      } catch (error) {
        const period = periodAt(partition.first, manifest.plan.period(manifest.series))
        const live = liveContent(context, manifest.series, period)
        const isWhole = live.hash === partition.hash && live.rows === partition.rows
        if (!isWhole) this.#fail(name, error)
        else {
          const again = await writePartition(context, manifest.series, period)
          next = this.#keep(context, next, { ...again, version: partition.version + 1 }, partition)
        }
      }
    }
    return next
  }

  #fail(series: string, error: unknown): void {
    if (!(error instanceof MtsError) || error.exitCode !== 74 || error.code === 'STORAGE_FULL') throw error
    this.#failures.push({ series, code: error.code, message: error.message })
  }
}

/** What a killed run left half done, and versions that newer ones replaced. */
function removeUnlisted(directory: string, { plan, series, partitions }: Manifest): void {
  const folder = seriesFolder(directory, plan, series)
  if (!existsSync(folder)) return
  const listed = new Set(partitions.map(({ file }) => file))
  for (const name of readdirSync(folder)) {
    if (/\.(?:parquet|tmp)$/.test(name) && !listed.has(name)) rmSync(path.join(folder, name))
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
