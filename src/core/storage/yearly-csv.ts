/** Bars as CSV, a file for each coin and year: what a spreadsheet opens when there is no database any more. */
import { type FileHandle, open, rm } from 'node:fs/promises'
import path from 'node:path'
import { stringify } from 'csv-stringify/sync'
import { makeFolder } from '../files/make-folder.js'
import { publishFile } from './archive/files.js'
import type { CandleSeries } from './candle-series.js'
import { type Connection, openForReading } from './database.js'
import { matchingSeries } from './read-history.js'
import { storageError } from './storage-errors.js'
import { type Cell, TABLES } from './tables.js'

export interface YearlyCsvOptions {
  /** Where the files go; made when missing. */
  readonly directory: string
  readonly signal?: AbortSignal
  /** Told before each file. */
  onFile?(name: string): void
}

export interface YearlyCsv {
  readonly path: string
  readonly cryptocurrency: string
  readonly year: number
  readonly rows: number
}

const { columns } = TABLES.crypto_ohlcv
const ROWS_AT_ONCE = 2000

/**
 * Writes `<coin>_<year>.csv` for every coin and UTC year of the database at `file`, all sources and intervals in the columns of
 * `crypto_ohlcv`, each file whole or as it was before. Throws `StorageError`.
 */
export async function writeYearlyCsv(file: string, options: YearlyCsvOptions): Promise<YearlyCsv[]> {
  const db = openForReading(file)
  try {
    const written: YearlyCsv[] = []
    const all = matchingSeries(db)
    for (const coin of new Set(all.map(({ cryptocurrency }) => cryptocurrency))) {
      const series = all.filter(({ cryptocurrency }) => cryptocurrency === coin)
      for (const year of yearsOf(db, series)) {
        const target = path.join(options.directory, `${encodeURIComponent(coin)}_${year}.csv`)
        options.onFile?.(path.basename(target))
        const rows = await replaceCsv(target, batches(db, series, year), options.signal)
        written.push({ path: target, cryptocurrency: coin, year, rows })
      }
    }
    return written
  } finally {
    db.close()
  }
}

async function replaceCsv(target: string, rows: Iterable<Cell[][]>, signal: AbortSignal | undefined): Promise<number> {
  const temporary = `${target}.tmp`
  let handle: FileHandle | undefined
  try {
    makeFolder(path.dirname(target))
    handle = await open(temporary, 'w')
    await handle.appendFile(csvText([[...columns]]))
    let count = 0
    for (const batch of rows) {
      signal?.throwIfAborted()
      await handle.appendFile(csvText(batch))
      count += batch.length
    }
    await handle.close()
    publishFile(temporary, target)
    return count
  } catch (error) {
    await handle?.close()
    await rm(temporary, { force: true })
    if (signal?.aborted === true) throw signal.reason
    throw storageError(error, target)
  }
}

/** Years with a bar, ascending, by jumping from one to the next. */
function yearsOf(db: Connection, series: readonly CandleSeries[]): number[] {
  const next = nextOpen(db)
  const years = new Set<number>()
  for (const each of series) {
    let at = next(each, -8.64e15)
    while (at !== null) {
      const year = new Date(at).getUTCFullYear()
      years.add(year)
      at = next(each, Date.UTC(year + 1, 0, 1))
    }
  }
  return [...years].sort((a, b) => a - b)
}

function nextOpen(db: Connection): (series: CandleSeries, from: number) => number | null {
  const statement = db
    .prepare<[string, string, string, number], number | null>(
      'SELECT min(timestamp) FROM crypto_ohlcv WHERE source = ? AND cryptocurrency = ? AND interval = ? AND timestamp >= ?',
    )
    .pluck()
  return ({ source, cryptocurrency, interval }, from) => statement.get(source, cryptocurrency, interval, from) ?? null
}

/** Series by series, each ascending in time; every query ends before the next await. */
function* batches(db: Connection, series: readonly CandleSeries[], year: number): Generator<Cell[][]> {
  const rows = db
    .prepare<[string, string, string, number, number, number], Cell[]>(
      `SELECT ${columns.join(', ')} FROM crypto_ohlcv
        WHERE source = ? AND cryptocurrency = ? AND interval = ? AND timestamp >= ? AND timestamp < ? ORDER BY timestamp LIMIT ?`,
    )
    .raw()
  const end = Date.UTC(year + 1, 0, 1)
  const time = columns.indexOf('timestamp')
  for (const { source, cryptocurrency, interval } of series) {
    let from = Date.UTC(year, 0, 1)
    for (;;) {
      const batch = rows.all(source, cryptocurrency, interval, from, end, ROWS_AT_ONCE)
      if (batch.length === 0) break
      yield batch
      from = Number(batch.at(-1)?.[time]) + 1
    }
  }
}

function csvText(rows: readonly (readonly Cell[])[]): string {
  return stringify(
    rows.map((row) => [...row]),
    { record_delimiter: 'windows' },
  )
}
