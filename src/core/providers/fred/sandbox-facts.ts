/** What the simulated FRED said of each date, and from when to when it said so. */
import { DAY_MS } from '../../market/time.js'
import type { MacroSeries } from '../contract.js'
import type { ProviderMarket } from '../sandbox-contract.js'
import { addDays, dayMs, dayOf, lastDayOfPeriod } from './calendar.js'
import { isMissing, levelOf, revisionOf } from './sandbox-series.js'

const FIRST_VINTAGE = '2020-06-01'
export const LATEST = '9999-12-31'

const EVERY_DAY: ReadonlySet<string> = new Set(['DFF', 'CBBTCUSD', 'CBETHUSD', 'USEPUINDXD'])
const MONDAYS: ReadonlySet<string> = new Set(['DTWEXBGS', 'DEXUSEU', 'DEXJPUS'])
const WEEKDAYS: Readonly<Record<string, number>> = { ICSA: 6, NFCI: 5, STLFSI4: 5 }
const WEDNESDAY = 3

export interface Fact {
  readonly date: string
  /** As it is written: `.` is missing. */
  readonly value: string
  /** Days, inclusive. */
  readonly first: string
  readonly last: string
}

export interface FactQuery {
  readonly market: ProviderMarket
  readonly today: string
  /** Dates of observation, inclusive. */
  readonly from: string
  readonly to: string
}

/** Every version of every observation that was released by `today`, oldest first. */
export function factsOf(series: MacroSeries, { market, today, from, to }: FactQuery): Fact[] {
  const facts: Fact[] = []
  const begin = dayOf(market.firstTime)
  for (const date of datesOf(series, from > begin ? from : begin, to < today ? to : today)) {
    const released = releaseOf(series, date)
    if (released > today) break
    facts.push(...versionsOf(series, date, released, market).filter(({ first }) => first <= today))
  }
  return facts
}

function versionsOf(series: MacroSeries, date: string, released: string, market: ProviderMarket): Fact[] {
  const value = isMissing(series.id, date) ? undefined : levelOf(series, date, market)
  if (value === undefined) return [{ date, value: '.', first: released, last: LATEST }]
  const revision = series.isRevised ? revisionOf(series, date, market) : undefined
  if (revision === undefined) return [{ date, value: written(value), first: released, last: LATEST }]
  const revisedOn = businessDay(addDays(released, revision.afterDays))
  return [
    { date, value: written(value), first: released, last: addDays(revisedOn, -1) },
    { date, value: written(value * (1 + revision.change)), first: revisedOn, last: LATEST },
  ]
}

function written(value: number): string {
  return String(Number(value.toFixed(value < 1000 ? 2 : 1)))
}

/** Days of observation: business days, every day, one day of the week, firsts of months or quarters. */
function* datesOf({ id, frequency }: MacroSeries, from: string, to: string): Generator<string> {
  for (let at = dayMs(from); at <= dayMs(to); at += DAY_MS) {
    const date = new Date(at)
    const weekday = date.getUTCDay()
    const isFirst = date.getUTCDate() === 1
    const isDue = {
      daily: EVERY_DAY.has(id) || (weekday !== 0 && weekday !== 6),
      weekly: weekday === (WEEKDAYS[id] ?? WEDNESDAY),
      monthly: isFirst,
      quarterly: isFirst && date.getUTCMonth() % 3 === 0,
    }
    if (isDue[frequency]) yield dayOf(at)
  }
}

/** The next business day, or the day of the week or the month when such things are released. */
function releaseOf({ id, frequency }: MacroSeries, date: string): string {
  const day = {
    // Of a week: on Monday, through the Friday before.
    daily: () => (MONDAYS.has(id) ? addDays(date, 8 - weekdayOf(date)) : businessDay(addDays(date, 1))),
    weekly: () => businessDay(addDays(date, id in WEEKDAYS ? 5 : 1)),
    monthly: () => businessDay(addDays(lastDayOfPeriod(date, 1), 8)),
    quarterly: () => businessDay(addDays(lastDayOfPeriod(date, 3), 28)),
  }[frequency]()
  return day < FIRST_VINTAGE ? FIRST_VINTAGE : day
}

function businessDay(day: string): string {
  const weekday = weekdayOf(day)
  if (weekday === 6) return addDays(day, 2)
  return weekday === 0 ? addDays(day, 1) : day
}

function weekdayOf(day: string): number {
  return new Date(dayMs(day)).getUTCDay()
}
