/** How a database file is opened: one place for the pragmas. */
import { statSync } from 'node:fs'
import path from 'node:path'
import Database from 'better-sqlite3'
import { StorageError } from '../errors.js'
import { makeFolder } from '../files/make-folder.js'
import { BUSY_TIMEOUT_MS, WAL_LIMIT_BYTES } from './limits.js'
import { guarded, isLocked } from './storage-errors.js'

export type Connection = Database.Database

/** Opens for reading and writing and creates file and directory where they are missing. Throws `StorageError`. */
export function openForWriting(file: string, busyTimeoutMs: number = BUSY_TIMEOUT_MS): Connection {
  return guarded(file, () => {
    refuseDirectory(file)
    makeFolder(path.dirname(file))
    const db = new Database(file, { timeout: busyTimeoutMs })
    try {
      useWal(db)
      db.pragma('synchronous = NORMAL')
      db.pragma('foreign_keys = ON')
      db.pragma(`journal_size_limit = ${WAL_LIMIT_BYTES}`)
      return db
    } catch (error) {
      db.close()
      throw error
    }
  })
}

const HOW_TO_GET_ONE = ['The first run that stores something makes it: mts collect, mts macro or mts stream']

/** For what only reads, or works on what is there. Throws `StorageError`: `STORAGE_MISSING` where there is no file. */
export function requireDatabase(file: string, advice: readonly string[] = HOW_TO_GET_ONE): void {
  refuseDirectory(file)
  if (exists(file)) return
  throw new StorageError('STORAGE_MISSING', `There is no database at ${file}`, {
    suggestions: [...advice, 'Or name another one with --db'],
  })
}

/** SQLite calls it a failure of the disk. */
function refuseDirectory(file: string): void {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() !== true) return
  throw new StorageError('STORAGE_OPEN', `${file} is a directory, not a database`, {
    suggestions: ['Give the path of a file with --db'],
  })
}

/** Opens an existing file for reading only. Throws `StorageError`: `STORAGE_MISSING` where there is none. */
export function openForReading(file: string, busyTimeoutMs: number = BUSY_TIMEOUT_MS): Connection {
  requireDatabase(file)
  return guarded(file, () => new Database(file, { readonly: true, fileMustExist: true, timeout: busyTimeoutMs }))
}

export function exists(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined
}

/** Bytes of a file; 0 where there is none. */
export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

/**
 * Empties the WAL once it is larger than `limitBytes`. Without this, readers that overlap all the time keep it growing for
 * ever. It never waits for them: the next batch tries again.
 */
export function limitWal(db: Connection, limitBytes: number, busyTimeoutMs: number): void {
  if (sizeOf(`${db.name}-wal`) <= limitBytes) return
  db.pragma('busy_timeout = 0')
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.pragma(`busy_timeout = ${busyTimeoutMs}`)
}

const WAL_ATTEMPTS = 20

/**
 * The switch to WAL does not wait for locks as other statements do. Taking the write lock does, so that of several programs
 * that open a new file at once each gets its turn.
 */
function useWal(db: Connection): void {
  for (let attempt = 1; ; attempt++) {
    try {
      db.pragma('journal_mode = WAL')
      return
    } catch (error) {
      if (!isLocked(error) || attempt === WAL_ATTEMPTS) throw error
      db.exec('BEGIN IMMEDIATE; COMMIT')
    }
  }
}
