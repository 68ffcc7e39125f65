/** Where an export may go: never over what may be the only copy of other rows. */
import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import { UsageError } from '../../errors.js'

const MAGIC = 'SQLite format 3\0'

/** The file's whole path. `kept`: folders in which mts itself keeps rows. Throws `UsageError` `USAGE_EXPORT_TARGET`. */
export function exportTarget(out: string, kept: readonly string[]): string {
  const file = path.resolve(out)
  const real = realOf(file)
  if (isDatabase(real) || isDatabase(real.replace(/-(?:wal|shm|journal)$/, ''))) throw refused(file, 'a database')
  const folder = kept.find((each) => !path.relative(realOf(each), real).startsWith('..'))
  if (folder !== undefined) throw refused(file, `in ${path.basename(folder)}, where mts keeps its own files`)
  return file
}

/** Of a file that is not there yet the folder may be a link too. */
function realOf(file: string): string {
  if (statSync(file, { throwIfNoEntry: false }) !== undefined) return realpathSync(file)
  const folder = path.dirname(file)
  return folder === file ? file : path.join(realOf(folder), path.basename(file))
}

function isDatabase(file: string): boolean {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return false
  const handle = openSync(file, 'r')
  try {
    const start = Buffer.alloc(MAGIC.length)
    readSync(handle, start, 0, MAGIC.length, 0)
    return start.toString('latin1') === MAGIC
  } finally {
    closeSync(handle)
  }
}

function refused(file: string, what: string): UsageError {
  return new UsageError('USAGE_EXPORT_TARGET', `Not overwritten: ${file} is ${what}`, {
    suggestions: ['Give another file with --out'],
  })
}
