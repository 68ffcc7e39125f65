/** What a backtest is told beside data and strategy. Money is in the account's currency, rates and shares are fractions. */
import { UsageError } from '../errors.js'
import type { ParameterValues } from '../strategies/parameters.js'

/**
 * `next-open`: a decision at a close fills at the next bar's open. `same-close`: at that very close, which nobody can do. `book`: on a
 * journal, by walking the recorded book `latencyMs` after the decision.
 */
export type FillMode = 'next-open' | 'same-close' | 'book'

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
  /** Of `book`: from the decision until the order is at the exchange, ms. */
  readonly latencyMs?: number
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
  allowShort: true,
  sizing: { kind: 'fraction', fraction: 1 },
  margin: { kind: 'cash' },
  fees: { maker: 0.001, taker: 0.001, fixed: 0 },
  slippage: { kind: 'none' },
  risk: {},
  strict: false,
  seed: 42,
}

/** Errors: `USAGE_BACKTEST`, naming the setting and what it may be. */
export function checkConfig(config: BacktestConfig, data: { readonly traded: readonly HasVolume[] }): void {
  const {
    cash,
    sizing,
    margin,
    participation,
    risk,
    fees,
    start = Number.NEGATIVE_INFINITY,
    end = Number.POSITIVE_INFINITY,
  } = config
  expect(cash > 0 && cash < Number.POSITIVE_INFINITY, `cash ${cash} is no amount above 0`)
  expect(start < end, 'the end does not lie after the start')
  expect(
    Object.values(sizing).every((value) => typeof value === 'string' || value > 0),
    'every number of the sizing lies above 0',
  )
  for (const rate of [fees, ...Object.values(config.feesOf ?? {})]) {
    // Makers can be paid; a fee beyond one half is a percentage that was meant as a fraction.
    expect(
      Math.abs(rate.maker) < 0.5 && rate.taker >= 0 && rate.taker < 0.5 && rate.fixed >= 0,
      'fees are fractions: 0.001 is 10 bps',
    )
  }
  for (const slippage of [config.slippage, ...Object.values(config.slippageOf ?? {})]) {
    expect(
      Object.values(slippage).every((value) => typeof value === 'string' || value >= 0),
      'slippage is not below 0',
    )
  }
  if (margin.kind === 'isolated') {
    expect(margin.leverage >= 1, `leverage ${margin.leverage} is below 1`)
    const isBelowMargin = margin.maintenanceRate >= 0 && margin.maintenanceRate < 1 / margin.leverage
    expect(isBelowMargin, `the maintenance rate ${margin.maintenanceRate} does not lie between 0 and 1 / leverage`)
  }
  expect(risk.maxDrawdown === undefined || (risk.maxDrawdown > 0 && risk.maxDrawdown < 1), 'the draw-down limit is a fraction')
  expect(risk.maxExposure === undefined || risk.maxExposure > 0, 'the exposure limit lies above 0')
  if (participation === undefined) return
  expect(participation > 0 && participation <= 1, `participation ${participation} is no fraction`)
  const bare = data.traded.find(({ columns }) => columns.volume.some(Number.isNaN))
  expect(bare === undefined, `participation needs the volume of every bar, and ${bare?.asset} has none`)
}

interface HasVolume {
  readonly asset: string
  readonly columns: { readonly volume: Float64Array }
}

function expect(holds: boolean, what: string): void {
  if (!holds) throw new UsageError('USAGE_BACKTEST', `This backtest cannot be: ${what}`)
}
