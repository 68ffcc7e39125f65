/**
 * Rows of a file that may be larger than memory, put in the order of their series and times on disk: a private database that is
 * gone with its connection.
 */
import Database from 'better-sqlite3'
import { guarded } from './storage-errors.js'
import type { Cell } from './tables.js'

/** The first cells tell series, time, sub-key and line, all integers; what follows is up to the caller. */
export interface Staging {
  add(cells: readonly Cell[]): void
  readonly rows: number
  /** In the order of series, time, sub-key and line. */
  sorted(): IterableIterator<readonly Cell[]>
  close(): void
}

/** Rows in one transaction: without any, each would be one. */
const ROWS_PER_TRANSACTION = 100_000
const CACHE_KIB = 32 * 1024
const PLACE = 'the temporary folder'

/** `width`: cells of a row. Throws `StorageError`, as every method does. */
export function openStaging(width: number): Staging {
  return guarded(PLACE, () => {
    const db = new Database('')
    db.pragma('journal_mode = OFF')
    db.pragma('synchronous = OFF')
    db.pragma('temp_store = FILE')
    db.pragma(`cache_size = -${CACHE_KIB}`)
    const names = Array.from({ length: width }, (_, at) => `c${at}`)
    db.exec(`CREATE TABLE staged (${names.join(', ')})`)
    const insert = db.prepare<[readonly Cell[]]>(`INSERT INTO staged VALUES (${names.map(() => '?').join(', ')})`)
    let rows = 0
    db.exec('BEGIN')
    return {
      add: (cells) =>
        guarded(PLACE, () => {
          insert.run(cells)
          rows += 1
          if (rows % ROWS_PER_TRANSACTION === 0) db.exec('COMMIT; BEGIN')
        }),
      get rows() {
        return rows
      },
      sorted: () => {
        if (db.inTransaction) db.exec('COMMIT')
        return db.prepare<[], readonly Cell[]>('SELECT * FROM staged ORDER BY c0, c1, c2, c3').raw().iterate()
      },
      close: () => {
        db.close()
      },
    }
  })
}
