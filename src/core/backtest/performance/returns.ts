/**
 * Metrics of returns: one pure function each, over simple returns per period. Definitions stand in `definitions.ts`; `periods` is how many
 * such periods a year has, `riskFree` a rate per period. None gives a number where its definition has none.
 */

import { covariance, deviation, kurtosis, mean, normalCdf, quantile, skewness } from '../../analysis/statistics.js'
import { drawdowns } from '../../analysis/statistics-drawdown.js'
import { correlationOf } from '../../analysis/statistics-rolling.js'
import { none, numberOf, type Outcome, of } from './metric.js'

export type Returns = Float64Array

/** Equity over returns, the start at 1 left out. */
export function growthOf(returns: Returns): Float64Array {
  let value = 1
  return returns.map((r) => {
    value *= 1 + r
    return value
  })
}

/** A year's growth from less periods is arithmetic, not a finding. */
const FEWEST_FOR_A_YEAR = 10

export function totalReturn(returns: Returns): Outcome {
  return returns.length === 0 ? none('no-returns') : of((growthOf(returns).at(-1) ?? 1) - 1)
}

export function cagr(returns: Returns, periods: number): Outcome {
  if (returns.length === 0) return none('no-returns')
  if (returns.length < 2) return none('too-few-returns')
  if (returns.length < FEWEST_FOR_A_YEAR) return none('too-short-for-a-year')
  const growth = growthOf(returns).at(-1) ?? 1
  return growth < 0 ? none('ruined') : of(growth ** (periods / returns.length) - 1)
}

export function volatility(returns: Returns, periods: number): Outcome {
  return returns.length < 2 ? none('too-few-returns') : of(deviation(returns, 1) * Math.sqrt(periods))
}

export function sharpe(returns: Returns, periods: number, riskFree = 0): Outcome {
  if (returns.length < 2) return none('too-few-returns')
  const excess = riskFree === 0 ? returns : returns.map((r) => r - riskFree)
  const sd = deviation(excess, 1)
  return sd === 0 ? none('no-movement') : of((mean(excess) / sd) * Math.sqrt(periods))
}

export function downsideRisk(returns: Returns, periods: number, riskFree = 0): Outcome {
  if (returns.length === 0) return none('no-returns')
  let squares = 0
  for (const r of returns) squares += Math.min(r - riskFree, 0) ** 2
  return of(Math.sqrt(squares / returns.length) * Math.sqrt(periods))
}

export function sortino(returns: Returns, periods: number, riskFree = 0): Outcome {
  if (returns.length < 2) return none('too-few-returns')
  const downside = numberOf(downsideRisk(returns, periods, riskFree))
  return downside === 0 ? none('no-losses') : of(((mean(returns) - riskFree) * periods) / downside)
}

export function maxDrawdown(returns: Returns): Outcome {
  if (returns.length === 0) return none('no-returns')
  let deepest = 0
  for (const depth of drawdowns(growthOf(returns), 1)) deepest = Math.min(deepest, depth)
  return of(deepest)
}

export function calmar(growth: Outcome, depth: Outcome): Outcome {
  return perDepth(growth, depth)
}

export function ulcerIndex(returns: Returns): Outcome {
  if (returns.length < 2) return none('too-few-returns')
  let squares = 0
  for (const depth of drawdowns(growthOf(returns), 1)) squares += depth ** 2
  return of(Math.sqrt(squares / (returns.length - 1)))
}

export function recoveryFactor(gain: Outcome, depth: Outcome): Outcome {
  return perDepth(gain, depth)
}

function perDepth(gain: Outcome, depth: Outcome): Outcome {
  if (!('value' in gain)) return gain
  if (!('value' in depth)) return depth
  return depth.value === 0 ? none('no-drawdown') : of(gain.value / Math.abs(depth.value))
}

export function omega(returns: Returns): Outcome {
  if (returns.length === 0) return none('no-returns')
  let gains = 0
  let losses = 0
  for (const r of returns) {
    gains += Math.max(r, 0)
    losses -= Math.min(r, 0)
  }
  return losses === 0 ? none('no-losses') : of(gains / losses)
}

export function skew(returns: Returns): Outcome {
  return returns.length < 3 ? none('too-few-returns') : moving(skewness(returns))
}

export function excessKurtosis(returns: Returns): Outcome {
  return returns.length < 4 ? none('too-few-returns') : moving(kurtosis(returns) - 3)
}

export function valueAtRisk(returns: Returns): Outcome {
  return returns.length === 0 ? none('no-returns') : of(quantile(returns, 0.05))
}

export function conditionalValueAtRisk(returns: Returns): Outcome {
  if (returns.length === 0) return none('no-returns')
  const limit = quantile(returns, 0.05)
  return of(mean(returns.filter((r) => r <= limit)))
}

export function tailRatio(returns: Returns): Outcome {
  if (returns.length === 0) return none('no-returns')
  const low = quantile(returns, 0.05)
  return low === 0 ? none('zero-percentile') : of(Math.abs(quantile(returns, 0.95)) / Math.abs(low))
}

/** Bailey and López de Prado, The Sharpe Ratio Efficient Frontier (2012), against a Sharpe ratio of `threshold` per period. */
export function probabilisticSharpe(returns: Returns, threshold = 0): Outcome {
  if (returns.length < 3) return none('too-few-returns')
  const ratio = sharpe(returns, 1)
  if (!('value' in ratio)) return ratio
  return of(
    confidenceOfSharpe({ ratio: ratio.value, n: returns.length, skew: skewness(returns), kurtosis: kurtosis(returns) }, threshold),
  )
}

/** A Sharpe ratio per period from `n` returns with these moments; kurtosis not in excess. */
export interface SharpeSample {
  readonly ratio: number
  readonly n: number
  readonly skew: number
  readonly kurtosis: number
}

export function confidenceOfSharpe({ ratio, n, skew: s, kurtosis: k }: SharpeSample, threshold: number): number {
  return normalCdf(((ratio - threshold) * Math.sqrt(n - 1)) / Math.sqrt(1 - s * ratio + ((k - 1) / 4) * ratio * ratio))
}

export function beta(returns: Returns, benchmark: Returns): Outcome {
  if (returns.length < 2) return none('too-few-returns')
  return deviation(benchmark, 1) === 0
    ? none('flat-benchmark')
    : of(covariance(returns, benchmark) / covariance(benchmark, benchmark))
}

export function alpha(returns: Returns, benchmark: Returns, periods: number): Outcome {
  const slope = beta(returns, benchmark)
  return 'value' in slope ? of((mean(returns) - slope.value * mean(benchmark)) * periods) : slope
}

export function alphaGeometric(returns: Returns, benchmark: Returns, periods: number): Outcome {
  const slope = beta(returns, benchmark)
  return 'value' in slope ? of((1 + mean(returns) - slope.value * mean(benchmark)) ** periods - 1) : slope
}

export function correlation(returns: Returns, benchmark: Returns): Outcome {
  if (returns.length < 2) return none('too-few-returns')
  if (deviation(benchmark, 1) === 0) return none('flat-benchmark')
  return moving(correlationOf(returns, benchmark))
}

export function trackingError(returns: Returns, benchmark: Returns, periods: number): Outcome {
  return volatility(difference(returns, benchmark), periods)
}

export function informationRatio(returns: Returns, benchmark: Returns, periods: number): Outcome {
  return sharpe(difference(returns, benchmark), periods)
}

function difference(returns: Returns, benchmark: Returns): Returns {
  return returns.map((r, i) => r - (benchmark[i] ?? Number.NaN))
}

function moving(value: number): Outcome {
  return Number.isNaN(value) ? none('no-movement') : of(value)
}
