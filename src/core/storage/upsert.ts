/** Rows that may be written again: told apart are those that are new, those that change something and those that do not. */
import type { Connection } from './database.js'
import type { Cell } from './tables.js'

export interface UpsertCounts {
  readonly inserted: number
  readonly updated: number
  readonly unchanged: number
}

export interface UpsertTarget {
  readonly table: string
  readonly key: readonly string[]
  readonly values: readonly string[]
  /** Set together with the values, but no reason to write: the time of writing. */
  readonly stamps: readonly string[]
}

/** Rows of one statement: each more costs less than the one before, and beyond this hardly less. */
const CHUNK = 50

/** Puts the cells of the row at `index` into `cells` from `at` on, in the order key, values, stamps. */
export type PutCells = (index: number, cells: Cell[], at: number) => void

/** Stores `count` rows; of several with one key the last one stays. */
export type Upsert = (count: number, put: PutCells) => UpsertCounts

/** Statements are prepared once and used often: they are long. */
export type PrepareUpsert = (target: UpsertTarget) => Upsert

/** Once a connection. The caller's transaction is needed around each upsert. */
export function startUpserts(db: Connection): PrepareUpsert {
  const changes = countChanges(db)
  return (target) => {
    const width = target.key.length + target.values.length + target.stamps.length
    const many = prepareChunk(db, target, CHUNK)
    const one = prepareChunk(db, target, 1)
    // Filled again and again: an array for each statement would be most of the garbage.
    const cells: Cell[] = new Array<Cell>(CHUNK * width).fill(null)
    const last: Cell[] = new Array<Cell>(width).fill(null)
    return (count, put) => {
      changes.start()
      let touched = 0
      let index = 0
      while (index + CHUNK <= count) {
        for (let at = 0; at < cells.length; at += width) put(index++, cells, at)
        touched += many.run(cells).changes
      }
      while (index < count) {
        put(index++, last, 0)
        touched += one.run(last).changes
      }
      const updated = changes.count()
      return { inserted: touched - updated, updated, unchanged: count - touched }
    }
  }
}

function prepareChunk(db: Connection, { table, key, values, stamps }: UpsertTarget, size: number) {
  const columns = [...key, ...values, ...stamps]
  const places = `(${columns.map(() => '?').join(', ')})`
  const rows = Array.from({ length: size }, () => places).join(', ')
  const sets = [...values, ...stamps].map((column, at) =>
    at === 0 ? `${column} = iif(${COUNT_CHANGE}(), excluded.${column}, NULL)` : `${column} = excluded.${column}`,
  )
  const differs = values.map((column) => `${column} IS NOT excluded.${column}`).join(' OR ')
  return db.prepare<[readonly Cell[]]>(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${rows}
      ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${sets.join(', ')} WHERE ${differs}`,
  )
}

const COUNT_CHANGE = 'count_change'

/** SQLite tells how many rows a statement touched, not which of them were there before: those call this function. */
function countChanges(db: Connection) {
  let count = 0
  db.function(COUNT_CHANGE, { directOnly: true }, () => {
    count += 1
    return 1
  })
  return {
    start: () => {
      count = 0
    },
    count: () => count,
  }
}
