/** Which of two prices moves first, from ticks that come when they come: nothing is put on a grid. */

/** `times` in ms, strictly ascending; `prices` above 0. */
export interface TickSeries {
  readonly times: readonly number[]
  readonly prices: readonly number[]
}

/**
 * Correlation of Hayashi and Yoshida (2005, "On covariance estimation of non-synchronously observed diffusion processes"): the
 * products of all log returns whose time spans overlap, by the root of both sums of squares. `b` is seen `shiftMs` earlier.
 * `undefined` where one of them does not move.
 */
export function hayashiYoshida(a: TickSeries, b: TickSeries, shiftMs = 0): number | undefined {
  const returnsA = logReturns(a.prices)
  const returnsB = logReturns(b.prices)
  const [squaresA, squaresB] = [sumOfSquares(returnsA), sumOfSquares(returnsB)]
  if (!(squaresA > 0 && squaresB > 0)) return undefined
  const at = (times: readonly number[], i: number) => times[i] ?? Number.NaN
  let sum = 0
  let start = 0
  for (const [i, ofA] of returnsA.entries()) {
    const [from, to] = [at(a.times, i), at(a.times, i + 1)]
    while (start < returnsB.length && at(b.times, start + 1) - shiftMs <= from) start += 1
    for (let j = start; j < returnsB.length && at(b.times, j) - shiftMs < to; j++) sum += ofA * (returnsB[j] ?? 0)
  }
  return sum / Math.sqrt(squaresA * squaresB)
}

export interface LeadLag {
  /** Above 0: `a` moves first, by so many ms. */
  readonly lagMs: number
  readonly correlation: number
  /** Σ ρ² of the lags where `a` leads, by that of those where `b` does: above 1 `a` leads; `null` where `b` never does. */
  readonly leadLagRatio: number | null
}

/**
 * The lag at which the two agree most, in steps of `stepMs` from −`mostMs` to `mostMs` (Hoffmann, Rosenbaum and Yoshida 2013,
 * "Estimation of the lead-lag parameter from non-synchronous data"); of equal ones the smallest.
 */
export function leadLag(a: TickSeries, b: TickSeries, mostMs: number, stepMs: number): LeadLag | undefined {
  let best: { lagMs: number; correlation: number } | undefined
  let leads = 0
  let lags = 0
  for (const lagMs of lagsWithin(mostMs, stepMs)) {
    const correlation = hayashiYoshida(a, b, lagMs)
    if (correlation === undefined) return undefined
    if (lagMs > 0) leads += correlation ** 2
    if (lagMs < 0) lags += correlation ** 2
    if (best === undefined || Math.abs(correlation) > Math.abs(best.correlation)) best = { lagMs, correlation }
  }
  return best === undefined ? undefined : { ...best, leadLagRatio: lags > 0 ? leads / lags : null }
}

/** 0, step, −step, 2 · step … */
function lagsWithin(mostMs: number, stepMs: number): number[] {
  const count = Math.floor(mostMs / stepMs)
  return [0, ...Array.from({ length: count }, (_, i) => [(i + 1) * stepMs, -(i + 1) * stepMs]).flat()]
}

function logReturns(prices: readonly number[]): number[] {
  return prices.slice(1).map((price, i) => Math.log(price / (prices[i] ?? price)))
}

function sumOfSquares(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value * value, 0)
}
