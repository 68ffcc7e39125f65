/** Revisions: windows that may be asked for, and their rows as one history. */
import type { DayWindow, Observation } from '../contract.js'
import { addDays } from './calendar.js'

/** FRED answers for at most 2 000 days of release at once. */
const MOST_RELEASES = 1_900
const LATEST = '9999-12-31'

/** Windows, oldest first and without a hole, that hold so many releases each. `releases` oldest first. */
export function vintageWindows(releases: readonly string[]): DayWindow[] {
  const starts = releases.filter((_, i) => i % MOST_RELEASES === 0)
  return starts.map((first, i) => {
    const next = starts[i + 1]
    return { first, last: next === undefined ? LATEST : addDays(next, -1) }
  })
}

/**
 * Each value of a date once, with the first day on which it held. A window cuts what was in force at its beginning and gives it
 * that day: where the value did not change it is no revision. In the first window it is no day of release either: `knownFrom` is
 * missing then, because the date is older than the vintages.
 */
export function mergeVintages(rows: readonly Observation[], windows: readonly DayWindow[]): Observation[] {
  const start = windows[0]?.first
  const ordered = rows.toSorted((a, b) => compare(a.date, b.date) || compare(a.knownFrom ?? '', b.knownFrom ?? ''))
  const merged: Observation[] = []
  for (const row of ordered) {
    const last = merged.at(-1)
    if (last !== undefined && last.date === row.date && last.value === row.value) continue
    const isCut = row.knownFrom === start && row.date < addDays(row.knownFrom ?? row.date, -FRESH_DAYS)
    merged.push(isCut ? { date: row.date, value: row.value } : row)
  }
  return merged
}

/** A date this close to the first release of all was released by it. */
const FRESH_DAYS = 100

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
