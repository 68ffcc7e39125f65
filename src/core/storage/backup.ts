/** A copy of a database that others go on using: made page by page, checked, and only then given its name. */
import { realpathSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import Database from 'better-sqlite3'
import { StorageError, UsageError } from '../errors.js'
import { makeFolder } from '../files/make-folder.js'
import { publishFile } from './archive/files.js'
import { exists, openForReading, sizeOf } from './database.js'
import { schemaVersion } from './migrate.js'
import { guarded, storageError } from './storage-errors.js'

export interface BackupOptions {
  /** A file, or a folder for a file of the database's own name. */
  readonly to: string
  readonly signal?: AbortSignal
  /** Told after each step how much of the copy is made, 0 to 1. */
  onProgress?(share: number): void
}

export interface BackupReport {
  readonly path: string
  readonly bytes: number
  readonly schemaVersion: number
}

/** Pages of one step: 4 MiB, then others may go on. */
const PAGES = 1024
/** A writer in another program makes the copy begin anew; after so many times the rest is copied in one step. */
const MAX_RESTARTS = 3
const ALL_PAGES = 0x7fffffff

/**
 * Copies the database at `source`. The copy is one file, without a WAL beside it. Throws `UsageError` when it would overwrite
 * the database itself or a file that is no copy of one, `StorageError` otherwise; what was there before then stays.
 */
export async function backupDatabase(source: string, options: BackupOptions): Promise<BackupReport> {
  const db = openForReading(source)
  try {
    guarded(source, () => schemaVersion(db))
    const target = guarded(options.to, () => targetOf(source, options.to))
    const temporary = `${target}.tmp`
    guarded(target, () => makeFolder(path.dirname(target)))
    try {
      removeDatabase(temporary)
      await db.backup(temporary, { progress: stepper(options) })
      options.signal?.throwIfAborted()
      options.onProgress?.(1)
      const version = guarded(temporary, () => verify(temporary))
      guarded(target, () => publishFile(temporary, target))
      return { path: target, bytes: sizeOf(target), schemaVersion: version }
    } catch (error) {
      removeDatabase(temporary)
      if (options.signal?.aborted === true) throw options.signal.reason
      throw storageError(error, target)
    }
  } finally {
    db.close()
  }
}

function targetOf(source: string, to: string): string {
  const isFolder = to.endsWith('/') || to.endsWith(path.sep) || statSync(to, { throwIfNoEntry: false })?.isDirectory() === true
  const target = path.resolve(isFolder ? path.join(to, path.basename(source)) : to)
  const own = realpathSync(source)
  const real = exists(target) ? realpathSync(target) : target
  if ([own, `${own}-wal`, `${own}-shm`, path.resolve(source)].includes(real))
    throw refused(`${target} is the database itself`, 'Give another file or folder with --to')
  if (exists(target) && !isOurs(target))
    throw refused(`${target} is there and is no copy of a database of mts`, 'Move it away, or give another file with --to')
  return target
}

function refused(message: string, suggestion: string): UsageError {
  return new UsageError('USAGE_BACKUP_TARGET', `Not overwritten: ${message}`, { suggestions: [suggestion] })
}

function isOurs(file: string): boolean {
  try {
    const db = new Database(file, { readonly: true })
    try {
      // Of a newer schema it throws, and then it is better kept.
      return schemaVersion(db) > 0
    } finally {
      db.close()
    }
  } catch {
    return false
  }
}

/** How many pages to copy next. */
function stepper({ signal, onProgress }: BackupOptions) {
  let restarts = 0
  let before = Number.POSITIVE_INFINITY
  return ({ totalPages, remainingPages }: Database.BackupMetadata): number => {
    signal?.throwIfAborted()
    if (remainingPages > before) restarts += 1
    before = remainingPages
    onProgress?.(totalPages === 0 ? 0 : 1 - remainingPages / totalPages)
    return restarts > MAX_RESTARTS ? ALL_PAGES : PAGES
  }
}

/** Makes it a single file and reads all of it; gives its schema version. */
function verify(file: string): number {
  const db = new Database(file, { fileMustExist: true })
  try {
    db.pragma('journal_mode = DELETE')
    const answers = db.pragma('integrity_check(5)') as { integrity_check: string }[]
    const complaints = answers.map(({ integrity_check: line }) => line).filter((line) => line !== 'ok')
    if (complaints.length > 0) {
      throw new StorageError('STORAGE_BACKUP', `The copy is not sound, and neither is the database: ${complaints.join('; ')}`, {
        suggestions: ['Look at the database with: mts doctor', 'The backup made before is still there'],
      })
    }
    return schemaVersion(db)
  } finally {
    db.close()
  }
}

function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true })
}
