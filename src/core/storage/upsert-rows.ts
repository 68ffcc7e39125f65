import { BugError } from '../errors.js'
import type { Connection } from './database.js'
import type { FundingRow, MacroRow, MacroVintageRow } from './rows.js'
import { type Cell, TABLES, toCells } from './tables.js'
import { type Change, prepareUpsert, type UpsertCounts } from './upsert.js'

interface Written {
  readonly funding_rates: FundingRow
  readonly macro_indicators: MacroRow
  readonly macro_vintages: MacroVintageRow
}

/** Stores rows of a table whose rows may be written again. `now` is their `created_at` where the table has one. */
export function upsertRows<Table extends keyof Written>(
  db: Connection,
  table: Table,
  rows: readonly Written[Table][],
  now: number,
): UpsertCounts {
  const columns: readonly string[] = TABLES[table].columns
  const key: readonly string[] = TABLES[table].key
  const stamps = columns.filter((column): boolean => column === 'created_at')
  const values = columns.filter((column) => !key.includes(column) && !stamps.includes(column))
  const upsert = prepareUpsert(db, { table, key, values, stamps })
  const order = [...key, ...values, ...stamps].map((column) => columns.indexOf(column))
  const counts: Record<Change, number> = { inserted: 0, updated: 0, unchanged: 0 }
  for (const row of rows) {
    const cells = toCells(table, { ...row, createdAt: now } as Parameters<typeof toCells<Table>>[1])
    const ordered = order.map((at): Cell => cells[at] ?? null)
    if (ordered.some((cell) => typeof cell === 'number' && !Number.isFinite(cell)))
      throw new BugError(`A number that is none, and nothing refused it: ${JSON.stringify(row)}`)
    counts[upsert(ordered)] += 1
  }
  return counts
}
