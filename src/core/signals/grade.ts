/** From numbers to the words that a signal is told with. The thresholds are in docs/signals.md. */
import { quantile } from '../analysis/statistics.js'
import { rollingVolatility } from '../analysis/statistics-rolling.js'
import { YEAR_MS } from '../market/time.js'
import type { AssetRisk, RiskLevel, Strength } from './contract.js'

const MODERATE_FROM = 1 / 3
const STRONG_FROM = 2 / 3

/** `strength` from 0 to 1: below a third WEAK, from two thirds on STRONG. */
export function gradeOf(strength: number): Strength {
  if (strength >= STRONG_FROM) return 'STRONG'
  return strength >= MODERATE_FROM ? 'MODERATE' : 'WEAK'
}

const VOLATILITY_BARS = 30
/** Bars over which the usual volatility is taken, and the fewest that say what is usual. */
export const USUAL_BARS = 365
const FEWEST_BARS = 2 * VOLATILITY_BARS

const LEVELS: readonly RiskLevel[] = ['LOW', 'MEDIUM', 'HIGH']
const MEDIUM_FROM = 0.8
const HIGH_FROM = 1.25
/** A VIX above this is a market under stress, whatever the asset does. */
const STRESSED_VIX = 30

/** Oldest first; `timestamp` is the open, ms UTC. */
interface Closes {
  readonly timestamp: Float64Array
  readonly close: Float64Array
}

/**
 * Standard deviation (ddof 1) of the last 30 log returns, brought to a year, against its own median over the last 365 bars. A return over
 * missing bars is one of a longer time, and none of these. Below 60 returns both are null.
 */
export function riskOf({ timestamp, close }: Closes, intervalMs: number, vix: number | null): AssetRisk {
  const returns: number[] = []
  for (let i = close.length - 1; i > 0 && returns.length < USUAL_BARS + VOLATILITY_BARS - 1; i--) {
    const isNext = (timestamp[i] as number) - (timestamp[i - 1] as number) === intervalMs
    if (isNext) returns.push(Math.log((close[i] as number) / (close[i - 1] as number)))
  }
  returns.reverse()
  if (returns.length < FEWEST_BARS) return { volatility: null, usualVolatility: null, riskLevel: null }
  const rolling = rollingVolatility(Float64Array.from(returns), VOLATILITY_BARS, YEAR_MS / intervalMs).subarray(VOLATILITY_BARS - 1)
  const volatility = rolling.at(-1) ?? Number.NaN
  const usualVolatility = quantile(rolling, 0.5)
  // A price that does not move at all has no measure to go by.
  if (!(volatility > 0 && usualVolatility > 0)) return { volatility: null, usualVolatility: null, riskLevel: null }
  return { volatility, usualVolatility, riskLevel: levelOf(volatility / usualVolatility, vix) }
}

function levelOf(ratio: number, vix: number | null): RiskLevel {
  const own = ratio >= HIGH_FROM ? 2 : ratio >= MEDIUM_FROM ? 1 : 0
  return LEVELS[Math.min(2, own + (vix !== null && vix >= STRESSED_VIX ? 1 : 0))] ?? 'HIGH'
}

/** Smallest share of its usual size that a position keeps in a wild market. */
const LEAST_SHARE = 0.25

/** By how much a size is taken back where the asset moves more than usual: usual / present, from 0.25 to 1; NaN where not known. */
export function volatilityFactor({ volatility, usualVolatility }: AssetRisk): number {
  if (volatility === null || usualVolatility === null) return Number.NaN
  return Math.min(1, Math.max(LEAST_SHARE, usualVolatility / volatility))
}
