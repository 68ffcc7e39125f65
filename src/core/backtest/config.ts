/** What a backtest is told beside data and strategy. Money is in the account's currency, rates and shares are fractions. */
import type { ParameterValues } from '../strategies/parameters.js'

/** `next-open`: a decision at a close fills at the next bar's open. `same-close`: at that very close, which nobody can do. */
export type FillMode = 'next-open' | 'same-close'

export interface Fees {
  /** Of the notional, for fills that rested in the book: limits and targets reached inside a bar. */
  readonly maker: number
  /** Of the notional, for all other fills. */
  readonly taker: number
  /** Per fill. */
  readonly fixed: number
}

/** Asked of every taker fill; the price of a fill moves against the order, also beyond the bar's range. */
export type Slippage =
  | { readonly kind: 'none' }
  | { readonly kind: 'bps'; readonly bps: number }
  /** Half of a spread that is given in basis points of the price. */
  | { readonly kind: 'half-spread'; readonly spreadBps: number }
  /** `price · impact · (quantity / volume of the bar)²`. */
  | { readonly kind: 'volume-share'; readonly impact: number }
  /** Walks recorded books; where there is none near enough it takes `fallbackBps` and counts it. */
  | { readonly kind: 'book-samples'; readonly fallbackBps: number }

export type Sizing =
  | { readonly kind: 'units'; readonly units: number }
  | { readonly kind: 'notional'; readonly notional: number }
  /** Fees included: `floor(equity · fraction / (price · (1 + rate) · lot)) · lot`, measured at the fill. */
  | { readonly kind: 'fraction'; readonly fraction: number }
  /** `target / volatility of the last bars`, a year's; at most `maxFraction` of equity. */
  | { readonly kind: 'volatility-target'; readonly target: number; readonly bars: number; readonly maxFraction: number }
  /** Kelly's share of the closed trades so far, times `multiplier`; `fallback` until there are `minTrades`. */
  | {
      readonly kind: 'kelly'
      readonly multiplier: number
      readonly minTrades: number
      readonly fallback: number
      readonly maxFraction: number
    }

export type Margin =
  /** Own money only; shorts need their notional in equity. */
  | { readonly kind: 'cash' }
  /** Each position has `notional / leverage` of its own and is closed when that is used up but for the maintenance rate. */
  | {
      readonly kind: 'isolated'
      readonly leverage: number
      readonly maintenanceRate: number
      /** Of the notional, charged when liquidated. */
      readonly liquidationFee: number
    }

export interface RiskLimits {
  /** Closes everything and opens nothing more once equity is this fraction below its highest. */
  readonly maxDrawdown?: number
  /** Sum of notionals to equity that no new order may exceed. */
  readonly maxExposure?: number
}

export interface BacktestConfig {
  readonly parameters: ParameterValues
  readonly cash: number
  /** First and last moment to trade, ms UTC, half open. Bars before `start` warm the strategy up. */
  readonly start?: number
  readonly end?: number
  readonly fill: FillMode
  readonly allowShort: boolean
  readonly sizing: Sizing
  readonly margin: Margin
  readonly fees: Fees
  readonly slippage: Slippage
  /** Of single assets, by name. */
  readonly feesOf?: Readonly<Record<string, Fees>>
  readonly slippageOf?: Readonly<Record<string, Slippage>>
  /** Most of a bar's volume that orders may take; what is left waits for the next bar. */
  readonly participation?: number
  readonly risk: RiskLimits
  /** Missing funding rates are an error instead of a warning. */
  readonly strict: boolean
  /** Noted in the result; a strategy that needs chance takes it from here. */
  readonly seed: number
}

/** What holds where nothing is said: one account of 100 000, everything in, the next open, 10 bps a fill. */
export const DEFAULT_CONFIG: BacktestConfig = {
  parameters: {},
  cash: 100_000,
  fill: 'next-open',
  allowShort: false,
  sizing: { kind: 'fraction', fraction: 1 },
  margin: { kind: 'cash' },
  fees: { maker: 0.001, taker: 0.001, fixed: 0 },
  slippage: { kind: 'none' },
  risk: {},
  strict: false,
  seed: 42,
}
