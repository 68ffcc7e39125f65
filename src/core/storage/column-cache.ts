/** Columns of long series are read from a file beside the database as long as it holds just what the database does. */
import path from 'node:path'
import { type CandleColumns, readColumns, sliceColumns } from './candle-columns.js'
import type { CandleSeries } from './candle-series.js'
import { type ColumnKey, readColumnFile, writeColumnFile } from './column-file.js'
import type { Connection } from './database.js'

/** Fewer bars come as fast from the database (30 ms), and need no file. */
const MIN_BARS = 100_000

interface SeriesState extends ColumnKey {
  readonly intervalMs: number | null
}

/** Which content a piece of memory holds. A version of a series is random and never comes twice. */
const origins = new WeakMap<ArrayBufferLike, string>()

/** Names the content of columns that came from here: equal names, equal bytes. `undefined` for short series and for all others. */
export function originOfColumns({ timestamp }: CandleColumns): string | undefined {
  const origin = origins.get(timestamp.buffer)
  return origin === undefined ? undefined : `${origin} ${timestamp.byteOffset} ${timestamp.length}`
}

/** The bars of a series with `from <= open < to`, ms, ascending. */
export function cachedColumns(db: Connection, series: CandleSeries, from: number, to: number): CandleColumns {
  // One transaction, so that version and rows are of the same moment.
  return db.transaction(() => {
    const state = stateOf(db, series)
    if (state === undefined || barsWithin(state, from, to) < MIN_BARS) return readColumns(db, state?.seriesId ?? -1, from, to)
    const file = columnFileOf(db.name, state.seriesId, series)
    const kept = readColumnFile(file, state)
    const columns = kept ?? readColumns(db, state.seriesId, state.first, state.last + 1)
    if (kept === undefined) writeColumnFile(file, state, columns)
    const { seriesId, contentVersion } = state
    origins.set(
      columns.timestamp.buffer,
      `${seriesId} ${contentVersion} ${columns.timestamp.length} ${columns.timestamp.byteOffset}`,
    )
    return sliceColumns(columns, from, to)
  })()
}

/** `data/cache/crypto_data/3-binance-bitcoin-1m.columns`; the number, because some file systems take 1m and 1M for one. */
export function columnFileOf(database: string, seriesId: number, { source, cryptocurrency, interval }: CandleSeries): string {
  const name = [seriesId, source, cryptocurrency, interval].map((part) => encodeURIComponent(part)).join('-')
  return path.join(path.dirname(database), 'cache', path.parse(database).name, `${name}.columns`)
}

function stateOf(db: Connection, { source, cryptocurrency, interval }: CandleSeries): SeriesState | undefined {
  const sql = `SELECT id AS seriesId, content_version AS contentVersion, interval_ms AS intervalMs,
      (SELECT min(timestamp) FROM candles WHERE series_id = id) AS first,
      (SELECT max(timestamp) FROM candles WHERE series_id = id) AS last
    FROM candle_series WHERE source = ? AND cryptocurrency = ? AND interval = ? AND first IS NOT NULL`
  return db.prepare<[string, string, string], SeriesState>(sql).get(source, cryptocurrency, interval)
}

/** At most: there may be holes. */
function barsWithin({ first, last, intervalMs }: SeriesState, from: number, to: number): number {
  return intervalMs === null ? 0 : (Math.min(to, last) - Math.max(from, first)) / intervalMs
}
