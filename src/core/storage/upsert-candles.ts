import { BugError } from '../errors.js'
import { makeSeries } from './candle-series.js'
import type { Connection } from './database.js'
import type { CandleRow } from './rows.js'
import type { Cell } from './tables.js'
import { addCounts, NO_CHANGES, type PrepareUpsert, type UpsertCounts } from './upsert.js'

const TARGET = {
  table: 'candles',
  key: ['series_id', 'timestamp'],
  values: ['open', 'high', 'low', 'close', 'volume', 'quality'],
  stamps: ['created_at'],
} as const

export type UpsertCandles = (rows: readonly CandleRow[], now: number) => UpsertCounts

/** Stores bars of any number of series. Throws `BugError` for a bar that cannot be one. */
export function prepareCandles(db: Connection, prepare: PrepareUpsert): UpsertCandles {
  const upsert = prepare(TARGET)
  const renew = db.prepare<[number]>('UPDATE candle_series SET content_version = random() & 9007199254740991 WHERE id = ?')
  return (rows, now) => {
    let total = NO_CHANGES
    for (let start = 0; start < rows.length; ) {
      const end = endOfSeries(rows, start)
      const first = rows[start]
      if (first === undefined) break
      const id = makeSeries(db, first)
      const cells: Cell[] = []
      for (let at = start; at < end; at++) addCells(cells, rows[at] ?? first, id, now)
      const counts = upsert(cells)
      if (counts.inserted + counts.updated > 0) renew.run(id)
      total = addCounts(total, counts)
      start = end
    }
    return total
  }
}

/** Bars come series by series. */
function endOfSeries(rows: readonly CandleRow[], start: number): number {
  const first = rows[start]
  let end = start + 1
  for (; end < rows.length; end++) {
    const row = rows[end]
    const isSame =
      row?.source === first?.source && row?.cryptocurrency === first?.cryptocurrency && row?.interval === first?.interval
    if (!isSame) break
  }
  return end
}

/** SQLite takes NaN for null, and keeps Infinity. */
function addCells(cells: Cell[], row: CandleRow, id: number, now: number): void {
  const { timestamp, open, high, low, close, volume, quality } = row
  const isBar =
    Number.isSafeInteger(timestamp) &&
    Number.isFinite(open) &&
    Number.isFinite(high) &&
    Number.isFinite(low) &&
    Number.isFinite(close) &&
    (volume === null || Number.isFinite(volume)) &&
    high >= low
  if (!isBar) throw new BugError(`No bar, and nothing refused it: ${JSON.stringify(row)}`)
  cells.push(id, timestamp, open, high, low, close, volume, quality, now)
}
