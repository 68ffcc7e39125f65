/** What is known of the days of a macro series before it is asked for again. */
import type { Connection } from './database.js'
import { readMacro, readVintages } from './read-history.js'
import type { MacroSpan } from './replace-macro.js'
import type { MacroVintageRow, StoredMacroRow } from './rows.js'

/** The last time that a provider was asked for a series. Days are inclusive, `YYYY-MM-DD`. */
export interface MacroLook {
  readonly firstDay: string
  readonly lastDay: string
  /** ms */
  readonly lookedAt: number
}

export interface MacroPast {
  readonly look: MacroLook | undefined
  /** As published: filled days are none. Ascending. */
  readonly rows: readonly StoredMacroRow[]
  /** Every wording of each day, ascending by day and by when it held. */
  readonly vintages: readonly MacroVintageRow[]
}

export function macroPast(db: Connection, { indicator, firstDay, lastDay }: MacroSpan): MacroPast {
  const look = db
    .prepare<[string], MacroLook>(
      'SELECT first_day AS firstDay, last_day AS lastDay, looked_at AS lookedAt FROM macro_looks WHERE indicator = ?',
    )
    .get(indicator)
  // No day stands between a day and its own text with anything behind it.
  const query = { indicators: [indicator], from: firstDay, to: `${lastDay}~`, limit: Number.POSITIVE_INFINITY }
  return {
    look,
    rows: readMacro(db, query)
      .filter(({ isInterpolated, isForwardFilled }) => !isInterpolated && !isForwardFilled)
      .toReversed(),
    vintages: readVintages(db, query).toReversed(),
  }
}

export function rememberLook(db: Connection, { indicator, firstDay, lastDay }: MacroSpan, now: number): void {
  db.prepare<[string, string, string, number]>(
    `INSERT INTO macro_looks (indicator, first_day, last_day, looked_at) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET first_day = excluded.first_day, last_day = excluded.last_day, looked_at = excluded.looked_at`,
  ).run(indicator, firstDay, lastDay, now)
}
