/** The state of the database itself. */
import { type Connection, sizeOf } from './database.js'
import { schemaVersion } from './migrate.js'
import { MIGRATIONS, type Migration } from './migrations/index.js'
import { instrumentsOf } from './read-rows.js'
import type { TableName } from './rows.js'
import { TABLE_NAMES } from './tables.js'

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
  const existing = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all()
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
  const rows = db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0
  const newest = instrumentsOf(db, table).reduce<number | null>((last, each) => Math.max(last ?? each.newest, each.newest), null)
  return { table, rows, newest }
}
