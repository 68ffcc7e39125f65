/** Series of bars: what makes one, its number in the database, and what is stored of it. */
import { intervalMs } from '../market/interval.js'
import type { Connection } from './database.js'
import type { CandleRow } from './rows.js'

export type CandleSeries = Pick<CandleRow, 'source' | 'cryptocurrency' | 'interval'>

export interface CandleSpan {
  /** Open of the first and the last bar in ms; `null` where there is none. */
  readonly first: number | null
  readonly last: number | null
  readonly rows: number
}

/** The number of a series; `undefined` when nothing of it is stored. */
export function seriesId(db: Connection, { source, cryptocurrency, interval }: CandleSeries): number | undefined {
  return db
    .prepare<[string, string, string], number>(
      'SELECT id FROM candle_series WHERE source = ? AND cryptocurrency = ? AND interval = ?',
    )
    .pluck()
    .get(source, cryptocurrency, interval)
}

export function makeSeries(db: Connection, series: CandleSeries): number {
  const { source, cryptocurrency, interval } = series
  const known = seriesId(db, series)
  if (known !== undefined) return known
  const insert = db.prepare('INSERT INTO candle_series (source, cryptocurrency, interval, interval_ms) VALUES (?, ?, ?, ?)')
  return Number(insert.run(source, cryptocurrency, interval, intervalMs(interval) ?? null).lastInsertRowid)
}

export function spanOf(db: Connection, series: CandleSeries): CandleSpan {
  const id = seriesId(db, series)
  const sql = `SELECT (SELECT min(timestamp) FROM candles WHERE series_id = @id) AS first,
    (SELECT max(timestamp) FROM candles WHERE series_id = @id) AS last, (SELECT count(*) FROM candles WHERE series_id = @id) AS rows`
  return db.prepare<[{ id: number }], CandleSpan>(sql).get({ id: id ?? -1 }) ?? { first: null, last: null, rows: 0 }
}

/** Quality of the newest bar; `undefined` where nothing is stored. */
export function newestQualityOf(db: Connection, series: CandleSeries): string | undefined {
  return db
    .prepare<[number], string>('SELECT quality FROM candles WHERE series_id = ? ORDER BY timestamp DESC LIMIT 1')
    .pluck()
    .get(seriesId(db, series) ?? -1)
}

/** Open times of the stored bars with `from <= open < to`, ascending, ms. */
export function timesOf(db: Connection, series: CandleSeries, from: number, to: number): number[] {
  const sql = 'SELECT timestamp FROM candles WHERE series_id = ? AND timestamp >= ? AND timestamp < ? ORDER BY timestamp'
  return db
    .prepare<[number, number, number], number>(sql)
    .pluck()
    .all(seriesId(db, series) ?? -1, from, to)
}
