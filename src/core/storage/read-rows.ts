/**
 * The newest rows over any number of instruments. All keys begin with exchange and symbol, so each instrument is one seek in
 * an index; the rows found so far tell how far back the next instrument is worth reading.
 */
import type { Connection } from './database.js'
import { COVERAGE_END } from './open-coverage.js'
import type { CoverageRow, Rows, StreamTable } from './rows.js'
import { TABLES, toRow } from './tables.js'

/** Everything is optional; lists are alternatives; `since <= time < until` in ms. */
export interface RowQuery {
  readonly exchanges?: readonly string[]
  readonly symbols?: readonly string[]
  readonly since?: number
  readonly until?: number
  /** Newest rows to give, 100; `Infinity` for all. */
  readonly limit?: number
}

export interface Instrument {
  readonly exchange: string
  readonly symbol: string
  /** Time of its newest row. */
  readonly newest: number
}

export const DEFAULT_LIMIT = 100

/** Beyond any time: the range of a JavaScript Date. */
export const MIN_TIME = -8.64e15
export const MAX_TIME = 8.64e15

type Stored = Readonly<Record<string, unknown>>

/**
 * Every instrument of a table, by jumping from one key to the next: the rows between are not read. The time in the comparison
 * is what makes it a jump: without it SQLite walks over all the rows of the instrument before.
 */
export function instrumentsOf(db: Connection, table: StreamTable): Instrument[] {
  const { time } = TABLES[table]
  const next = db.prepare<[string, string, number], Pick<Instrument, 'exchange' | 'symbol'>>(
    `SELECT exchange, symbol FROM ${table} WHERE (exchange, symbol, ${time}) > (?, ?, ?) ORDER BY exchange, symbol, ${time} LIMIT 1`,
  )
  const newest = db.prepare<[string, string], number>(`SELECT max(${time}) FROM ${table} WHERE exchange = ? AND symbol = ?`).pluck()
  const found: Instrument[] = []
  let at = next.get('', '', MIN_TIME)
  while (at !== undefined) {
    found.push({ ...at, newest: newest.get(at.exchange, at.symbol) ?? 0 })
    at = next.get(at.exchange, at.symbol, MAX_TIME)
  }
  return found
}

export function newestRows<Table extends StreamTable>(db: Connection, table: Table, query: RowQuery = {}): Rows[Table][] {
  return mergeNewest(db, table, query, rowsSql(table))
}

/** One instrument's newest rows; `source` may name the index, `filter` narrow them. */
export function rowsSql(table: StreamTable, source: string = table, filter = ''): string {
  const { columns, time } = TABLES[table]
  return `SELECT ${columns.join(', ')} FROM ${source}
    WHERE exchange = ? AND symbol = ? AND ${time} >= ? AND ${time} < ?${filter} ORDER BY ${time} DESC LIMIT ?`
}

/** Runs `sql` (from `rowsSql`) for each instrument and keeps the newest of all. `more` are values of its filter. */
export function mergeNewest<Table extends StreamTable>(
  db: Connection,
  table: Table,
  query: RowQuery,
  sql: string,
  more: readonly number[] = [],
): Rows[Table][] {
  const { time } = TABLES[table]
  const { until = MAX_TIME, limit = DEFAULT_LIMIT } = query
  const statement = db.prepare<(string | number)[], Stored>(sql)
  let since = query.since ?? MIN_TIME
  let rows: Stored[] = []
  for (const { exchange, symbol, newest } of matching(instrumentsOf(db, table), query)) {
    if (newest < since) break
    const added = statement.all(exchange, symbol, since, until, ...more, sqlLimit(limit))
    if (added.length === 0) continue
    rows = rows.concat(added).sort((a, b) => compareNewest(a, b, time))
    if (rows.length < limit) continue
    rows.length = limit
    since = Math.max(since, Number(rows[limit - 1]?.[time]))
  }
  return rows.map((row) => toRow(table, row))
}

export function readCoverage(db: Connection, query: RowQuery = {}): CoverageRow[] {
  const { since = MIN_TIME, until = MAX_TIME, limit = DEFAULT_LIMIT } = query
  const statement = db.prepare<(string | number)[], Stored>(
    `SELECT exchange, symbol, channel, started_at, ${COVERAGE_END} AS ended_at, state, detail FROM coverage
      WHERE exchange = ? AND symbol = ? AND started_at < ? AND (coverage.ended_at IS NULL OR ${COVERAGE_END} > ?)
      ORDER BY started_at DESC, channel LIMIT ?`,
  )
  const rows = matching(instrumentsOf(db, 'coverage'), query).flatMap(({ exchange, symbol }) =>
    statement.all(exchange, symbol, until, since, sqlLimit(limit)),
  )
  rows.sort((a, b) => compareNewest(a, b, 'started_at'))
  return rows.slice(0, limit).map((row) => toRow('coverage', row))
}

export interface CoverageSeries {
  readonly exchange: string
  readonly symbol: string
  readonly channel: string
  readonly firstAt: number
  readonly lastAt: number
}

export function readCoverageSeries(db: Connection): CoverageSeries[] {
  return db
    .prepare<[], CoverageSeries>(
      `SELECT exchange, symbol, channel, min(started_at) AS firstAt, max(coalesce(${COVERAGE_END}, started_at)) AS lastAt
        FROM coverage WHERE symbol <> '' GROUP BY exchange, symbol, channel ORDER BY exchange, symbol, channel`,
    )
    .all()
}

/** SQLite's word for no limit is -1. */
export function sqlLimit(limit: number): number {
  return Number.isFinite(limit) ? limit : -1
}

/** Those that the query asks for, the most recent first. */
function matching(instruments: readonly Instrument[], { exchanges, symbols }: RowQuery): Instrument[] {
  return instruments
    .filter(({ exchange, symbol }) => (exchanges?.includes(exchange) ?? true) && (symbols?.includes(symbol) ?? true))
    .sort((a, b) => b.newest - a.newest)
}

function compareNewest(a: Stored, b: Stored, time: string): number {
  return Number(b[time]) - Number(a[time]) || compareText(a['exchange'], b['exchange']) || compareText(a['symbol'], b['symbol'])
}

function compareText(a: unknown, b: unknown): number {
  const [left, right] = [String(a), String(b)]
  if (left === right) return 0
  return left < right ? -1 : 1
}
