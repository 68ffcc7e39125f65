import { BugError } from '../errors.js'
import { type CandleSeries, makeSeries } from './candle-series.js'
import type { Connection } from './database.js'
import type { CandleRow } from './rows.js'
import { type Change, prepareUpsert, type UpsertCounts } from './upsert.js'

const TARGET = {
  table: 'candles',
  key: ['series_id', 'timestamp'],
  values: ['open', 'high', 'low', 'close', 'volume', 'quality'],
  stamps: ['created_at'],
} as const

/** Stores bars of any number of series. Throws `BugError` for a bar that cannot be one. */
export function upsertCandles(db: Connection, rows: readonly CandleRow[], now: number): UpsertCounts {
  const upsert = prepareUpsert(db, TARGET)
  const renew = db.prepare<[number]>('UPDATE candle_series SET content_version = random() & 9007199254740991 WHERE id = ?')
  const counts: Record<Change, number> = { inserted: 0, updated: 0, unchanged: 0 }
  const changed = new Set<number>()
  const idOf = idFinder(db)
  for (const row of rows) {
    check(row)
    const { timestamp, open, high, low, close, volume, quality } = row
    const id = idOf(row)
    const change = upsert([id, timestamp, open, high, low, close, volume, quality, now])
    counts[change] += 1
    if (change !== 'unchanged') changed.add(id)
  }
  for (const id of changed) renew.run(id)
  return counts
}

/** Bars come series by series: the last one is remembered. */
function idFinder(db: Connection): (row: CandleRow) => number {
  let last: CandleSeries | undefined
  let id = 0
  return (row) => {
    const isSame = last?.source === row.source && last.cryptocurrency === row.cryptocurrency && last.interval === row.interval
    if (isSame) return id
    last = row
    id = makeSeries(db, row)
    return id
  }
}

/** SQLite takes NaN for null, and keeps Infinity. */
function check(row: CandleRow): void {
  const { timestamp, open, high, low, close, volume } = row
  const isBar =
    Number.isSafeInteger(timestamp) &&
    Number.isFinite(open) &&
    Number.isFinite(high) &&
    Number.isFinite(low) &&
    Number.isFinite(close) &&
    (volume === null || Number.isFinite(volume)) &&
    high >= low
  if (!isBar) throw new BugError(`No bar, and nothing refused it: ${JSON.stringify(row)}`)
}
