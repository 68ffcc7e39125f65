/** Brings a database to a schema version: forward only, each step in a transaction, remembered with its checksum. */
import { StorageError, UsageError } from '../errors.js'
import { type Connection, exists, openForReading, openForWriting } from './database.js'
import { MIGRATIONS, type Migration } from './migrations/index.js'
import { guarded, storageError } from './storage-errors.js'

export interface MigrateOptions {
  /** Written beside each migration: now in ms, and who did it. */
  readonly appliedAt: number
  readonly programVersion: string
  /** Number of the last migration to apply; the newest when missing. */
  readonly to?: number
  /** Only tell what would be done: nothing is created or changed. */
  readonly dryRun?: boolean
  readonly busyTimeoutMs?: number
}

export interface MigrationReport {
  /** Schema version before and after; 0 is an empty database. */
  readonly from: number
  readonly to: number
  /** What was applied, or with `dryRun` would be. */
  readonly migrations: readonly Pick<Migration, 'number' | 'name'>[]
}

/** Marks a file as one of ours ("mts1"), so that the tables of another program are never mixed with them. */
const APPLICATION_ID = 0x6d747331

const CREATE_HISTORY = `
CREATE TABLE IF NOT EXISTS migrations (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at INTEGER NOT NULL,
  program_version TEXT NOT NULL
) STRICT;
PRAGMA application_id = ${APPLICATION_ID};
`

/**
 * Creates or upgrades the database at `path`. Throws `UsageError` when `to` lies behind or beyond, `StorageError` otherwise;
 * a migration that fails leaves the database as the one before it left it.
 */
export function migrate(path: string, options: MigrateOptions): MigrationReport {
  if (options.dryRun === true && !exists(path)) return report(0, plan(0, MIGRATIONS, options.to))
  const db = options.dryRun === true ? openForReading(path, options.busyTimeoutMs) : openForWriting(path, options.busyTimeoutMs)
  try {
    return migrateDatabase(db, options)
  } finally {
    db.close()
  }
}

/** The same on an open database; `migrations` is what the program knows. */
export function migrateDatabase(db: Connection, options: MigrateOptions, migrations = MIGRATIONS): MigrationReport {
  const from = guarded(db.name, () => schemaVersion(db, migrations))
  const pending = plan(from, migrations, options.to)
  if (options.dryRun === true) return report(from, pending)
  // Another program may be migrating too: whoever gets the lock does the step, the others find it done.
  const applied = pending.filter((migration) => apply(db, migration, options, migrations))
  return report(from, applied, pending.at(-1)?.number)
}

/**
 * Number of the last migration applied, 0 for an empty database. Throws `StorageError`: the database is newer than the
 * program, was made by other migrations, or belongs to another program.
 */
export function schemaVersion(db: Connection, migrations: readonly Migration[] = MIGRATIONS): number {
  const tables = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all()
  if (!tables.includes('migrations')) {
    if (tables.length > 0) throw foreign(db.name)
    return 0
  }
  if (db.pragma('application_id', { simple: true }) !== APPLICATION_ID) throw foreign(db.name)
  const history = db.prepare<[], Applied>('SELECT number, checksum, program_version FROM migrations ORDER BY number').all()
  const newest = history.at(-1)
  if (newest !== undefined && newest.number > migrations.length) throw newer(db.name, newest, migrations.length)
  history.forEach((applied, index) => {
    const known = migrations[index]
    if (known?.number !== applied.number || known.checksum !== applied.checksum) throw changed(db.name, applied)
  })
  return newest?.number ?? 0
}

interface Applied {
  readonly number: number
  readonly checksum: string
  readonly program_version: string
}

function plan(from: number, migrations: readonly Migration[], to = migrations.length): readonly Migration[] {
  if (!Number.isInteger(to) || to < from || to > migrations.length) {
    const range = from === migrations.length ? `${from}` : `${from} to ${migrations.length}`
    throw new UsageError(
      'USAGE_MIGRATION',
      `Cannot migrate to ${to}: the database is at ${from}, the newest is ${migrations.length}`,
      {
        suggestions: [`Possible here: ${range}. There is no way back: restore a backup instead`],
      },
    )
  }
  return migrations.filter(({ number }) => number > from && number <= to)
}

function apply(db: Connection, migration: Migration, options: MigrateOptions, migrations: readonly Migration[]): boolean {
  try {
    db.exec('BEGIN IMMEDIATE')
    const isPending = schemaVersion(db, migrations) < migration.number
    if (isPending) {
      db.exec(CREATE_HISTORY)
      db.exec(migration.sql)
      db.prepare('INSERT INTO migrations (number, name, checksum, applied_at, program_version) VALUES (?, ?, ?, ?, ?)').run(
        migration.number,
        migration.name,
        migration.checksum,
        options.appliedAt,
        options.programVersion,
      )
    }
    db.exec('COMMIT')
    return isPending
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK')
    throw failed(error, db.name, migration)
  }
}

function report(from: number, migrations: readonly Migration[], to = migrations.at(-1)?.number ?? from): MigrationReport {
  return { from, to, migrations: migrations.map(({ number, name }) => ({ number, name })) }
}

function failed(error: unknown, path: string, { number, name }: Migration): StorageError {
  const known = storageError(error, path)
  if (known.code !== 'STORAGE_FAILED') return known
  return new StorageError('STORAGE_MIGRATION', `Migration ${number} (${name}) of ${path} failed: ${known.message}`, {
    cause: error,
    suggestions: ['The database is as it was before this migration. Please report this'],
  })
}

function newer(path: string, applied: Applied, known: number): StorageError {
  const message = `The database ${path} is newer than this mts: its schema is ${applied.number}, known up to ${known}`
  return new StorageError('STORAGE_NEWER', message, {
    suggestions: [`Use mts ${applied.program_version} or newer`, 'Give the path of another database with --db'],
  })
}

function changed(path: string, applied: Applied): StorageError {
  const message = `Migration ${applied.number} of ${path} is not the one that this mts knows (checksum differs)`
  return new StorageError('STORAGE_CHECKSUM', message, {
    suggestions: [`It was applied by mts ${applied.program_version}: use that version`, 'Or start with a new database (--db)'],
  })
}

function foreign(path: string): StorageError {
  return new StorageError(
    'STORAGE_FOREIGN',
    `The database ${path} belongs to another program: it has tables that mts did not make`,
    {
      suggestions: ['Give the path of another file with --db'],
    },
  )
}
