import { BugError } from '../errors.js'
import type { FundingRow, MacroRow, MacroVintageRow } from './rows.js'
import { TABLES, toCells } from './tables.js'
import type { PrepareUpsert, UpsertCounts } from './upsert.js'

interface Written {
  readonly funding_rates: FundingRow
  readonly macro_indicators: MacroRow
  readonly macro_vintages: MacroVintageRow
}

export type UpsertRows<Table extends keyof Written> = (rows: readonly Written[Table][], now: number) => UpsertCounts

/** Stores rows of a table whose rows may be written again. `now` is their `created_at` where the table has one. */
export function prepareRows<Table extends keyof Written>(prepare: PrepareUpsert, table: Table): UpsertRows<Table> {
  const columns: readonly string[] = TABLES[table].columns
  const key: readonly string[] = TABLES[table].key
  const stamps = columns.filter((column): boolean => column === 'created_at')
  const values = columns.filter((column) => !key.includes(column) && !stamps.includes(column))
  const upsert = prepare({ table, key, values, stamps })
  const order = [...key, ...values, ...stamps].map((column) => columns.indexOf(column))
  return (rows, now) =>
    upsert(rows.length, (index, cells, at) => {
      const row = rows[index]
      if (row === undefined) return
      const stored = toCells(table, { ...row, createdAt: now } as Parameters<typeof toCells<Table>>[1])
      if (stored.some((cell) => typeof cell === 'number' && !Number.isFinite(cell)))
        throw new BugError(`A number that is none, and nothing refused it: ${JSON.stringify(row)}`)
      for (const [place, from] of order.entries()) cells[at + place] = stored[from] ?? null
    })
}
