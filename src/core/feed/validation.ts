/** Limits beyond which a value is flagged and counted. Nothing is ever dropped for them. */
export interface ValidationLimits {
  /** A wider spread than this, in bps of the mid, is flagged `outlier`. */
  readonly maxSpreadBps: number
  /** Distance from the rolling median in median absolute deviations at which a price is flagged `outlier`. */
  readonly outlierMads: number
  /** Exchange times further ahead of its usual clock than this, ms, are flagged `clock`. */
  readonly maxFutureMs: number
  /** Exchange times further behind than this, ms, are flagged `clock`. */
  readonly maxAgeMs: number
}

export const DEFAULT_LIMITS: ValidationLimits = { maxSpreadBps: 500, outlierMads: 10, maxFutureMs: 5_000, maxAgeMs: 60_000 }

const WINDOW = 101
/** A floor for the deviation: a market that stands still makes every tick an outlier otherwise. 10 bps of the price. */
const FLOOR = 0.001
const REFRESH_EVERY = 16

/** Rolling median and median absolute deviation of the last 101 prices (Hampel's identifier), refreshed every 16 values. */
export class PriceGuard {
  readonly #limits: ValidationLimits
  readonly #window = new Float64Array(WINDOW)
  #count = 0
  #median = Number.NaN
  #deviation = Number.NaN

  constructor(limits: ValidationLimits) {
    this.#limits = limits
  }

  /** Is this price far from the recent ones? The first 25 are taken as they come. */
  isOutlier(price: number): boolean {
    const isFar = this.#count >= 25 && Math.abs(price - this.#median) > this.#limits.outlierMads * this.#deviation
    this.#window[this.#count % WINDOW] = price
    this.#count += 1
    if (this.#count % REFRESH_EVERY === 0 || this.#count === 25) this.#refresh()
    return isFar
  }

  #refresh(): void {
    const prices = this.#window.slice(0, Math.min(this.#count, WINDOW)).sort()
    this.#median = prices[prices.length >> 1] as number
    for (let i = 0; i < prices.length; i++) prices[i] = Math.abs((prices[i] as number) - this.#median)
    prices.sort()
    this.#deviation = Math.max(prices[prices.length >> 1] as number, this.#median * FLOOR)
  }
}

/** Is the exchange's time impossible, given how its messages usually come? `latencyMs` as `ClockOffset.observe` gives it. */
export function isTimeSuspect(latencyMs: number, limits: ValidationLimits): boolean {
  return latencyMs < -limits.maxFutureMs || latencyMs > limits.maxAgeMs
}

export function isPlausibleTrade(price: number, quantity: number): boolean {
  return price > 0 && quantity > 0 && Number.isFinite(price) && Number.isFinite(quantity)
}
