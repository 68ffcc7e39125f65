/**
 * What processes on any machine tell each other of an exchange that counts them as one, by their common address. Their clocks differ: a
 * moment is how long ago it was, ms.
 */
export interface Spent {
  readonly agoMs: number
  readonly weight: number
}

/** How a budget is counted: `BudgetWindow` says what the figures mean. */
export interface BudgetRule {
  readonly windowMs: number
  readonly isAligned: boolean
  readonly skewMs: number
  /** Weight that may be spent in one window, the reserve taken off. */
  readonly capacity: number
}

export interface SharedBan {
  /** Below 0: over for so long. */
  readonly leftMs: number
  readonly lengthMs: number
  readonly factor: number
  readonly reason: string
}

/** What one process says. It can be said twice: what was spent takes the place of what the same process said before. */
export interface Statement {
  /** By name of the budget, of the present windows: by this process alone. */
  readonly own: Readonly<Record<string, readonly Spent[]>>
  /** Wishes up to this number are in `own`, where they were granted; of later ones the answer is still under way. */
  readonly settled: number
  /** What it wants to spend now; numbered from 1. */
  readonly wants?: { readonly number: number; readonly budget: string; readonly weight: number }
  /** The exchange's own counts, in answers to requests sent `agoMs` ago. */
  readonly reports: readonly { readonly budget: string; readonly used: number; readonly agoMs: number }[]
  readonly ban?: SharedBan
}

export interface Verdict {
  /** 0: what was wanted is spent. Else it is not, and may be asked for again after so long. */
  readonly waitMs: number
  /** By all of them. */
  readonly spent: Readonly<Record<string, readonly Spent[]>>
  readonly ban?: SharedBan
}

/** What all processes with one address have in common of one service. */
export interface AddressLedger {
  readonly isReachable: boolean
  /** In a moment, and in one step among all of them. `undefined`: it cannot be reached; each machine is on its own. Never rejects. */
  say(statement: Statement): Promise<Verdict | undefined>
}

/** Opens the ledger of a service by its name and address; `rules` by name of the budget. */
export type OpenAddressLedger = (name: string, rules: Readonly<Record<string, BudgetRule>>) => AddressLedger
