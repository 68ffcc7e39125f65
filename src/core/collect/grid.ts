/** Which intervals can be collected. */
import { UsageError } from '../errors.js'
import { intervalMs } from '../market/interval.js'

const INTERVALS = ['1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '6h', '12h', '1d', '1w']

/** Length in ms of an interval that can be collected: `4h` → 14 400 000. Throws `UsageError` with those that there are. */
export function lengthOf(interval: string): number {
  const ms = INTERVALS.includes(interval) ? intervalMs(interval) : undefined
  if (ms !== undefined) return ms
  throw new UsageError('USAGE_UNKNOWN_INTERVAL', `Unknown interval: ${interval}`, {
    suggestions: [`Take auto or one of ${INTERVALS.join(', ')}`],
  })
}
