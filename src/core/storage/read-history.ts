/** Bars and macro rows, read back by series. */
import { type CandleSeries, type CandleSpan, spanOf } from './candle-series.js'
import type { Connection } from './database.js'
import { DEFAULT_LIMIT, MAX_TIME, MIN_TIME, sqlLimit } from './read-rows.js'
import type { MacroVintageRow, StoredCandleRow, StoredMacroRow } from './rows.js'
import { TABLES, toRow } from './tables.js'

/** Everything is optional; lists are alternatives; `since <= open < until` in ms. */
export interface CandleQuery {
  readonly sources?: readonly string[] | undefined
  /** Ids of CoinGecko. */
  readonly cryptocurrencies?: readonly string[] | undefined
  readonly intervals?: readonly string[] | undefined
  readonly since?: number
  readonly until?: number
  /** Newest bars to give, 100; `Infinity` for all. */
  readonly limit?: number
}

/** Everything is optional; `from <= date < to`, `YYYY-MM-DD`. */
export interface MacroQuery {
  readonly indicators?: readonly string[]
  readonly from?: string
  readonly to?: string
  /** Newest days to give, 100; `Infinity` for all. */
  readonly limit?: number
}

/** Open of the first and the last bar, ms. */
export interface SeriesSpan extends CandleSeries {
  readonly first: number
  readonly last: number
}

export interface StoredCandleSeries extends CandleSeries, CandleSpan {}

export interface MacroSeries {
  readonly indicator: string
  /** First and last day with a row. */
  readonly first: string
  readonly last: string
  readonly rows: number
  /** Rows without a value. */
  readonly missing: number
  /** When the newest value could be known, ms. */
  readonly availableAt: number
}

type Stored = Readonly<Record<string, unknown>>

/** Newest first. */
export function readCandles(db: Connection, query: CandleQuery = {}): StoredCandleRow[] {
  const { since = MIN_TIME, until = MAX_TIME, limit = DEFAULT_LIMIT } = query
  const statement = db.prepare<(string | number)[], Stored>(
    `SELECT ${TABLES.crypto_ohlcv.columns.join(', ')} FROM crypto_ohlcv
      WHERE source = ? AND cryptocurrency = ? AND interval = ? AND timestamp >= ? AND timestamp < ?
      ORDER BY timestamp DESC LIMIT ?`,
  )
  const rows = matchingSeries(db, query).flatMap(({ source, cryptocurrency, interval }) =>
    statement.all(source, cryptocurrency, interval, since, until, sqlLimit(limit)),
  )
  rows.sort((a, b) => Number(b['timestamp']) - Number(a['timestamp']))
  return rows.slice(0, limit).map((row) => toRow('crypto_ohlcv', row))
}

export function matchingSeries(db: Connection, query: CandleQuery = {}): CandleSeries[] {
  const { sources, cryptocurrencies, intervals } = query
  return db
    .prepare<[], CandleSeries>(
      'SELECT source, cryptocurrency, interval FROM candle_series ORDER BY source, cryptocurrency, interval_ms, interval',
    )
    .all()
    .filter(
      ({ source, cryptocurrency, interval }) =>
        (sources?.includes(source) ?? true) &&
        (cryptocurrencies?.includes(cryptocurrency) ?? true) &&
        (intervals?.includes(interval) ?? true),
    )
}

export function readCandleSeries(db: Connection, query: CandleQuery = {}): StoredCandleSeries[] {
  return matchingSeries(db, query).map((series) => ({ ...series, ...spanOf(db, series) }))
}

/** As `readCandleSeries`, without counting rows: two seeks a series. Series without bars are left out. */
export function readCandleSpans(db: Connection, query: CandleQuery = {}): SeriesSpan[] {
  const span = db.prepare<[CandleSeries], Pick<SeriesSpan, 'first' | 'last'>>(
    `SELECT (SELECT min(timestamp) FROM candles WHERE series_id = id) AS first,
      (SELECT max(timestamp) FROM candles WHERE series_id = id) AS last
      FROM candle_series
      WHERE source = @source AND cryptocurrency = @cryptocurrency AND interval = @interval AND first IS NOT NULL`,
  )
  return matchingSeries(db, query).flatMap((series) => {
    const found = span.get(series)
    return found === undefined ? [] : [{ ...series, ...found }]
  })
}

/** Newest first. */
export function readMacro(db: Connection, query: MacroQuery = {}): StoredMacroRow[] {
  return readDays(db, 'macro_indicators', query, 'date DESC, indicator').map((row) => toRow('macro_indicators', row))
}

/** Newest day first, and of a day the newest vintage. */
export function readVintages(db: Connection, query: MacroQuery = {}): MacroVintageRow[] {
  return readDays(db, 'macro_vintages', query, 'date DESC, available_at DESC, indicator').map((row) => toRow('macro_vintages', row))
}

function readDays(db: Connection, table: 'macro_indicators' | 'macro_vintages', query: MacroQuery, order: string): Stored[] {
  const { indicators, from = '', to = '~', limit = DEFAULT_LIMIT } = query
  const isWanted = indicators === undefined ? '' : `AND indicator IN (${indicators.map(() => '?').join(', ')})`
  const sql = `SELECT ${TABLES[table].columns.join(', ')} FROM ${table} WHERE date >= ? AND date < ? ${isWanted} ORDER BY ${order} LIMIT ?`
  return db.prepare<(string | number)[], Stored>(sql).all(from, to, ...(indicators ?? []), sqlLimit(limit))
}

export function readMacroSeries(db: Connection): MacroSeries[] {
  return db
    .prepare<[], MacroSeries>(
      `SELECT indicator, min(date) AS first, max(date) AS last, count(*) AS rows, count(*) - count(value) AS missing,
        max(available_at) AS availableAt FROM macro_indicators GROUP BY indicator ORDER BY indicator`,
    )
    .all()
}
