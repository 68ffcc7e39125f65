/** Where a series is going: least squares on its own times, which need not be even. */
import { HOUR_MS } from '../market/time.js'
import { covariance, mean } from './statistics.js'

type Direction = 'rising' | 'falling' | 'flat'

export interface Trend {
  readonly direction: Direction
  /** Change of the fitted line from the first to the last time, as a fraction of the mean. */
  readonly fittedChange: number
  /** Slope by the hour, in the unit of the values. */
  readonly perHour: number
  /** Share of the variance that the line explains; `null` where nothing varies. */
  readonly rSquared: number | null
}

/**
 * slope = cov(t, y) / var(t). `flat` while the line moves less than `flatWithin` (a fraction of the mean of the values) over the
 * time. `times` in ms, ascending; `undefined` for fewer than two times, or a mean of 0.
 */
export function trendOf(times: readonly number[], values: readonly number[], flatWithin: number): Trend | undefined {
  const [first] = times
  const last = times.at(-1)
  if (first === undefined || last === undefined || last <= first) return undefined
  const centre = mean(values)
  if (centre === 0) return undefined
  const hours = times.map((time) => (time - first) / HOUR_MS)
  const spread = covariance(hours, hours)
  const shared = covariance(hours, values)
  const variance = covariance(values, values)
  const perHour = shared / spread
  const fittedChange = (perHour * ((last - first) / HOUR_MS)) / Math.abs(centre)
  const direction = Math.abs(fittedChange) < flatWithin ? 'flat' : fittedChange > 0 ? 'rising' : 'falling'
  return { direction, fittedChange, perHour, rSquared: variance > 0 ? (shared * shared) / (spread * variance) : null }
}
