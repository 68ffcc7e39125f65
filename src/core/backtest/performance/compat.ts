/**
 * The same run in the words of other programs, to compare with their reports (`--metrics-as`). Formulas as coded there; what is
 * NaN, infinite or rounding noise there is NaN here. Periods a year and returns are ours.
 */

import { deviation, kurtosis, linearFit, mean, normalQuantile, quantile, skewness } from '../../analysis/statistics.js'
import { correlationOf } from '../../analysis/statistics-rolling.js'
import { numberOf } from './metric.js'
import * as ours from './returns.js'

type Numbers = Record<string, number>

/** empyrical-reloaded 0.5. Without a benchmark its four figures are left out. */
export function empyrical(returns: Float64Array, periods: number, benchmark?: Float64Array): Numbers {
  const logs = ours.growthOf(returns).map(Math.log)
  const worst = Float64Array.from(returns).sort()
  return {
    total_return: numberOf(ours.totalReturn(returns)),
    annual_return_cagr: growthRate(returns, periods),
    annual_volatility: numberOf(ours.volatility(returns, periods)),
    sharpe_ratio: numberOf(ours.sharpe(returns, periods)),
    sortino_ratio: numberOf(ours.sortino(returns, periods)),
    downside_risk: numberOf(ours.downsideRisk(returns, periods)),
    calmar_ratio: growthRate(returns, periods) / Math.abs(depthOf(returns)),
    max_drawdown: numberOf(ours.maxDrawdown(returns)),
    omega_ratio: numberOf(ours.omega(returns)),
    stability_of_timeseries: logs.every((value) => value === 0) ? 0 : linearFit(logs).rSquared,
    tail_ratio: numberOf(ours.tailRatio(returns)),
    value_at_risk_5pct: quantile(returns, 0.05),
    conditional_value_at_risk_5pct: mean(worst.subarray(0, Math.trunc(0.05 * (returns.length - 1)) + 1)),
    ...(benchmark !== undefined && {
      beta: numberOf(ours.beta(returns, benchmark)),
      alpha_annual: numberOf(ours.alphaGeometric(returns, benchmark, periods)),
      excess_sharpe: numberOf(ours.informationRatio(returns, benchmark, 1)),
    }),
  }
}

/** quantstats 0.0.81: everything on days, none of it on trades. */
export function quantstats(returns: Float64Array, periods: number, benchmark?: Float64Array): Numbers {
  const won = returns.filter((r) => r > 0)
  const lost = returns.filter((r) => r < 0)
  const active = returns.filter((r) => r !== 0)
  const winRate = active.length === 0 ? 0 : won.length / active.length
  const payoff = mean(won) / Math.abs(mean(lost))
  const total = mean(returns) * returns.length
  const losses = Math.abs(mean(lost) * lost.length)
  const sortino = numberOf(ours.sortino(returns, periods))
  const sd = deviation(returns, 1)
  const limit = sd > 0 ? mean(returns) + normalQuantile(0.05) * sd : Number.NaN
  const beyond = returns.filter((r) => r < limit)
  return {
    comp: numberOf(ours.totalReturn(returns)),
    cagr: growthRate(returns, periods),
    volatility: numberOf(ours.volatility(returns, periods)),
    sharpe: numberOf(ours.sharpe(returns, periods)),
    sortino,
    adjusted_sortino: sortino / Math.SQRT2,
    calmar: growthRate(returns, periods) / Math.abs(depthOf(returns)),
    max_drawdown: numberOf(ours.maxDrawdown(returns)),
    ulcer_index: numberOf(ours.ulcerIndex(returns)),
    omega: numberOf(ours.omega(returns)),
    value_at_risk_95: limit,
    cvar_95: beyond.length === 0 ? limit : mean(beyond),
    tail_ratio: numberOf(ours.tailRatio(returns)),
    win_rate: winRate,
    profit_factor: active.length === 0 ? 0 : (mean(won) * won.length || 0) / losses,
    payoff_ratio: payoff,
    gain_to_pain_ratio: total / losses,
    kelly_criterion: (payoff * winRate - (1 - winRate)) / payoff,
    skew: sampleSkewness(returns),
    excess_kurtosis: sampleKurtosis(returns),
    recovery_factor: Math.abs(total) / Math.abs(depthOf(returns)),
    exposure: Math.ceil((active.length / returns.length) * 100) / 100,
    consecutive_wins: longestRun(returns, (r) => r > 0),
    consecutive_losses: longestRun(returns, (r) => r < 0),
    expected_return: (1 + numberOf(ours.totalReturn(returns))) ** (1 / returns.length) - 1,
    best: Math.max(...returns),
    worst: Math.min(...returns),
    avg_win: mean(won),
    avg_loss: mean(lost),
    ...(benchmark !== undefined && {
      greeks_beta: numberOf(ours.beta(returns, benchmark)),
      greeks_alpha: numberOf(ours.alpha(returns, benchmark, periods)),
      r_squared: correlationOf(returns, benchmark) ** 2,
      information_ratio: numberOf(ours.informationRatio(returns, benchmark, 1)),
    }),
  }
}

function growthRate(returns: Float64Array, periods: number): number {
  return (1 + numberOf(ours.totalReturn(returns))) ** (periods / returns.length) - 1
}

function depthOf(returns: Float64Array): number {
  const depth = numberOf(ours.maxDrawdown(returns))
  return depth === 0 ? Number.NaN : depth
}

/** pandas: corrected for the sample's size; 0 where nothing moves. */
function sampleSkewness(values: Float64Array): number {
  const n = values.length
  if (n < 3) return Number.NaN
  return deviation(values, 0) === 0 ? 0 : (skewness(values) * Math.sqrt(n * (n - 1))) / (n - 2)
}

function sampleKurtosis(values: Float64Array): number {
  const n = values.length
  if (n < 4) return Number.NaN
  if (deviation(values, 0) === 0) return 0
  return ((n - 1) / ((n - 2) * (n - 3))) * ((n + 1) * (kurtosis(values) - 3) + 6)
}

function longestRun(values: Float64Array, isMeant: (value: number) => boolean): number {
  let longest = 0
  let run = 0
  for (const value of values) {
    run = isMeant(value) ? run + 1 : 0
    longest = Math.max(longest, run)
  }
  return longest
}
