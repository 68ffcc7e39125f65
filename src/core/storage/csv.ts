/** Derived rows as CSV (RFC 4180), a file for each exchange, kind, symbol and UTC day (of opportunities for each symbol and day, of signals for each strategy, asset and day); columns as in the database. */
import { appendFile } from 'node:fs/promises'
import path from 'node:path'
import { stringify } from 'csv-stringify/sync'
import type { Clock } from '../clock.js'
import type { StorageError } from '../errors.js'
import { makeFolder } from '../files/make-folder.js'
import { prepareCsvFile } from './csv-file.js'
import { bytesOf } from './row-queue.js'
import type { Rows, TableName } from './rows.js'
import { storageError } from './storage-errors.js'
import { type Cell, TABLES, toCells } from './tables.js'

/** Folder of each table that has CSV files; below the exchange's own where a row has one exchange. */
const FOLDERS = {
  order_book_samples: 'orderbooks',
  bid_ask_spreads: 'spreads',
  funding_rates: 'funding',
  arbitrage_opportunities: 'signals/arbitrage',
  signals: 'signals',
} as const

/** Where files of two layouts lie in one folder, a name says which it is. */
const FILE_PREFIXES: Partial<Record<CsvTable, string>> = { arbitrage_opportunities: 'opportunities-', signals: 'signals-' }

/** Folders of signals that are not called as their strategy. */
const SIGNAL_FOLDERS: Readonly<Record<string, string>> = {
  'volume-spike': 'volume_spikes',
  'spread-anomaly': 'spread_anomalies',
}

export type CsvTable = keyof typeof FOLDERS & TableName

export interface CsvOptions {
  /** `data/realtime`; made when missing. */
  readonly directory: string
  readonly clock: Clock
  /** Rows wait so long in memory, 1000 ms. */
  readonly flushMs?: number
  /** They may hold so much of it; beyond, the oldest are dropped and counted. 16 MiB. */
  readonly maxBytes?: number
  /** `lost` rows will not be in the file; also a row that an earlier crash left half written. */
  onLoss(table: CsvTable, lost: number): void
  /** Nothing can be written any more: told once. Later rows are counted as lost. */
  onFailure(error: StorageError): void
}

export interface CsvWriter {
  write<Table extends CsvTable>(table: Table, row: Rows[Table]): void
  /** Resolves once everything written before is in the files. */
  flush(): Promise<void>
  close(): Promise<void>
  readonly failure: StorageError | undefined
}

const FLUSH_MS = 1000
const MAX_BYTES = 16 * 1024 * 1024
/** Each day brings new files; looking at a file again only costs a read. */
const MAX_PREPARED = 1000

export function openCsv(options: CsvOptions): CsvWriter {
  return new BufferedCsv(options)
}

interface WaitingFile {
  readonly table: CsvTable
  readonly rows: Cell[][]
  bytes: number
}

class BufferedCsv implements CsvWriter {
  failure: StorageError | undefined
  readonly #options: CsvOptions
  readonly #timer
  #waiting = new Map<string, WaitingFile>()
  #bytes = 0
  #prepared = new Set<string>()
  #writing: Promise<void> = Promise.resolve()

  constructor(options: CsvOptions) {
    this.#options = options
    this.#timer = options.clock.every(options.flushMs ?? FLUSH_MS, () => void this.flush())
  }

  write<Table extends CsvTable>(table: Table, row: Rows[Table]): void {
    if (this.failure !== undefined) {
      this.#options.onLoss(table, 1)
      return
    }
    const file = this.#fileOf(table, row)
    const cells = toCells(table, row)
    const bytes = bytesOf(cells)
    const waiting = this.#waiting.get(file) ?? { table, rows: [], bytes: 0 }
    waiting.rows.push(cells)
    waiting.bytes += bytes
    this.#waiting.set(file, waiting)
    this.#bytes += bytes
    if (this.#bytes > (this.#options.maxBytes ?? MAX_BYTES)) this.#dropOldest()
  }

  /** One flush after the other: lines of a file stay in order. Never rejects: see `failure`. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writeAll())
    return this.#writing
  }

  async close(): Promise<void> {
    this.#timer.cancel()
    await this.flush()
  }

  async #writeAll(): Promise<void> {
    const files = [...this.#waiting]
    this.#waiting = new Map()
    for (const [file, waiting] of files) {
      if (this.failure === undefined) await this.#append(file, waiting).catch((error: unknown) => this.#fail(error, file))
      if (this.failure !== undefined) this.#options.onLoss(waiting.table, waiting.rows.length)
      this.#bytes -= waiting.bytes
    }
  }

  async #append(file: string, { table, rows }: WaitingFile): Promise<void> {
    if (!this.#prepared.has(file)) {
      makeFolder(path.dirname(file))
      const torn = await prepareCsvFile(file, csvText([[...TABLES[table].columns]]))
      if (torn) this.#options.onLoss(table, 1)
      if (this.#prepared.size >= MAX_PREPARED) this.#prepared.clear()
      this.#prepared.add(file)
    }
    await appendFile(file, csvText(rows))
  }

  #fail(error: unknown, file: string): void {
    this.failure = storageError(error, file)
    this.#options.onFailure(this.failure)
  }

  /** The older half of what waits longest: row by row would move the rest of a long list each time. */
  #dropOldest(): void {
    for (const [file, { table, rows, bytes }] of this.#waiting) {
      const dropped = rows.splice(0, Math.ceil(rows.length / 2))
      const freed = dropped.reduce((sum, cells) => sum + bytesOf(cells), 0)
      if (rows.length === 0) this.#waiting.delete(file)
      else this.#waiting.set(file, { table, rows, bytes: bytes - freed })
      this.#bytes -= freed
      this.#options.onLoss(table, dropped.length)
      return
    }
  }

  #fileOf<Table extends CsvTable>(table: Table, row: Rows[Table]): string {
    const day = new Date(row.timestamp).toISOString().slice(0, 10)
    // Some exchanges have a slash in their symbols.
    const name = `${FILE_PREFIXES[table] ?? ''}${encodeURIComponent('symbol' in row ? row.symbol : row.asset)}-${day}.csv`
    const above = 'exchange' in row ? row.exchange : ''
    const below = 'strategy' in row ? (SIGNAL_FOLDERS[row.strategy] ?? encodeURIComponent(row.strategy.replaceAll('-', '_'))) : ''
    return path.join(this.#options.directory, above, FOLDERS[table], below, name)
  }
}

function csvText(rows: Cell[][]): string {
  return stringify(rows, { record_delimiter: 'windows' })
}
