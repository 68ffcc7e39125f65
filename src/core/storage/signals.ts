/** Signals as they were stored. */
import type { Connection } from './database.js'
import { DEFAULT_LIMIT, MAX_TIME, MIN_TIME, sqlLimit } from './read-rows.js'
import type { SignalRow } from './rows.js'
import { insertSql, TABLES, toCells, toRow } from './tables.js'

/** Everything is optional; lists are alternatives; `since <= timestamp < until` in ms. */
export interface SignalQuery {
  readonly strategies?: readonly string[] | undefined
  readonly assets?: readonly string[] | undefined
  readonly since?: number | undefined
  readonly until?: number | undefined
  /** Newest rows to give, 100; `Infinity` for all. */
  readonly limit?: number | undefined
}

/** Newest first. */
export function readSignals(db: Connection, query: SignalQuery = {}): SignalRow[] {
  const { strategies, assets, since = MIN_TIME, until = MAX_TIME, limit = DEFAULT_LIMIT } = query
  const conditions = ['timestamp >= ?', 'timestamp < ?', ...oneOf('strategy', strategies), ...oneOf('asset', assets)]
  const sql = `SELECT ${TABLES.signals.columns.join(', ')} FROM signals
    WHERE ${conditions.join(' AND ')} ORDER BY timestamp DESC, strategy, asset, id LIMIT ?`
  const rows = db
    .prepare<(string | number)[], Readonly<Record<string, unknown>>>(sql)
    .all(since, until, ...(strategies ?? []), ...(assets ?? []), sqlLimit(limit))
  return rows.map((row) => toRow('signals', row))
}

function oneOf(column: string, values: readonly string[] | undefined): string[] {
  if (values === undefined) return []
  return [`${column} IN (${values.map(() => '?').join(', ')})`]
}

/** How many of them were not there yet. The caller's transaction is needed around it. */
export function saveSignals(db: Connection, rows: readonly SignalRow[]): number {
  const statement = db.prepare<unknown[]>(insertSql('signals'))
  return rows.reduce((added, row) => added + statement.run(...toCells('signals', row)).changes, 0)
}
