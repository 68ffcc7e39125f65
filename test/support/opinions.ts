/** What strategies might say, for tests of what is made of it. */
import type { AggregateRules } from '../../src/core/signals/aggregate.js'
import type { Opinion } from '../../src/core/signals/contract.js'
import { opinionId } from '../../src/core/signals/ids.js'

export const NOW = Date.UTC(2026, 0, 10)

export function opinion(changes: Partial<Opinion> = {}): Opinion {
  const content = {
    strategy: 'momentum',
    asset: 'bitcoin',
    signal: 'long' as const,
    strength: 0.5,
    confidence: 0.8,
    saidAt: NOW,
    source: 'binance',
    interval: '1d',
    ...changes,
  }
  return {
    id: opinionId(content),
    size: 0.02,
    reason: 'because',
    isNew: true,
    expiresAt: NOW + 86_400_000,
    doubt: null,
    ...content,
  }
}

export function rules(changes: Partial<AggregateRules> = {}): AggregateRules {
  return {
    now: NOW,
    conflict: 'weighted',
    minConfidence: new Map(),
    weights: new Map(),
    records: new Map(),
    risks: new Map(),
    maxPortfolioRisk: null,
    usualSize: 0.02,
    ...changes,
  }
}
