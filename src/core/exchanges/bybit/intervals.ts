/** Candle intervals: our name, Bybit's name and the length in ms. Weeks start on Monday, UTC. */
import { UsageError } from '../../errors.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export interface Interval {
  readonly name: string
  readonly wire: string
  readonly ms: number
}

/** The first is the default. */
export const INTERVALS: readonly Interval[] = [
  { name: '1m', wire: '1', ms: MINUTE },
  { name: '3m', wire: '3', ms: 3 * MINUTE },
  { name: '5m', wire: '5', ms: 5 * MINUTE },
  { name: '15m', wire: '15', ms: 15 * MINUTE },
  { name: '30m', wire: '30', ms: 30 * MINUTE },
  { name: '1h', wire: '60', ms: HOUR },
  { name: '2h', wire: '120', ms: 2 * HOUR },
  { name: '4h', wire: '240', ms: 4 * HOUR },
  { name: '6h', wire: '360', ms: 6 * HOUR },
  { name: '12h', wire: '720', ms: 12 * HOUR },
  { name: '1d', wire: 'D', ms: DAY },
  { name: '1w', wire: 'W', ms: 7 * DAY },
]

/** Periods of the open-interest history. */
export const PERIODS: readonly Interval[] = [
  { name: '5m', wire: '5min', ms: 5 * MINUTE },
  { name: '15m', wire: '15min', ms: 15 * MINUTE },
  { name: '30m', wire: '30min', ms: 30 * MINUTE },
  { name: '1h', wire: '1h', ms: HOUR },
  { name: '4h', wire: '4h', ms: 4 * HOUR },
  { name: '1d', wire: '1d', ms: DAY },
]

const BY_WIRE = new Map(INTERVALS.map((interval) => [interval.wire, interval]))

/** The entry of our name; throws `UsageError` with the names that Bybit has. */
export function intervalNamed(name: string, intervals: readonly Interval[] = INTERVALS): Interval {
  const found = intervals.find((interval) => interval.name === name)
  if (found !== undefined) return found
  throw new UsageError('USAGE_UNKNOWN_INTERVAL', `bybit has no interval ${name} here`, {
    suggestions: [`Take one of ${intervals.map((interval) => interval.name).join(', ')}`],
  })
}

/** The entry of Bybit's name: `60` → 1h. */
export function intervalOnWire(wire: string): Interval | undefined {
  return BY_WIRE.get(wire)
}
