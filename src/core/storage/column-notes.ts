/**
 * What was once found out about columns, beside the file that holds them: whoever reads the same bytes again need not find it out
 * again. Like the columns it may be deleted at any time.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { makeFolder } from '../files/make-folder.js'

/** The newest ones stay: nothing here grows without a bound. */
const MOST_NOTES = 32

/** `data/cache/crypto_data/notes.json`. */
function notesFileOf(database: string): string {
  return path.join(path.dirname(database), 'cache', path.parse(database).name, 'notes.json')
}

/** `undefined`: nothing is known under this key. */
export function readColumnNote(database: string, key: string): string | undefined {
  return readNotes(database).find((note) => note[0] === key)?.[1]
}

/** Where it cannot be written, nothing is lost but the time to find it out again. */
export function keepColumnNote(database: string, key: string, text: string): void {
  const file = notesFileOf(database)
  const temporary = `${file}.tmp`
  const notes = [[key, text], ...readNotes(database).filter((note) => note[0] !== key)].slice(0, MOST_NOTES)
  try {
    makeFolder(path.dirname(file))
    writeFileSync(temporary, JSON.stringify(notes))
    renameSync(temporary, file)
  } catch {
    rmSync(temporary, { force: true })
  }
}

function readNotes(database: string): [string, string][] {
  try {
    const notes: unknown = JSON.parse(readFileSync(notesFileOf(database), 'utf8'))
    return Array.isArray(notes) ? notes.filter(isNote) : []
  } catch {
    // Missing, or cut off by a crash: it is found out anew.
    return []
  }
}

function isNote(value: unknown): value is [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string')
}
