/** Lengths of bars, as every exchange names them: `1m`, `4h`, `1d`, `1w`; `1M` is a calendar month, UTC. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from './time.js'

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
}

/** Length of a bar in ms; `undefined` for what has no fixed one: months, and names that are no intervals. */
export function intervalMs(interval: string): number | undefined {
  const [, count = '', unit = ''] = /^(\d+)([smhdw])$/.exec(interval) ?? []
  const ms = Number(count) * (UNITS[unit] ?? 0)
  return ms > 0 ? ms : undefined
}

/** When a bar that opened at `timestamp` (ms) is over, in ms; `undefined` for a name that is no interval. */
export function barEnd(timestamp: number, interval: string): number | undefined {
  const ms = intervalMs(interval)
  if (ms !== undefined) return timestamp + ms
  const [, months = ''] = /^(\d+)M$/.exec(interval) ?? []
  if (months === '') return undefined
  const open = new Date(timestamp)
  return Date.UTC(open.getUTCFullYear(), open.getUTCMonth() + Number(months), 1)
}

/** Open of the bar of length `ms` that holds `timestamp`. Weeks begin on Monday, UTC; the epoch was a Thursday. */
export function openTimeOf(timestamp: number, ms: number): number {
  const shift = ms % (7 * DAY_MS) === 0 ? 4 * DAY_MS : 0
  return Math.floor((timestamp - shift) / ms) * ms + shift
}

/** Open of the first bar of length `ms` that opens at `timestamp` or later. */
export function nextOpenTime(timestamp: number, ms: number): number {
  const open = openTimeOf(timestamp, ms)
  return open === timestamp ? open : open + ms
}
