/** Bars that the source itself does not have: known, so that no job asks for them for ever, and still told as holes. */
import { type CandleSeries, makeSeries, seriesId } from './candle-series.js'
import type { Connection } from './database.js'

/** `from <= open < to`, ms. */
export interface Hole {
  readonly from: number
  readonly to: number
}

export function confirmHoles(db: Connection, series: CandleSeries, holes: readonly Hole[], now: number): void {
  if (holes.length === 0) return
  const id = makeSeries(db, series)
  const insert = db.prepare<[number, number, number, number]>(
    `INSERT INTO candle_holes (series_id, started_at, ended_at, confirmed_at) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET ended_at = max(ended_at, excluded.ended_at), confirmed_at = excluded.confirmed_at`,
  )
  for (const { from, to } of holes) insert.run(id, from, to, now)
}

export function confirmedHoles(db: Connection, series: CandleSeries, from: number, to: number): Hole[] {
  const sql = `SELECT started_at AS "from", ended_at AS "to" FROM candle_holes AS hole
    WHERE series_id = @id AND started_at < @to AND ended_at > @from
      AND NOT EXISTS (
        SELECT 1 FROM candles WHERE series_id = @id AND timestamp >= hole.started_at AND timestamp < hole.ended_at
      )
    ORDER BY started_at`
  return db.prepare<[Hole & { readonly id: number }], Hole>(sql).all({ id: seriesId(db, series) ?? -1, from, to })
}
