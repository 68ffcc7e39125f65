/** What strategies say, and what becomes of it among each other. Times are ms UTC, shares and confidences fractions. */
import type { Direction } from '../strategies/contract.js'

export type Strength = 'WEAK' | 'MODERATE' | 'STRONG'
export type RiskLevel = 'LOW' | 'MEDIUM' | 'HIGH'

/** What one strategy says of one asset. */
export interface Opinion {
  /** Made of content. */
  readonly id: string
  readonly strategy: string
  readonly asset: string
  readonly signal: Direction
  /** How far the rule's number lies beyond its threshold, 0 to 1. */
  readonly strength: number
  /** 0 to 1. */
  readonly confidence: number
  /** Share of equity that the strategy asks for; null: it leaves that to whoever follows it. */
  readonly size: number | null
  readonly reason: string
  /** Close of the bar that it was said on. */
  readonly saidAt: number
  /** Said on the newest bar; else said before and still held. */
  readonly isNew: boolean
  readonly expiresAt: number
  /** Of the series that it was made of. */
  readonly source: string
  readonly interval: string
  /** Why it cannot be relied on, whatever it says. */
  readonly doubt: string | null
}

/** How one strategy has done so far: signals whose time is over, and how many of them were right. */
export interface TrackRecord {
  readonly hits: number
  readonly count: number
}

/** `weighted`: most of the weighted confidence; `majority`: most votes; `veto`: all or nothing; `strongest`: the best alone. */
export const CONFLICT_RULES = ['weighted', 'majority', 'veto', 'strongest'] as const
export type ConflictRule = (typeof CONFLICT_RULES)[number]

/** How much an asset moves at present, a year's standard deviation of log returns; null: too few bars. */
export interface AssetRisk {
  readonly volatility: number | null
  /** Its own median of late. */
  readonly usualVolatility: number | null
  readonly riskLevel: RiskLevel | null
}

/** What stands behind a size: the share asked for, and the factors that it was taken times. */
export interface Sizing {
  readonly asked: number
  readonly volatility: number
  readonly agreement: number
  readonly cap: number
}

export type Fate = 'kept' | 'changed' | 'dropped'

export interface JudgedSignal extends Opinion {
  readonly grade: Strength
  /** What its word counts: the weight of its settings times that of its track record; 1 is usual. */
  readonly weight: number
  readonly positionSize: number
  readonly riskLevel: RiskLevel | null
  readonly sizing: Sizing | null
  readonly fate: Fate
  readonly why: string
}

/** What all of them say of an asset together. */
export interface CombinedSignal {
  readonly id: string
  readonly asset: string
  /** null: they do not agree, and nothing is said. */
  readonly signal: Direction | null
  readonly strength: number
  readonly grade: Strength
  readonly confidence: number
  /** 0 to 1: 1 is unanimous. */
  readonly agreement: number
  /** Sum of its signals' sizes. */
  readonly positionSize: number
  readonly riskLevel: RiskLevel | null
  readonly expiresAt: number | null
  readonly why: string
  readonly strategies: readonly string[]
}

/** The name under which combined signals are stored. */
export const COMBINED = 'combined'
