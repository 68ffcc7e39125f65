/** How much of a live signal's size is kept in a market that moves more than usual. */
import type { RiskLevel } from '../contract.js'
import type { LiveSaying } from './contract.js'

/** What a run knows of how much an asset moves, and by what. */
export interface KnownRisk {
  readonly asset: string
  /** usual / present volatility, from 0.25 to 1; `null`: not known. */
  readonly volatilityFactor: number | null
  readonly riskLevel: RiskLevel | null
  /** The bars that say so, or why none do. */
  readonly basis: string
}

export interface SizedSaying {
  readonly size: number
  readonly volatilityFactor: number | null
  readonly riskLevel: RiskLevel | null
  /** What was made of the size that the rule gives; `null`: the rule leaves it as it is. */
  readonly sizing: string | null
}

/**
 * size = the rule's size · volatility factor, where the rule asks for it: one leg whose price is the risk. Of two legs the prices cancel out, and
 * who looks at an account of its own has sized itself.
 */
export function sizedBy(saying: LiveSaying, risk: KnownRisk | undefined): SizedSaying {
  const { size, isVolatilityAdjusted, counter, signal } = saying
  const riskLevel = risk?.riskLevel ?? null
  if (isVolatilityAdjusted !== true || counter !== undefined || signal === 'flat')
    return { size, volatilityFactor: null, riskLevel, sizing: null }
  const factor = risk?.volatilityFactor ?? null
  if (factor === null) {
    const why = risk?.basis ?? 'nothing is known of its bars'
    return { size, volatilityFactor: null, riskLevel, sizing: `not adjusted for volatility: ${why}` }
  }
  const told = `volatility ×${Math.round(factor * 10_000) / 10_000}`
  return { size: size * factor, volatilityFactor: factor, riskLevel, sizing: `${told}: ${risk?.basis ?? ''}` }
}
