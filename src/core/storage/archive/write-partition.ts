/** One partition: its rows into a file, the file read back, and only then a name. */
import { rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { BugError } from '../../errors.js'
import { makeFolder } from '../../files/make-folder.js'
import type { Connection } from '../database.js'
import { storageError } from '../storage-errors.js'
import type { Cell } from '../tables.js'
import type { StoredColumn } from './columns.js'
import { type ContentHash, contentHash } from './content-hash.js'
import { type Engine, quoteName, quoteText, selectValue } from './engine.js'
import { publishFile, TEMPORARY } from './files.js'
import { liveRows } from './live-rows.js'
import { type Partition, seriesFolder } from './manifest.js'
import type { Period } from './period.js'
import type { ArchivePlan } from './plan.js'
import { cellsOfFile, damaged, type Located, locate } from './read-files.js'
import { type FileTypes, fileExpression, type Shape, shapeOf } from './shape.js'
import { openStage, type Stage, stageTableSql } from './stage.js'

export interface ArchiveContext {
  readonly db: Connection
  readonly engine: Engine
  readonly directory: string
  readonly plan: ArchivePlan
  readonly columns: readonly StoredColumn[]
  /** ms, and the version: written into the manifest. */
  readonly now: number
  readonly programVersion: string
}

export interface Content {
  readonly rows: number
  readonly hash: string
}

/** What the database has of a period. */
export function liveContent({ db, plan }: ArchiveContext, series: readonly string[], period: Period): Content {
  const hash = contentHash()
  let rows = 0
  for (const cells of liveRows(db, plan, series, period)) {
    hash.add(cells)
    rows++
  }
  return { rows, hash: hash.hex() }
}

/** What a file has. Throws `StorageError` `STORAGE_ARCHIVE_DAMAGED`. `onRow` gets the hash of each row. */
async function fileContent(
  { engine, columns }: Pick<ArchiveContext, 'engine' | 'columns'>,
  file: Located,
  onRow?: (rowHash: string) => void,
): Promise<Content> {
  const hash = contentHash()
  let rows = 0
  for await (const cells of cellsOfFile(engine, columns, file)) {
    const row = hash.add(cells)
    onRow?.(row)
    rows++
  }
  return { rows, hash: hash.hex() }
}

/**
 * Writes what the database has of a period, and of `old` (its present file) the rows that the database has no more; where both
 * have a row, the database is right. Gives `old`'s partition back where that is nothing new.
 */
export async function writePartition(
  context: ArchiveContext,
  series: readonly string[],
  period: Period,
  old?: Located,
): Promise<Partition> {
  const staged = await stageRows(context, series, period, old)
  const { rows, first, last, hash } = staged
  if (old !== undefined && hash === old.partition.hash && rows === old.partition.rows) return old.partition
  const derived = await provenDerived(context)
  const columns = Object.fromEntries(Object.entries(staged.types).filter(([name]) => derived[name] === undefined))
  const folder = seriesFolder(context.directory, context.plan, series)
  const partition = {
    name: period.name,
    file: `${period.name}-${hash.slice(0, 12)}.parquet`,
    rows,
    first,
    last,
    bytes: 0,
    hash,
    version: (old?.partition.version ?? 0) + 1,
    written_at: context.now,
    written_by: context.programVersion,
    columns,
    derived,
  }
  return { ...partition, bytes: await writeFile(context, folder, partition) }
}

interface Staged extends Content {
  readonly first: number
  readonly last: number
  readonly types: FileTypes
}

const STAGE = 'partition'

async function stageRows(context: ArchiveContext, series: readonly string[], period: Period, old?: Located): Promise<Staged> {
  const { db, engine, plan, columns } = context
  await engine.connection.run(stageTableSql('main', STAGE, columns))
  const stage = await openStage(engine, 'main', STAGE, columns)
  const tally = new Tally(stage, contentHash(), shapeOf(columns), plan)
  try {
    for (const cells of liveRows(db, plan, series, period)) tally.add(cells, old !== undefined)
    if (old !== undefined) await addOld(context, tally, old)
  } finally {
    stage.close()
  }
  return tally.staged()
}

/** Rows of a file that changed on the disk would get a new, right hash here: it has to be the file that was written. */
async function addOld({ engine, columns }: ArchiveContext, tally: Tally, old: Located): Promise<void> {
  const hash = contentHash()
  let rows = 0
  for await (const cells of cellsOfFile(engine, columns, old)) {
    hash.add(cells)
    rows++
    tally.addUnlessKnown(cells)
  }
  requireSame(old, { rows, hash: hash.hex() })
}

class Tally {
  #rows = 0
  #first = Number.POSITIVE_INFINITY
  #last = Number.NEGATIVE_INFINITY
  readonly #stage: Stage
  readonly #hash: ContentHash
  readonly #shape: Shape
  readonly #timeAt: number
  readonly #keyAt: readonly number[]
  readonly #keys = new Set<string>()

  constructor(stage: Stage, hash: ContentHash, shape: Shape, { columns, time, key }: ArchivePlan) {
    this.#stage = stage
    this.#hash = hash
    this.#shape = shape
    this.#timeAt = columns.indexOf(time)
    this.#keyAt = key.map((name) => columns.indexOf(name))
  }

  add(cells: readonly Cell[], isKeyKept: boolean): void {
    if (isKeyKept) this.#keys.add(this.#keyOf(cells))
    const time = Number(cells[this.#timeAt])
    this.#first = Math.min(this.#first, time)
    this.#last = Math.max(this.#last, time)
    this.#rows++
    this.#hash.add(cells)
    this.#shape.add(cells)
    this.#stage.add(cells)
  }

  addUnlessKnown(cells: readonly Cell[]): void {
    if (!this.#keys.has(this.#keyOf(cells))) this.add(cells, false)
  }

  staged(): Staged {
    return { rows: this.#rows, first: this.#first, last: this.#last, hash: this.#hash.hex(), types: this.#shape.types() }
  }

  #keyOf(cells: readonly Cell[]): string {
    return JSON.stringify(this.#keyAt.map((at) => cells[at]))
  }
}

/** The formulas that hold for every row of the stage, to the bit. */
async function provenDerived({ engine, plan }: ArchiveContext): Promise<Readonly<Record<string, string>>> {
  const proven: Record<string, string> = {}
  for (const [name, formula] of Object.entries(plan.derived)) {
    const sql = `SELECT bool_and(${quoteName(name)} IS NOT DISTINCT FROM ${formula}) FROM ${STAGE}`
    if ((await selectValue(engine.connection, sql)) === true) proven[name] = formula
  }
  return proven
}

/** Gives the file's bytes. */
async function writeFile(context: ArchiveContext, folder: string, partition: Partition): Promise<number> {
  const { engine, plan, columns } = context
  const file = path.join(folder, partition.file)
  const temporary = `${file}${TEMPORARY}`
  const kept = columns.filter(({ name }) => partition.derived[name] === undefined)
  const selected = kept.map((column) => fileExpression(column, partition.columns[column.name] ?? 'VARCHAR')).join(', ')
  const order = [plan.time, ...plan.key.filter((name) => name !== plan.time)].map(quoteName).join(', ')
  try {
    makeFolder(folder)
    await engine.connection.run(
      `COPY (SELECT ${selected} FROM ${STAGE} ORDER BY ${order}) TO ${quoteText(temporary)}
        (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION V2, KV_METADATA {mts_content_hash: ${quoteText(partition.hash)}})`,
    )
    await engine.connection.run(`DROP TABLE ${STAGE}`)
    const written = await fileContent(context, { partition, path: temporary })
    if (written.hash !== partition.hash || written.rows !== partition.rows) throw differs(file, partition, written)
    publishFile(temporary, file)
    return statSync(file).size
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error instanceof BugError ? error : storageError(error, file)
  }
}

function differs(file: string, expected: Content, found: Content): BugError {
  return new BugError(
    `${file} read back has ${found.rows} rows of hash ${found.hash}, written were ${expected.rows} of ${expected.hash}; nothing was kept of it`,
  )
}

/** Throws `StorageError` `STORAGE_ARCHIVE_DAMAGED` when the file does not hold what the manifest says. */
export async function verifyFile(
  context: Pick<ArchiveContext, 'engine' | 'columns'>,
  folder: string,
  partition: Partition,
  onRow?: (rowHash: string) => void,
): Promise<void> {
  const file = locate(folder, partition)
  requireSame(file, await fileContent(context, file, onRow))
}

function requireSame({ partition, path: file }: Located, found: Content): void {
  if (found.rows === partition.rows && found.hash === partition.hash) return
  const wrong = `it has ${found.rows} rows of hash ${found.hash}, its list says ${partition.rows} of ${partition.hash}`
  throw damaged(file, wrong)
}
