/** The open times of bars: weeks open on Monday 00:00 UTC, everything else on a multiple of its length. */
import { UsageError } from '../errors.js'
import { intervalMs } from '../market/interval.js'

export const DAY_MS = 86_400_000
const WEEK_MS = 7 * DAY_MS
/** The epoch was a Thursday: the first Monday is four days later. */
const FIRST_MONDAY_MS = 4 * DAY_MS

const INTERVALS = ['1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '6h', '12h', '1d', '1w']

/** Length in ms of an interval that can be collected: `4h` → 14 400 000. Throws `UsageError` with those that there are. */
export function lengthOf(interval: string): number {
  const ms = INTERVALS.includes(interval) ? intervalMs(interval) : undefined
  if (ms !== undefined) return ms
  throw new UsageError('USAGE_UNKNOWN_INTERVAL', `Unknown interval: ${interval}`, {
    suggestions: [`Take auto or one of ${INTERVALS.join(', ')}`],
  })
}

/** Open time (ms) of the bar of length `ms` that holds `time`. */
export function openTimeOf(time: number, ms: number): number {
  const offset = ms === WEEK_MS ? FIRST_MONDAY_MS : 0
  return Math.floor((time - offset) / ms) * ms + offset
}

/** The first open time at or after `time`. */
export function nextOpenTime(time: number, ms: number): number {
  const open = openTimeOf(time, ms)
  return open === time ? open : open + ms
}
