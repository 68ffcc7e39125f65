/** Orders under way, and what the desk that sent them works with. */
import type { Account } from '../account.js'
import type { BacktestConfig } from '../config.js'
import type { RunJournal } from '../journal.js'
import type { FillReason } from '../result.js'
import type { Market } from './market.js'
import type { Pairs } from './pairs.js'

/** What one leg would hold in the end: base units with a sign, or a direction whose size the rule gives at the exchange. */
export interface TicketLeg {
  readonly market: Market
  readonly direction: 1 | -1 | 0
  /** Above 0; NaN: by the sizing rule. */
  readonly quantity: number
  /** Share of what the sizing rule gives. */
  readonly size: number
}

/** Orders that left together. */
export interface Ticket {
  readonly id: number
  readonly dueAt: number
  readonly expiresAt: number
  readonly legs: readonly TicketLeg[]
  readonly group: string | undefined
  readonly reason: FillReason
}

export interface DeskParts {
  readonly config: BacktestConfig
  readonly account: Account
  readonly journal: RunJournal
  readonly pairs: Pairs
}
