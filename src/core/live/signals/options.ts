import type { KnownRisk } from '../../signals/live/sizing.js'
import type { BookStrategy } from '../../strategies/book-contract.js'
import type { StrategySettings } from '../../strategies/settings.js'
import type { Trigger } from '../../strategies/triggers.js'

/** Which rules look at the feed, and how. */
export interface LiveSignalOptions {
  readonly triggers: readonly { readonly trigger: Trigger; readonly settings: StrategySettings }[]
  /** They trade on paper: what they would hold decides what they say next. */
  readonly books: readonly { readonly strategy: BookStrategy; readonly settings: StrategySettings }[]
  /** Equity of each of these, in quote currency. */
  readonly cash: number
  /** How much each of these assets moves, by what is stored at a moment (ms). Never throws. A replay has it from its recording. */
  readRisks?(assets: readonly string[], nowMs: number): readonly KnownRisk[]
  /** Until an order is at its exchange, ms. */
  readonly latencyMs: number
}
