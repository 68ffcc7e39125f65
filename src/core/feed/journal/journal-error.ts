import { accessSync, constants } from 'node:fs'
import { StorageError } from '../../errors.js'
import { makeFolder } from '../../files/make-folder.js'

const FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT'])

/** What the system says when a journal cannot be written, as a `StorageError` that names it and the way out. */
export function journalError(cause: unknown, path: string): StorageError {
  const isFull = cause instanceof Error && 'code' in cause && FULL.has(cause.code)
  return new StorageError(isFull ? 'STORAGE_FULL' : 'STORAGE_JOURNAL', `Cannot write the journal ${path}: ${reasonOf(cause)}`, {
    cause,
    suggestions: [
      isFull
        ? 'Free some space and start again: what is sealed is whole'
        : 'Make it a directory that you may write to, or put the data elsewhere with MTS_DATA_DIR; what is sealed is whole',
    ],
  })
}

/** Makes the journal's folder. Throws `StorageError` where nothing can be written there: before anything is asked of an exchange. */
export function prepareJournalFolder(directory: string): void {
  try {
    makeFolder(directory)
    accessSync(directory, constants.W_OK)
  } catch (error) {
    throw journalError(error, directory)
  }
}

/** `EROFS: read-only file system, mkdir '/data'` → `read-only file system`: the path is told already. */
function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  return /^E[A-Z0-9]+: ([^,]+)/.exec(text)?.[1] ?? text
}
