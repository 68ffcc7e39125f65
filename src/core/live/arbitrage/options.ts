/** What a scan looks for and how. */
import type { ArbitrageSettings } from '../../analysis/arbitrage/contract.js'
import type { FundingArbitrageSettings } from '../../analysis/arbitrage/funding.js'

export type OpportunityKind = 'spread' | 'funding'
export const OPPORTUNITY_KINDS: readonly OpportunityKind[] = ['spread', 'funding']

export interface ScanOptions {
  readonly kinds: ReadonlySet<OpportunityKind>
  readonly settings: ArbitrageSettings
  readonly funding: FundingArbitrageSettings
  /** Taker fees by exchange, fractions, in place of the base tier. */
  readonly fees: ReadonlyMap<string, number>
}
