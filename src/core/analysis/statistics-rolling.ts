/** Numbers of the last n values, one push at a time. Each turn of the ring sums anew, so that rounding never adds up beyond n steps. */

/** Simple mean of the last `window` values. */
export class RollingMean {
  readonly window: number
  /** NaN until the window is full. */
  value = Number.NaN
  readonly #ring: Float64Array
  #at = 0
  #sum = 0
  /** What the sum is divided by: NaN until the window is full, which makes the mean NaN without a question on each push. */
  #count = Number.NaN

  constructor(window: number) {
    this.window = window
    this.#ring = new Float64Array(window)
  }

  push(value: number): void {
    const ring = this.#ring
    const at = this.#at
    this.#sum += value - (ring[at] as number)
    ring[at] = value
    this.#at = at + 1
    if (at + 1 === ring.length) this.#turn()
    this.value = this.#sum / this.#count
  }

  reset(): void {
    this.#ring.fill(0)
    this.value = Number.NaN
    this.#at = 0
    this.#sum = 0
    this.#count = Number.NaN
  }

  #turn(): void {
    this.#sum = sumOf(this.#ring)
    this.#at = 0
    this.#count = this.window
  }
}

/** Mean and standard deviation of the last `window` values: the sliding form of Welford's update. */
export class RollingMoments {
  readonly window: number
  /** NaN until the window is full. */
  mean = Number.NaN
  readonly #ring: Float64Array
  #at = 0
  #squares = 0
  #isFull = false

  constructor(window: number) {
    this.window = window
    this.#ring = new Float64Array(window)
  }

  push(value: number): void {
    const ring = this.#ring
    const at = this.#at
    const leaving = ring[at] as number
    ring[at] = value
    this.#at = at + 1
    if (this.#at === this.window) this.#turn()
    else if (this.#isFull) {
      const before = this.mean
      this.mean += (value - leaving) / this.window
      this.#squares += (value - leaving) * (value - this.mean + leaving - before)
    }
  }

  /** `ddof` 1 is the sample's, 0 the population's. Rounding noise of a constant window is 0. */
  deviation(ddof: 0 | 1): number {
    if (!this.#isFull) return Number.NaN
    const variance = this.#squares / (this.window - ddof)
    const noise = 1e-12 * Math.abs(this.mean)
    return variance <= noise * noise ? 0 : Math.sqrt(variance)
  }

  reset(): void {
    this.#ring.fill(0)
    this.mean = Number.NaN
    this.#at = 0
    this.#squares = 0
    this.#isFull = false
  }

  #turn(): void {
    const mean = sumOf(this.#ring) / this.window
    let squares = 0
    for (let i = 0; i < this.window; i++) squares += ((this.#ring[i] as number) - mean) ** 2
    this.mean = mean
    this.#squares = squares
    this.#at = 0
    this.#isFull = true
  }
}

// By index: an iterator over a typed array makes an object of each number.
function sumOf(values: Float64Array): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] as number
  return sum
}

type Series = Readonly<ArrayLike<number>>

/** z(i) = (x(i) − mean) / sd of the last `window` values, the present one included; NaN before, and where sd is 0. */
export function rollingZScore(values: Series, window: number, ddof: 0 | 1 = 1): Float64Array {
  const moments = new RollingMoments(window)
  return Float64Array.from(values, (value) => {
    moments.push(value)
    const deviation = moments.deviation(ddof)
    return deviation > 0 ? (value - moments.mean) / deviation : Number.NaN
  })
}

/** Standard deviation of the last `window` values times √`periods`; NaN before. */
export function rollingVolatility(returns: Series, window: number, periods: number, ddof: 0 | 1 = 1): Float64Array {
  const moments = new RollingMoments(window)
  return Float64Array.from(returns, (value) => {
    moments.push(value)
    return moments.deviation(ddof) * Math.sqrt(periods)
  })
}

/** x(i) / mean of the `window` values before i, which are without it; NaN before. */
export function ratioToMeanBefore(values: Series, window: number): Float64Array {
  const mean = new RollingMean(window)
  return Float64Array.from(values, (value) => {
    const before = mean.value
    mean.push(value)
    return before > 0 ? value / before : Number.NaN
  })
}

/** x(i) / x(i − window) − 1; NaN before. */
export function momentum(values: Series, window: number): Float64Array {
  return Float64Array.from(values, (value, i) => (i < window ? Number.NaN : value / (values[i - window] as number) - 1))
}

/** Pearson's correlation of the last `window` pairs; NaN before, and where one of the two does not move. */
export function rollingCorrelation(x: Series, y: Series, window: number): Float64Array {
  return Float64Array.from(x, (_, i) => (i + 1 < window ? Number.NaN : correlationOf(x, y, i + 1 - window, i + 1)))
}

/** Pearson's correlation of rows `from` to `to`, half open; NaN where one of the two does not move. */
export function correlationOf(x: Series, y: Series, from = 0, to = x.length): number {
  const n = to - from
  let sumX = 0
  let sumY = 0
  for (let i = from; i < to; i++) {
    sumX += x[i] as number
    sumY += y[i] as number
  }
  let xx = 0
  let yy = 0
  let xy = 0
  for (let i = from; i < to; i++) {
    const dx = (x[i] as number) - sumX / n
    const dy = (y[i] as number) - sumY / n
    xx += dx * dx
    yy += dy * dy
    xy += dx * dy
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : Number.NaN
}
