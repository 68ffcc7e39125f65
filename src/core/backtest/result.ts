/** What a backtest leaves behind. Times are ms UTC, prices in quote currency, quantities in base units, money in the account's. */
import type { Analysis, Direction } from '../strategies/contract.js'
import type { ParameterValues } from '../strategies/parameters.js'
import type { BacktestConfig } from './config.js'

/** Same four, same bytes. */
export interface Provenance {
  /** SHA-256 over the content of every column that the run could read. */
  readonly dataHash: string
  /** SHA-256 over strategy, parameters and configuration as canonical JSON. */
  readonly configHash: string
  readonly seed: number
  readonly version: string
}

export type FillReason =
  | 'signal'
  | 'order'
  | 'stop-loss'
  | 'take-profit'
  | 'trailing-stop'
  | 'liquidation'
  | 'drawdown-limit'
  | 'ruin'

export interface Fill {
  readonly order: number
  readonly asset: string
  readonly timestamp: number
  /** Step of the run: index into `timestamps` and `equity`. */
  readonly bar: number
  readonly side: 'buy' | 'sell'
  readonly quantity: number
  /** Slippage included. */
  readonly price: number
  readonly fee: number
  /** What slippage cost. */
  readonly slippage: number
  readonly liquidity: 'maker' | 'taker'
  readonly reason: FillReason
}

/** A position from the first fill until it is flat; a flip ends one and begins the next. Prices are averages over its fills. */
export interface Trade {
  readonly asset: string
  readonly side: 'long' | 'short'
  readonly entryTime: number
  readonly entryBar: number
  readonly exitTime: number
  readonly exitBar: number
  /** All that was entered. */
  readonly quantity: number
  readonly entryPrice: number
  readonly exitPrice: number
  readonly fees: number
  /** Paid (negative) or received. */
  readonly funding: number
  /** Net of fees and funding. */
  readonly pnl: number
  /** `pnl` to the notional at entry. */
  readonly return: number
  /** Steps between the first fill and the last. */
  readonly bars: number
  /** Distance to the first stop, in money; null without one. */
  readonly risk: number | null
  readonly exitReason: FillReason
}

export interface OpenPosition {
  readonly asset: string
  readonly side: 'long' | 'short'
  readonly entryTime: number
  readonly entryBar: number
  readonly quantity: number
  readonly entryPrice: number
  readonly price: number
  readonly unrealised: number
  readonly fees: number
  readonly funding: number
}

export interface FundingPayment {
  readonly asset: string
  readonly timestamp: number
  readonly bar: number
  readonly rate: number
  readonly quantity: number
  readonly price: number
  /** Of the account: negative is paid. */
  readonly amount: number
}

/** Why something that the strategy wanted did not happen. */
export type Block =
  | 'warm-up'
  | 'already-in-position'
  | 'nothing-to-close'
  | 'order-pending'
  | 'shorts-not-allowed'
  | 'insufficient-margin'
  | 'below-lot'
  | 'exposure-limit'
  | 'drawdown-limit'
  | 'ruined'
  | 'no-size'
  | 'expired'
  | 'not-filled-at-once'
  | 'cancelled-by-group'
  | 'position-closed'
  | 'cancelled'
  | 'replaced'
  | 'end-of-data'
  /** On a journal: the book could not be read when the order came; it ended before the order did; the other leg could not be sent. */
  | 'no-book'
  | 'no-depth'
  | 'other-leg'

export interface Decision {
  readonly asset: string
  /** Close time of the bar that decided. */
  readonly timestamp: number
  readonly bar: number
  readonly signal: Direction | 'order'
  readonly strength: number | null
  readonly confidence: number | null
  readonly reason: string
  /** Id of the order that came of it, or null and the reason in `block`. */
  readonly order: number | null
  readonly block: Block | null
}

export interface Blocked {
  readonly reason: Block
  readonly count: number
  /** Of the first: when, and what exactly. */
  readonly timestamp: number
  readonly example: string
}

/** Why a strategy said nothing, and on how many bars. */
export interface Silence {
  readonly reason: string
  readonly count: number
}

export interface BacktestResult {
  readonly strategy: string
  readonly parameters: ParameterValues
  readonly config: BacktestConfig
  readonly assets: readonly string[]
  readonly interval: string
  readonly provenance: Provenance
  /** Close time of each step. Shared with other runs over the same data: not to be changed. */
  readonly timestamps: Float64Array
  /** Marked to market at each close, after all fills. */
  readonly equity: Float64Array
  /** 1 where a position was held at the close. */
  readonly held: Uint8Array
  readonly trades: readonly Trade[]
  readonly fills: readonly Fill[]
  readonly funding: readonly FundingPayment[]
  readonly open: readonly OpenPosition[]
  readonly decisions: readonly Decision[]
  readonly blocked: readonly Blocked[]
  /** Why nothing was said, of strategies that tell it; most frequent first. */
  readonly silences: readonly Silence[]
  readonly warnings: readonly string[]
  /** What the strategy says of itself at the end, by asset. */
  readonly analysis: Readonly<Record<string, Analysis>>
}
