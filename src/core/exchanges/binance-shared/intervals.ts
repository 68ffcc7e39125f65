/** Lengths of candles and periods in ms; our names are Binance's. Weeks start on Monday, UTC. */
import { UsageError } from '../../errors.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** The first is the default. `1s`, `8h`, `3d` and `1M` are left out: other exchanges lack them. */
export const INTERVALS: Readonly<Record<string, number>> = {
  '1m': MINUTE,
  '3m': 3 * MINUTE,
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '30m': 30 * MINUTE,
  '1h': HOUR,
  '2h': 2 * HOUR,
  '4h': 4 * HOUR,
  '6h': 6 * HOUR,
  '12h': 12 * HOUR,
  '1d': DAY,
  '1w': 7 * DAY,
}

/** Periods of the open-interest history. */
export const PERIODS: Readonly<Record<string, number>> = {
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '30m': 30 * MINUTE,
  '1h': HOUR,
  '4h': 4 * HOUR,
  '1d': DAY,
}

/** Throws `UsageError` with the names that there are. */
export function lengthOf(name: string, lengths: Readonly<Record<string, number>>): number {
  const length = Object.hasOwn(lengths, name) ? lengths[name] : undefined
  if (length !== undefined) return length
  throw new UsageError('USAGE_UNKNOWN_INTERVAL', `Binance has no interval ${name} here`, {
    suggestions: [`Take one of ${Object.keys(lengths).join(', ')}`],
  })
}
