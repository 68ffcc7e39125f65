/**
 * Days without a value between the observations of a macro series. Nothing is filled unless it is asked for, and what is filled
 * says so and is never known before what it was made from.
 */
import { DAY_MS } from '../market/time.js'
import type { MacroRow } from '../storage/rows.js'

export const FILLS = ['none', 'forward', 'interpolate'] as const
export type Fill = (typeof FILLS)[number]

export interface FillOptions {
  readonly fills: ReadonlySet<Fill>
  /** A value is carried, or a gap bridged, over at most so many days: what is older says nothing of the day. */
  readonly limitDays: number
  /** The last day that may be filled, `YYYY-MM-DD`. */
  readonly lastDay: string
}

type Known = MacroRow & { readonly value: number }

/**
 * Rows of a series (ascending by date, as it was published) with every calendar day in between that the options fill.
 *
 * `interpolate` puts days between two observations on the straight line between them, available when the later one is. `forward`
 * repeats the last observation on later days, available when that one is. With both, days between two observations are
 * interpolated, and those that have no later one, or lie in a gap beyond the limit, are carried forward. A day further than the
 * limit from the observation before it stays as it was: without a row, or with the missing value that was published.
 */
export function fillDays(rows: readonly MacroRow[], options: FillOptions): MacroRow[] {
  const { fills, limitDays, lastDay } = options
  const filled = new Map(rows.map((row) => [row.date, row]))
  const known = rows.filter((row): row is Known => row.value !== null)
  for (const [i, before] of known.entries()) {
    const after = known[i + 1]
    const fillerOf = filler(before, after, fills, limitDays)
    if (fillerOf === undefined) continue
    const end = after?.date ?? nextDay(lastDay)
    for (let day = nextDay(before.date), step = 1; day < end && step <= limitDays; day = nextDay(day), step++)
      filled.set(day, fillerOf(day, step))
  }
  return [...filled.values()].toSorted((a, b) => (a.date < b.date ? -1 : 1))
}

type Filler = (day: string, step: number) => MacroRow

function filler(before: Known, after: Known | undefined, fills: ReadonlySet<Fill>, limitDays: number): Filler | undefined {
  const gap = after === undefined ? Number.POSITIVE_INFINITY : daysBetween(before.date, after.date)
  if (after !== undefined && gap <= limitDays && fills.has('interpolate'))
    return (day, step) => between(before, after, day, step / gap)
  return fills.has('forward') ? (day) => carried(before, day) : undefined
}

function between(before: Known, after: Known, date: string, share: number): MacroRow {
  const value = before.value + (after.value - before.value) * share
  const availableAt = Math.max(before.availableAt, after.availableAt)
  return { ...before, date, value: undusted(value), isInterpolated: true, isForwardFilled: false, availableAt }
}

function carried(before: Known, date: string): MacroRow {
  return { ...before, date, isInterpolated: false, isForwardFilled: true }
}

/** 13.01 + (13.65 − 13.01) / 4 without the dust of binary fractions. */
function undusted(value: number): number {
  return Number(value.toPrecision(12))
}

function nextDay(date: string): string {
  return new Date(Date.parse(date) + DAY_MS).toISOString().slice(0, 10)
}

function daysBetween(a: string, b: string): number {
  return Math.round((Date.parse(b) - Date.parse(a)) / DAY_MS)
}
