import { UsageError } from '../errors.js'
import { openTimeOf } from '../market/interval.js'
import { DAY_MS } from '../market/time.js'
import type { Range } from './ranges.js'

export interface PeriodFlags {
  readonly days: number | undefined
  /** ISO days or times; half open. */
  readonly from: string | undefined
  readonly to: string | undefined
}

export interface Period extends Range {
  /** So many days back from the end: the bar in which it begins belongs to it. */
  readonly isBack: boolean
}

/** The time that the flags name, ms, half open: `from` to `to`, or the last `days` (`usualDays` without any). Throws `UsageError`. */
export function periodOf({ days, from, to }: PeriodFlags, now: number, usualDays: number): Period {
  const end = to === undefined ? now : momentOf(to, '--to')
  const start = from === undefined ? end - (days ?? usualDays) * DAY_MS : momentOf(from, '--from')
  if (start >= now) {
    throw new UsageError('USAGE_BAD_PERIOD', `--from ${iso(start)} has not come yet`, { suggestions: ['Give a time of the past'] })
  }
  if (start >= end) {
    throw new UsageError('USAGE_BAD_PERIOD', `The time asked for is empty: ${iso(start)} to ${iso(end)}`, {
      suggestions: ['--from has to lie before --to; --to itself is not included'],
    })
  }
  return { from: start, to: Math.min(end, now), isBack: from === undefined }
}

/** A period as bars of length `ms`: where it reaches so many days back, with the bar in which it begins. */
export function wholeBars({ from, to, isBack }: Period, ms: number): Range {
  return { from: isBack ? openTimeOf(from, ms) : from, to }
}

const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?))?(Z|[+-]\d\d:?\d\d)?$/

/** A day or a time in ISO 8601; without a zone it is UTC. */
export function momentOf(text: string, flag: string): number {
  const [, day = '', time, zone = 'Z'] = ISO.exec(text.trim()) ?? []
  const ms = day === '' ? Number.NaN : Date.parse(`${day}T${time ?? '00:00'}${zone}`)
  // 30 February becomes 2 March.
  const isReal = !Number.isNaN(ms) && new Date(Date.parse(`${day}T00:00Z`)).toISOString().startsWith(day)
  if (isReal) return ms
  throw new UsageError('USAGE_BAD_TIME', `${flag}: not a time: ${text}`, {
    suggestions: ['Write it like 2026-11-01 or 2026-11-01T12:00Z; without a zone it is UTC'],
  })
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace(/(:00)?\.000Z$/, 'Z')
}
