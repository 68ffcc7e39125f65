import type { Connection } from './database.js'
import type { MacroRow } from './rows.js'
import type { UpsertCounts } from './upsert.js'

/** Days of an indicator, both inclusive, `YYYY-MM-DD`. */
export interface MacroSpan {
  readonly indicator: string
  readonly firstDay: string
  readonly lastDay: string
}

export interface ReplaceCounts extends UpsertCounts {
  /** Filled days that are not filled any more. */
  readonly removed: number
  readonly newVintages: number
}

/** Removes the filled days of a span that are not among `rows`; gives their number. What was published stays. */
export function removeUnfilled(db: Connection, { indicator, firstDay, lastDay }: MacroSpan, rows: readonly MacroRow[]): number {
  const kept = new Set(rows.map(({ date }) => date))
  const gone = db
    .prepare<[string, string, string], string>(
      `SELECT date FROM macro_indicators WHERE indicator = ? AND date >= ? AND date <= ?
        AND (is_interpolated = 1 OR is_forward_filled = 1)`,
    )
    .pluck()
    .all(indicator, firstDay, lastDay)
    .filter((date) => !kept.has(date))
  const remove = db.prepare<[string, string]>('DELETE FROM macro_indicators WHERE indicator = ? AND date = ?')
  for (const date of gone) remove.run(indicator, date)
  return gone.length
}
