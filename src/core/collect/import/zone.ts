/** Clocks of the world's zones: when the hands of one showed a time, by UTC. */
import { UsageError } from '../../errors.js'
import { DAY_MS } from '../../market/time.js'

/** A time of day comes twice in the night when summer ends, and never in the night when it begins. */
export interface Zone {
  readonly name: string
  /** Every moment, ms UTC and ascending, at which the zone's clocks showed `local`: none, one or two. */
  toUtc(local: number): readonly number[]
}

export const UTC: Zone = { name: 'UTC', toUtc: (local) => [local] }

/** Zones that differ in when their clocks change; one of each kind that people keep files by. */
export const USUAL_ZONES: readonly string[] = [
  'Europe/London',
  'Europe/Berlin',
  'Europe/Helsinki',
  'America/New_York',
  'America/Chicago',
  'America/Los_Angeles',
  'Asia/Tokyo',
  'Asia/Shanghai',
  'Asia/Kolkata',
  'Asia/Dubai',
  'Australia/Sydney',
]

/** A zone by its IANA name or by an offset, `UTC+8`. Throws `UsageError` for what is none. */
export function zoneNamed(name: string): Zone {
  const offset = /^(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d\d))?$/i.exec(name.trim())
  if (offset !== null) {
    const ms = (offset[1] === '-' ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3] ?? 0)) * 60_000
    return { name: name.trim().toUpperCase(), toUtc: (local) => [local - ms] }
  }
  if (/^(?:utc|gmt|z)$/i.test(name.trim())) return UTC
  const format = formatOf(name.trim())
  const days = new Map<number, number | undefined>()
  const offsetAt = (utc: number): number => {
    const day = Math.floor(utc / DAY_MS)
    if (!days.has(day)) {
      const [start, end] = [offsetOf(format, day * DAY_MS), offsetOf(format, (day + 1) * DAY_MS)]
      days.set(day, start === end ? start : undefined)
    }
    return days.get(day) ?? offsetOf(format, utc)
  }
  return {
    name: format.resolvedOptions().timeZone,
    toUtc: (local) => {
      const offsets = new Set([offsetAt(local - DAY_MS), offsetAt(local + DAY_MS)])
      const moments = [...offsets].map((each) => local - each)
      return moments.filter((utc) => offsetAt(utc) === local - utc).sort((a, b) => a - b)
    },
  }
}

function formatOf(name: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch (cause) {
    throw new UsageError('USAGE_UNKNOWN_ZONE', `No time zone: ${name}`, {
      cause,
      suggestions: ['Give a name such as Europe/London, or an offset such as UTC+8'],
    })
  }
}

/** What the zone's clocks are ahead of UTC, ms. */
function offsetOf(format: Intl.DateTimeFormat, utc: number): number {
  const parts = new Map(format.formatToParts(utc).map(({ type, value }) => [type, Number(value)]))
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0
  const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  return local - Math.floor(utc / 1000) * 1000
}
