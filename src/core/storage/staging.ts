/**
 * Rows of a file that may be larger than memory, put in the order of their series and times on disk: a private database that is
 * gone with its connection.
 */
import Database from 'better-sqlite3'
import { guarded } from './storage-errors.js'
import type { Cell } from './tables.js'

export interface Staging {
  /** The first cells tell series, time and sub-key, all integers; what follows is up to the caller. `text` is seldom asked for again. */
  add(cells: readonly Cell[], text: string): void
  /** In the order of series, time and sub-key; rows that have all three alike are neighbours. The last cell is the row's number. */
  sorted(): IterableIterator<readonly Cell[]>
  /** The text of a row by its number. */
  textOf(row: number): string
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
    db.exec(`CREATE TABLE staged (${names.join(', ')}, text)`)
    const insert = db.prepare<[readonly Cell[], string]>(`INSERT INTO staged VALUES (${names.map(() => '?').join(', ')}, ?)`)
    const text = db.prepare<[number], string>('SELECT text FROM staged WHERE rowid = ?').pluck()
    const order = watchOrder()
    let rows = 0
    db.exec('BEGIN')
    return {
      add: (cells, kept) =>
        guarded(PLACE, () => {
          insert.run(cells, kept)
          order.see(cells)
          rows += 1
          if (rows % ROWS_PER_TRANSACTION === 0) db.exec('COMMIT; BEGIN')
        }),
      sorted: () => {
        if (db.inTransaction) db.exec('COMMIT')
        return db
          .prepare<[], readonly Cell[]>(`SELECT ${names.join(', ')}, rowid FROM staged ORDER BY ${order.sql()}`)
          .raw()
          .iterate()
      },
      textOf: (row) => text.get(row) ?? '',
      close: () => {
        db.close()
      },
    }
  })
}

/** Most files are in order, or in the opposite one: sorting them would cost as much as reading them. */
function watchOrder() {
  let [up, down] = [true, true]
  let before: readonly Cell[] = []
  return {
    see(cells: readonly Cell[]): void {
      const step = before.length === 0 ? 0 : compare(cells, before)
      if (step < 0) up = false
      if (step > 0) down = false
      before = cells
    },
    sql: () => (up ? 'rowid' : down ? 'rowid DESC' : 'c0, c1, c2'),
  }
}

const SORTED_CELLS = 3

function compare(a: readonly Cell[], b: readonly Cell[]): number {
  for (let at = 0; at < SORTED_CELLS; at++) {
    const step = Number(a[at]) - Number(b[at])
    if (step !== 0) return step
  }
  return 0
}
