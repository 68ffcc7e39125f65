/** Bars of a series as columns, for who counts over all of them: a million rows as objects take seconds to make. */
import { type CandleSeries, seriesId } from './candle-series.js'
import type { Connection } from './database.js'

/** One entry a bar, ascending in time. */
export interface CandleColumns {
  /** Open time, ms. */
  readonly timestamp: Float64Array
  readonly open: Float64Array
  readonly high: Float64Array
  readonly low: Float64Array
  readonly close: Float64Array
  /** In base units; NaN: not known. */
  readonly volume: Float64Array
}

export const COLUMN_NAMES = ['timestamp', 'open', 'high', 'low', 'close', 'volume'] as const

/** The bars with `from <= open < to`, ms. */
export function readColumns(db: Connection, series: CandleSeries, from: number, to: number): CandleColumns {
  const id = seriesId(db, series) ?? -1
  const range = 'FROM candles WHERE series_id = ? AND timestamp >= ? AND timestamp < ?'
  const count = db.prepare<[number, number, number], number>(`SELECT count(*) ${range}`).pluck().get(id, from, to) ?? 0
  const columns = COLUMN_NAMES.map(() => new Float64Array(count))
  const rows = db
    .prepare<[number, number, number], (number | null)[]>(`SELECT ${COLUMN_NAMES.join(', ')} ${range} ORDER BY timestamp`)
    .raw()
    .iterate(id, from, to)
  let at = 0
  for (const row of rows) {
    for (const [column, values] of columns.entries()) values[at] = row[column] ?? Number.NaN
    at += 1
  }
  return named(columns)
}

export function named(columns: readonly Float64Array[]): CandleColumns {
  const [timestamp = EMPTY, open = EMPTY, high = EMPTY, low = EMPTY, close = EMPTY, volume = EMPTY] = columns
  return { timestamp, open, high, low, close, volume }
}

const EMPTY = new Float64Array(0)
