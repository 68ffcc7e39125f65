/** Opportunities as they were stored, newest first. */
import type { Connection } from './database.js'
import { DEFAULT_LIMIT, sqlLimit } from './read-rows.js'
import type { ArbitrageRow } from './rows.js'
import { TABLES, toRow } from './tables.js'

export interface OpportunityQuery {
  /** ms, of the opening. */
  readonly since?: number
  /** `spread`, `basis`. */
  readonly types?: readonly string[]
  /** Whole, or its beginning. */
  readonly id?: string
  readonly limit?: number
}

export function readOpportunities(db: Connection, { since, types, id, limit }: OpportunityQuery = {}): ArbitrageRow[] {
  const conditions = ['timestamp >= ?']
  const values: (string | number)[] = [since ?? 0]
  if (types !== undefined) {
    conditions.push(`type IN (${types.map(() => '?').join(', ')})`)
    values.push(...types)
  }
  if (id !== undefined) {
    conditions.push('substr(id, 1, ?) = ?')
    values.push(id.length, id)
  }
  const sql = `SELECT ${TABLES.arbitrage_opportunities.columns.join(', ')} FROM arbitrage_opportunities
    WHERE ${conditions.join(' AND ')} ORDER BY timestamp DESC, id LIMIT ?`
  const rows = db
    .prepare<(string | number)[], Readonly<Record<string, unknown>>>(sql)
    .all(...values, sqlLimit(limit ?? DEFAULT_LIMIT))
  return rows.map((row) => toRow('arbitrage_opportunities', row))
}
