/** Days and the clocks of the United States: when a day there is over, in UTC. */
import { UsageError } from '../../errors.js'
import { DAY_MS, HOUR_MS } from '../../market/time.js'

/** Hours behind UTC in winter. */
export const EASTERN = 5
export const CENTRAL = 6

/** Midnight UTC of a day `YYYY-MM-DD`, ms. Throws `UsageError` for what is no day. */
export function dayMs(day: string): number {
  const ms = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN
  // 31 February parses in no engine, but 30 February does in some.
  if (Number.isFinite(ms) && dayOf(ms) === day) return ms
  throw new UsageError('USAGE_BAD_DAY', `No day: ${day}`, { suggestions: ['Write it like 2026-11-21'] })
}

export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

export function addDays(day: string, days: number): string {
  return dayOf(dayMs(day) + days * DAY_MS)
}

/** When a day is over in a zone of the United States, ms UTC. `winterOffset`: hours behind UTC in winter. */
export function endOfDay(day: string, winterOffset: number): number {
  const midnight = dayMs(day) + DAY_MS
  return midnight + (winterOffset - (isSummerTime(midnight) ? 1 : 0)) * HOUR_MS
}

/** At midnight of this day, the change itself being at 2 o'clock. Years before 1987 count as winter: an hour late, never early. */
function isSummerTime(midnight: number): boolean {
  const year = new Date(midnight).getUTCFullYear()
  if (year < 1987) return false
  const [begins, ends] =
    year < 2007 ? [sundayFrom(year, 3, 1), sundayFrom(year, 9, 25)] : [sundayFrom(year, 2, 8), sundayFrom(year, 10, 1)]
  return midnight > begins && midnight <= ends
}

/** The first Sunday on or after a day; `month` from 0. */
function sundayFrom(year: number, month: number, day: number): number {
  const weekday = new Date(Date.UTC(year, month, day)).getUTCDay()
  return Date.UTC(year, month, day + ((7 - weekday) % 7))
}

/** Last day of the period that begins on `day`: of its month or quarter. */
export function lastDayOfPeriod(day: string, months: number): string {
  const first = new Date(dayMs(day))
  return dayOf(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + months, 0))
}
