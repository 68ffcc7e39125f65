/** Revisions: windows that may be asked for, and their rows as one history. */
import type { DayWindow, MacroSeries, Observation } from '../contract.js'
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
 * that day: where the value did not change, that is no revision. At the beginning of the first window it is no day of release
 * either, but the first day of which anything is known. Of a series that is never revised the lag tells more, so `knownFrom` is
 * missing then; of any other the value may be a revision, and nobody can say that it was known before.
 */
export function mergeVintages(
  { isRevised }: Pick<MacroSeries, 'isRevised'>,
  rows: readonly Observation[],
  windows: readonly DayWindow[],
): Observation[] {
  const start = windows[0]?.first
  const ordered = rows.toSorted((a, b) => compare(a.date, b.date) || compare(a.knownFrom ?? '', b.knownFrom ?? ''))
  const merged: Observation[] = []
  for (const row of ordered) {
    const last = merged.at(-1)
    if (last !== undefined && last.date === row.date && last.value === row.value) continue
    const isCut = row.knownFrom !== undefined && row.knownFrom === start
    const isReleasedThen = isCut && row.date >= addDays(row.knownFrom, -FRESH_DAYS)
    merged.push(isCut && !isRevised && !isReleasedThen ? { date: row.date, value: row.value } : row)
  }
  return merged
}

/** What is this close to the first release of all may have been released by it. */
const FRESH_DAYS = 10

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
