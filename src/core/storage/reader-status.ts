/** The state of the database itself. */
import { type Connection, sizeOf } from './database.js'
import { schemaVersion } from './migrate.js'
import { MIGRATIONS, type Migration } from './migrations/index.js'
import { readCandleSeries } from './read-history.js'
import { instrumentsOf } from './read-rows.js'
import type { StreamTable, TableName } from './rows.js'
import { isStreamTable, TABLE_NAMES, TABLES } from './tables.js'

export interface StorageStatus {
  readonly path: string
  readonly schemaVersion: number
  readonly pending: readonly Pick<Migration, 'number' | 'name'>[]
  readonly fileBytes: number
  readonly walBytes: number
  readonly journalMode: string
  readonly tables: readonly TableStatus[]
}

export interface TableStatus {
  readonly table: TableName
  readonly rows: number
  /** Time of the newest row in ms; `null` when there is none. */
  readonly newest: number | null
}

export function readStatus(db: Connection): StorageStatus {
  const version = schemaVersion(db)
  const existing = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')").pluck().all()
  return {
    path: db.name,
    schemaVersion: version,
    pending: MIGRATIONS.slice(version).map(({ number, name }) => ({ number, name })),
    fileBytes: sizeOf(db.name),
    walBytes: sizeOf(`${db.name}-wal`),
    journalMode: String(db.pragma('journal_mode', { simple: true })),
    tables: TABLE_NAMES.filter((table) => existing.includes(table)).map((table) => tableStatus(db, table)),
  }
}

function tableStatus(db: Connection, table: TableName): TableStatus {
  if (table === 'crypto_ohlcv') return candleStatus(db)
  const rows = db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0
  return { table, rows, newest: hasInstruments(table) ? newestOf(db, table) : newestValue(db, table) }
}

/** The view joins: counting its rows costs several times what counting the bars does. */
function candleStatus(db: Connection): TableStatus {
  const spans = readCandleSeries(db)
  const newest = spans.reduce<number | null>((last, each) => later(last, each.last), null)
  return { table: 'crypto_ohlcv', rows: spans.reduce((sum, each) => sum + each.rows, 0), newest }
}

/** Two exchanges have a part in an opportunity, and none in a signal or a run: they are no rows of one instrument. */
const WITHOUT_INSTRUMENTS: ReadonlySet<TableName> = new Set(['arbitrage_opportunities', 'signals', 'coverage_runs'])

function hasInstruments(table: TableName): table is StreamTable {
  return isStreamTable(table) && !WITHOUT_INSTRUMENTS.has(table)
}

function newestOf(db: Connection, table: StreamTable): number | null {
  return instrumentsOf(db, table).reduce<number | null>((last, each) => later(last, each.newest), null)
}

function newestValue(db: Connection, table: TableName): number | null {
  const { columns, time }: { readonly columns: readonly string[]; readonly time: string } = TABLES[table]
  // A value of a day may become known only days from now.
  const newest = columns.includes('date') ? 'unixepoch(max(date)) * 1000' : `max(${time})`
  return db.prepare<[], number | null>(`SELECT ${newest} FROM ${table}`).pluck().get() ?? null
}

function later(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b)
}
