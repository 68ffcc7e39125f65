/** Where a series is going: least squares on its own times, which need not be even. */
import { HOUR_MS } from '../market/time.js'
import { covariance, mean } from './statistics.js'

type Direction = 'rising' | 'falling' | 'flat'

/** Slope by its standard error. */
const LEAST_T = 2

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
 * time, or where the slope is less than twice its own standard error: r² (n − 2) / (1 − r²) < 4. `times` in ms, ascending; `undefined` for fewer than two times, or a mean of 0.
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
  const rSquared = variance > 0 ? Math.min(1, (shared * shared) / (spread * variance)) : null
  const isSteep = Math.abs(fittedChange) >= flatWithin && isBeyondNoise(rSquared ?? 0, times.length)
  return { direction: !isSteep ? 'flat' : fittedChange > 0 ? 'rising' : 'falling', fittedChange, perHour, rSquared }
}

/** A line fits any two points, and most swarms of them a little. */
function isBeyondNoise(rSquared: number, count: number): boolean {
  return rSquared * (count - 2) >= LEAST_T ** 2 * (1 - rSquared) && count > 2
}
