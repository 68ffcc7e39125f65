/** Times as people write them. Without a zone a time is that of some clock; which one is decided elsewhere. */
import type { DateOrder } from './contract.js'

export interface Moment {
  /** ms since the epoch, by UTC; where `isLocal` by the clock of a zone that the text does not name. */
  readonly ms: number
  readonly isLocal: boolean
  /** A day without a time. */
  readonly isDay: boolean
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const CLOCK = String.raw`(?:(?:T|,?\s+|,)(\d{1,2})(?::(\d\d))?(?::(\d\d)(?:[.,](\d+))?)?(?:[\s-]?([AP])\.?M\.?)?)?`
const ZONE = String.raw`\s*(Z|UTC|GMT|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d\d)?)?`
const YEAR_FIRST = new RegExp(String.raw`^(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})${CLOCK}${ZONE}$`, 'i')
const YEAR_LAST = new RegExp(String.raw`^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})${CLOCK}${ZONE}$`, 'i')
const MONTH_FIRST = new RegExp(String.raw`^([a-z]{3,9})\.? (\d{1,2}),? (\d{4})${CLOCK}${ZONE}$`, 'i')
const MONTH_MIDDLE = new RegExp(String.raw`^(\d{1,2})[ -]([a-z]{3,9})\.?[ -](\d{4})${CLOCK}${ZONE}$`, 'i')
const NUMERIC = /^-?\d+(?:\.\d*)?$/

/** Before 1973 as seconds: a number so small is something else. */
const SMALLEST_EPOCH = 1e8

/** The moment of a cell; `undefined` for what is none. `order` is needed for 03/04/2021 only. */
export function readTime(cell: string, order?: DateOrder): Moment | undefined {
  const text = cell.trim()
  if (NUMERIC.test(text)) return compactTime(text) ?? epochTime(text)
  const first = YEAR_FIRST.exec(text)
  if (first !== null) return moment([first[1], first[3], first[4]], first.slice(5))
  const last = YEAR_LAST.exec(text)
  if (last !== null) return yearLast(last, order)
  const named = MONTH_FIRST.exec(text)
  if (named !== null) return moment([named[3], monthNumber(named[1]), named[2]], named.slice(4))
  const middle = MONTH_MIDDLE.exec(text)
  return middle === null ? undefined : moment([middle[3], monthNumber(middle[2]), middle[1]], middle.slice(4))
}

/** A count of seconds, ms, µs or ns since 1970. */
export function isEpoch(cell: string): boolean {
  const text = cell.trim()
  return NUMERIC.test(text) && compactTime(text) === undefined && epochTime(text) !== undefined
}

/** What a cell that has a day, a month and then the year says of their order; `either` where it says nothing. */
export function orderOf(cell: string): DateOrder | 'either' | undefined {
  const match = YEAR_LAST.exec(cell.trim())
  if (match === null) return undefined
  if (match[2] === '.' || Number(match[1]) > 12) return 'dmy'
  return Number(match[3]) > 12 ? 'mdy' : 'either'
}

export function unitOf(cell: string): string {
  const size = Math.abs(Number(cell))
  if (size < 1e11) return 's'
  if (size < 1e14) return 'ms'
  return size < 1e17 ? 'µs' : 'ns'
}

function epochTime(text: string): Moment | undefined {
  const value = Number(text)
  if (value < SMALLEST_EPOCH) return undefined
  const ms = epochMs(text, value)
  return ms < 4e12 ? { ms, isLocal: false, isDay: false } : undefined
}

function epochMs(text: string, value: number): number {
  if (value < 1e11) return Math.round(value * 1000)
  if (value < 1e14) return Math.floor(value)
  if (value < 1e17) return Math.floor(value / 1000)
  // Nanoseconds have more digits than a float64.
  return Number(text.split('.')[0]?.slice(0, -6))
}

/** 20141201, 201412010930 and 20141201093000: as epochs they would lie in 1970 and in the year 2600. */
function compactTime(text: string): Moment | undefined {
  const match = /^(19\d\d|20\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?$/.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second] = match
  return moment([year, month, day], [hour, minute, second])
}

function yearLast(match: RegExpExecArray, order: DateOrder | undefined): Moment | undefined {
  const said = orderOf(match[0])
  const taken = said === 'either' || match[2] !== '.' ? (order ?? (said === 'either' ? undefined : said)) : said
  if (taken === undefined) return undefined
  const [, a, , b, year] = match
  return moment(taken === 'dmy' ? [year, b, a] : [year, a, b], match.slice(5))
}

type Parts = readonly (string | undefined)[]

/** `clock` is hour, minute, second, fraction, A or P, zone. */
function moment([year, month, day]: Parts, [hour, minute, second, fraction, half, zone]: Parts): Moment | undefined {
  const midnight = Date.UTC(Number(year), Number(month) - 1, Number(day))
  const date = new Date(midnight)
  if (date.getUTCDate() !== Number(day) || date.getUTCMonth() !== Number(month) - 1) return undefined
  if (hour === undefined) return zone === undefined ? { ms: midnight, isLocal: true, isDay: true } : undefined
  // An hour alone is no time of day.
  if (minute === undefined && half === undefined) return undefined
  const hours = hourOfDay(Number(hour), half)
  const [minutes, seconds] = [Number(minute ?? 0), Number(second ?? 0)]
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined
  const ms = midnight + ((hours * 60 + minutes) * 60 + seconds) * 1000 + Math.floor(Number(`0.${fraction ?? 0}`) * 1000)
  return zone === undefined ? { ms, isLocal: true, isDay: false } : { ms: ms - offsetOf(zone), isLocal: false, isDay: false }
}

function hourOfDay(hour: number, half: string | undefined): number {
  if (half === undefined) return hour
  if (hour < 1 || hour > 12) return 24
  return (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0)
}

function offsetOf(zone: string): number {
  const [, sign = '+', hours = '0', minutes = '0'] = /([+-])(\d{1,2}):?(\d\d)?$/.exec(zone) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}

function monthNumber(name: string | undefined): string {
  return String(MONTHS.indexOf((name ?? '').slice(0, 3).toLowerCase()) + 1)
}
