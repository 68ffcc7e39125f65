/** Is the storage fit? For who looks after the machine, not for who reads the market. */
import Database from 'better-sqlite3'
import { openForReading, sizeOf } from './database.js'
import { schemaVersion } from './migrate.js'
import { SCHEMA_VERSION } from './migrations/index.js'
import { guarded } from './storage-errors.js'

/** Beyond this, reading all of it takes longer than anybody waits for. */
const LARGEST_CHECKED_BYTES = 2 * 2 ** 30

export interface DatabaseHealth {
  readonly schemaVersion: number
  readonly newestSchema: number
  readonly fileBytes: number
  readonly walBytes: number
  readonly journalMode: string
  /** What SQLite's own check complains of; `null`: too large to be checked here. */
  readonly complaints: readonly string[] | null
  /** Share of the samples that came since `since`; `null`: there are none. */
  readonly recentShare: number | null
}

/** Throws where the native module cannot be loaded. */
export function sqliteVersion(): string {
  const db = new Database(':memory:')
  try {
    return String(db.prepare('SELECT sqlite_version()').pluck().get())
  } finally {
    db.close()
  }
}

/** Reads an existing database; throws `StorageError`. `since`: ms. */
export function databaseHealth(path: string, since: number): DatabaseHealth {
  const db = openForReading(path)
  try {
    return guarded(path, () => {
      const version = schemaVersion(db)
      const fileBytes = sizeOf(path)
      const isSmall = fileBytes <= LARGEST_CHECKED_BYTES
      const answers = isSmall ? (db.pragma('quick_check(10)', { simple: false }) as { quick_check: string }[]) : undefined
      const complaints = answers?.map(({ quick_check: line }) => line).filter((line) => line !== 'ok') ?? null
      return {
        schemaVersion: version,
        newestSchema: SCHEMA_VERSION,
        fileBytes,
        walBytes: sizeOf(`${path}-wal`),
        journalMode: String(db.pragma('journal_mode', { simple: true })),
        complaints,
        recentShare: version < 1 ? null : recentShare(db, since),
      }
    })
  } finally {
    db.close()
  }
}

/** Samples of books are nearly all of a database's bytes. */
function recentShare(db: Database.Database, since: number): number | null {
  const count = (sql: string, ...values: number[]) =>
    Number(
      db
        .prepare(sql)
        .pluck()
        .get(...values),
    )
  const all = count('SELECT count(*) FROM bid_ask_spreads')
  return all === 0 ? null : count('SELECT count(*) FROM bid_ask_spreads WHERE timestamp >= ?', since) / all
}
