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

export const NO_CHANGES: UpsertCounts = { inserted: 0, updated: 0, unchanged: 0 }

export function addCounts(a: UpsertCounts, b: UpsertCounts): UpsertCounts {
  return { inserted: a.inserted + b.inserted, updated: a.updated + b.updated, unchanged: a.unchanged + b.unchanged }
}

/** Rows of one statement: each more costs less than the one before, and beyond this hardly less. */
const CHUNK = 50

/** Takes cells row after row, each in the order key, values, stamps; of several rows with one key the last one stays. */
export type Upsert = (cells: readonly Cell[]) => UpsertCounts

/** Statements are prepared once and used often: they are long. */
export type PrepareUpsert = (target: UpsertTarget) => Upsert

/** Once a connection. The caller's transaction is needed around each upsert. */
export function startUpserts(db: Connection): PrepareUpsert {
  const changes = countChanges(db)
  return (target) => {
    const many = prepareChunk(db, target, CHUNK)
    const one = prepareChunk(db, target, 1)
    const width = target.key.length + target.values.length + target.stamps.length
    const chunk = CHUNK * width
    return (cells) => {
      changes.start()
      let touched = 0
      let at = 0
      for (; at + chunk <= cells.length; at += chunk) touched += many.run(cells.slice(at, at + chunk)).changes
      for (; at < cells.length; at += width) touched += one.run(cells.slice(at, at + width)).changes
      const updated = changes.count()
      return { inserted: touched - updated, updated, unchanged: cells.length / width - touched }
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
