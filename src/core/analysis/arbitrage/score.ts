/** How sure a finding is, and what is left of it when that is taken off. The formulas are told in docs/numbers.md. */

/** A half-life of price changes, ms: what is called the present volatility. */
const HALF_LIFE_MS = 60_000

/** Running variance of a mid per ms: exponentially weighted by time (RiskMetrics 1996, §5.2, with uneven steps). */
export class Volatility {
  #mid = Number.NaN
  #at = 0
  #variance = 0

  /** Times must not fall. */
  observe(mid: number, atMs: number): void {
    const elapsed = atMs - this.#at
    if (elapsed <= 0 && this.#mid > 0) return
    if (this.#mid > 0) {
      const change = (mid - this.#mid) / this.#mid
      const keep = 0.5 ** (elapsed / HALF_LIFE_MS)
      // Without a change the variance decays; with one, the squared change is spread over the time that it took.
      this.#variance = keep * this.#variance + ((1 - keep) * change * change) / elapsed
    }
    this.#mid = mid
    this.#at = atMs
  }

  /** Fraction² per ms. */
  get variance(): number {
    return this.#variance
  }
}

export interface ScoreInput {
  readonly netBps: number
  /** Of the older book. */
  readonly ageMs: number
  readonly maxAgeMs: number
  readonly skewMs: number
  readonly maxSkewMs: number
  /** Share of the size that both best levels carry. */
  readonly topShare: number
  /** Sum of the variances of both mids, fraction² per ms. */
  readonly variance: number
  readonly latencyMs: number
  /** Earlier opportunities of this pairing, and those of them that outlived the latency. */
  readonly seen: number
  readonly outlived: number
}

export interface Score {
  readonly confidence: number
  readonly riskBps: number
  readonly scoreBps: number
}

/** confidence = age · skew · depth · volatility · history, each 0 to 1; score in bps. */
export function scoreOf(input: ScoreInput): Score {
  const { netBps, ageMs, maxAgeMs, skewMs, maxSkewMs, topShare, variance, latencyMs, seen, outlived } = input
  const riskBps = 10_000 * Math.sqrt(variance * (latencyMs + ageMs))
  const age = 1 - 0.5 * Math.min(1, ageMs / maxAgeMs)
  const skew = 1 - 0.5 * Math.min(1, skewMs / maxSkewMs)
  const depth = 0.5 + 0.5 * topShare
  const volatility = netBps > 0 ? netBps / (netBps + riskBps) : 0
  const history = (outlived + 1) / (seen + 1)
  const confidence = age * skew * depth * volatility * Math.min(1, history)
  return { confidence, riskBps, scoreBps: confidence * netBps - (1 - confidence) * riskBps }
}
