/** Plain statistics of a sample. Each gives NaN where it is undefined; who reports a number turns that into null and a reason. */

type Sample = Readonly<ArrayLike<number>>

/** A deviation below this share of the largest value is rounding, not movement. */
const NOISE = 1e-12

export function mean(values: Sample): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] as number
  return sum / values.length
}

/** `ddof` 1 is the sample's, 0 the population's; 0 where the values differ by rounding only. */
export function deviation(values: Sample, ddof: 0 | 1): number {
  const n = values.length
  if (n <= ddof) return Number.NaN
  const centre = mean(values)
  let squares = 0
  let largest = 0
  for (let i = 0; i < n; i++) {
    const value = values[i] as number
    squares += (value - centre) ** 2
    largest = Math.max(largest, Math.abs(value))
  }
  const result = Math.sqrt(squares / (n - ddof))
  return result <= NOISE * largest ? 0 : result
}

/** Covariance with ddof 1. */
export function covariance(x: Sample, y: Sample): number {
  const n = x.length
  if (n < 2) return Number.NaN
  const centreX = mean(x)
  const centreY = mean(y)
  let sum = 0
  for (let i = 0; i < n; i++) sum += ((x[i] as number) - centreX) * ((y[i] as number) - centreY)
  return sum / (n - 1)
}

/** Linear interpolation between the sorted values, as numpy's default; `share` from 0 to 1. */
export function quantile(values: Sample, share: number): number {
  const n = values.length
  if (n === 0) return Number.NaN
  const sorted = Float64Array.from(values).sort()
  const position = share * (n - 1)
  const below = Math.floor(position)
  const low = sorted[below] as number
  const high = sorted[Math.min(below + 1, n - 1)] as number
  return low + (high - low) * (position - below)
}

/** The population's standardised third moment; NaN without movement. */
export function skewness(values: Sample): number {
  return standardisedMoment(values, 3)
}

/** The population's standardised fourth moment, 3 for a normal one: not in excess. NaN without movement. */
export function kurtosis(values: Sample): number {
  return standardisedMoment(values, 4)
}

function standardisedMoment(values: Sample, order: number): number {
  const sd = deviation(values, 0)
  if (!(sd > 0)) return Number.NaN
  const centre = mean(values)
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += (((values[i] as number) - centre) / sd) ** order
  return sum / values.length
}

/** Least squares of y on its row number. */
export function linearFit(y: Sample): { slope: number; intercept: number; rSquared: number } {
  const n = y.length
  const x = Float64Array.from({ length: n }, (_, i) => i)
  const spread = covariance(x, x)
  const slope = covariance(x, y) / spread
  const variance = covariance(y, y)
  const shared = covariance(x, y)
  return {
    slope,
    intercept: mean(y) - slope * mean(x),
    rSquared: variance > 0 ? (shared * shared) / (spread * variance) : Number.NaN,
  }
}

/** Standard normal distribution function, to about 1e-15: W. J. Cody's rational approximations of erfc (Math. Comp. 23, 1969). */
export function normalCdf(x: number): number {
  return 0.5 * erfc(-x / Math.SQRT2)
}

function erfc(x: number): number {
  const z = Math.abs(x)
  if (z < 0.46875) return 1 - x * rational(x * x, ERF_P, ERF_Q)
  const tail = z <= 4 ? rational(z, ERFC_P, ERFC_Q) : farTail(z)
  const scaled = tail * Math.exp(-z * z)
  return x > 0 ? scaled : 2 - scaled
}

function farTail(z: number): number {
  const y = 1 / (z * z)
  return (1 / Math.sqrt(Math.PI) - y * rational(y, FAR_P, FAR_Q)) / z
}

/** Coefficients from the highest power down. */
function rational(x: number, p: readonly number[], q: readonly number[]): number {
  return polynomial(x, p) / polynomial(x, q)
}

function polynomial(x: number, coefficients: readonly number[]): number {
  let value = 0
  for (const coefficient of coefficients) value = value * x + coefficient
  return value
}

const ERF_P = [0.18577770618460315, 3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694]
const ERF_Q = [1, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171]
const ERFC_P = [
  2.1531153547440383e-8, 0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001, 881.952221241769,
  1712.0476126340707, 2051.0783778260716, 1230.3393547979972,
]
const ERFC_Q = [
  1, 15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597, 4362.619090143247,
  3439.3676741437216, 1230.3393548037495,
]
const FAR_P = [
  0.016315387137302097, 0.30532663496123236, 0.36034489994980445, 0.12578172611122926, 0.016083785148742275, 0.0006587491615298378,
]
const FAR_Q = [1, 2.568520192289822, 1.8729528499234673, 0.5279051029514285, 0.06051834131244132, 0.0023352049762686918]

/** Inverse of `normalCdf`: P. J. Acklam's approximation and one step of Halley's method; ±Infinity at 1 and 0. */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) return p === 0 ? Number.NEGATIVE_INFINITY : p === 1 ? Number.POSITIVE_INFINITY : Number.NaN
  const x = acklam(p)
  const error = (normalCdf(x) - p) * Math.sqrt(2 * Math.PI) * Math.exp((x * x) / 2)
  return x - error / (1 + (x * error) / 2)
}

function acklam(p: number): number {
  if (p > 0.97575) return -acklam(1 - p)
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p))
    return rational(q, ACKLAM_C, ACKLAM_D)
  }
  const q = p - 0.5
  return q * rational(q * q, ACKLAM_A, ACKLAM_B)
}

const ACKLAM_A = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
]
const ACKLAM_B = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1]
const ACKLAM_C = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783,
]
const ACKLAM_D = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1]
