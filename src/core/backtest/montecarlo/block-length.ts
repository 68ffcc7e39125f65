import { deviation, mean } from '../../analysis/statistics.js'

/**
 * Mean block length of the stationary bootstrap that fits the memory of a series: Politis and White, Automatic Block-Length Selection for
 * the Dependent Bootstrap (2004), with the correction of Patton, Politis and White (2009). At least 1, at most min(3 √n, n / 3).
 */
export function automaticBlockLength(values: Float64Array): number {
  const n = values.length
  const most = Math.max(1, Math.ceil(Math.min(3 * Math.sqrt(n), n / 3)))
  const quiet = Math.max(5, Math.ceil(Math.sqrt(Math.log10(n))))
  const furthest = Math.min(n - 1, Math.ceil(Math.sqrt(n)) + quiet)
  if (!(deviation(values, 0) > 0)) return 1
  const covariances = autocovariances(values, furthest)
  const reach = Math.min(furthest, 2 * lastSignificantLag(covariances, n, quiet))
  let long = covariances[0] ?? 0
  let weighted = 0
  for (let lag = 1; lag <= reach; lag++) {
    const each = 2 * flatTop(lag / reach) * (covariances[lag] ?? 0)
    long += each
    weighted += each * lag
  }
  if (reach === 0 || long === 0) return 1
  const length = ((2 * weighted ** 2) / (2 * long ** 2)) ** (1 / 3) * n ** (1 / 3)
  return Math.min(most, Math.max(1, length))
}

function autocovariances(values: Float64Array, furthest: number): Float64Array {
  const centre = mean(values)
  return Float64Array.from({ length: furthest + 1 }, (_, lag) => {
    let sum = 0
    for (let i = lag; i < values.length; i++) sum += ((values[i] as number) - centre) * ((values[i - lag] as number) - centre)
    return sum / values.length
  })
}

/** The smallest lag after which `quiet` correlations in a row are no more than noise; the last significant one where there is no such row. */
function lastSignificantLag(covariances: Float64Array, n: number, quiet: number): number {
  const limit = 2 * Math.sqrt(Math.log10(n) / n) * (covariances[0] ?? 0)
  let last = 0
  for (let lag = 1; lag < covariances.length; lag++) {
    if (Math.abs(covariances[lag] ?? 0) >= limit) last = lag
    else if (lag - last >= quiet) return last
  }
  return last
}

/** Trapezoidal window: 1 up to a half, then down to 0 at 1. */
function flatTop(share: number): number {
  return share <= 0.5 ? 1 : Math.max(0, 2 * (1 - share))
}
