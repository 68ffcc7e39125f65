import { BugError } from '../errors.js'
import { makeSeries } from './candle-series.js'
import type { Connection } from './database.js'
import type { CandleRow } from './rows.js'
import type { Cell } from './tables.js'
import type { PrepareUpsert, UpsertCounts } from './upsert.js'

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
    const series = new SeriesIds(db)
    const counts = upsert(rows.length, (index, cells, at) => {
      const row = rows[index]
      if (row !== undefined) putCells(row, series.idOf(row), now, cells, at)
    })
    // Which of several series changed is not known: to renew one too many costs only a column file.
    if (counts.inserted + counts.updated > 0) for (const id of series.ids) renew.run(id)
    return counts
  }
}

/** Numbers of the series of one call. Bars come series by series, so the last one is looked at first. */
class SeriesIds {
  readonly ids = new Set<number>()
  readonly #db: Connection
  #last: CandleRow | undefined
  #id = 0

  constructor(db: Connection) {
    this.#db = db
  }

  idOf(row: CandleRow): number {
    const last = this.#last
    const isSame =
      last !== undefined &&
      last.source === row.source &&
      last.cryptocurrency === row.cryptocurrency &&
      last.interval === row.interval
    if (isSame) return this.#id
    this.#last = row
    this.#id = makeSeries(this.#db, row)
    this.ids.add(this.#id)
    return this.#id
  }
}

/** SQLite takes NaN for null, and keeps Infinity. */
function putCells(row: CandleRow, id: number, now: number, cells: Cell[], at: number): void {
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
  cells[at] = id
  cells[at + 1] = timestamp
  cells[at + 2] = open
  cells[at + 3] = high
  cells[at + 4] = low
  cells[at + 5] = close
  cells[at + 6] = volume
  cells[at + 7] = quality
  cells[at + 8] = now
}
