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

export type Change = 'inserted' | 'updated' | 'unchanged'
type Outcome = (cells: readonly Cell[]) => Change

/** Takes cells in the order key, values, stamps. The caller's transaction is needed around it. */
export function prepareUpsert(db: Connection, { table, key, values, stamps }: UpsertTarget): Outcome {
  const columns = [...key, ...values, ...stamps]
  const insert = db.prepare<Cell[]>(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')}) ON CONFLICT DO NOTHING`,
  )
  const sets = [...values, ...stamps].map((column) => `${column} = ?`)
  const isKey = key.map((column) => `${column} = ?`)
  const differs = values.map((column) => `${column} IS NOT ?`)
  const update = db.prepare<Cell[]>(
    `UPDATE ${table} SET ${sets.join(', ')} WHERE ${isKey.join(' AND ')} AND (${differs.join(' OR ')})`,
  )
  const keys = key.length
  const compared = keys + values.length
  return (cells) => {
    if (insert.run(...cells).changes > 0) return 'inserted'
    const changes = update.run(...cells.slice(keys), ...cells.slice(0, keys), ...cells.slice(keys, compared)).changes
    return changes > 0 ? 'updated' : 'unchanged'
  }
}
