/** How much: the share of equity is settled at the decision, from what was known then; units follow at the fill, from its price. */
import { YEAR_MS } from '../market/time.js'
import type { Bars } from '../strategies/contract.js'
import type { Sizing } from './config.js'
import type { Trade } from './result.js'

/** Share of equity to put at risk; NaN: the rule needs none (units, notional) or cannot tell yet. */
export function fractionOf(sizing: Sizing, bars: Bars, intervalMs: number, trades: readonly Trade[]): number {
  if (sizing.kind === 'fraction') return sizing.fraction
  if (sizing.kind === 'volatility-target') {
    const volatility = recentVolatility(bars, sizing.bars) * Math.sqrt(YEAR_MS / intervalMs)
    return volatility > 0 ? Math.min(sizing.maxFraction, sizing.target / volatility) : Number.NaN
  }
  if (sizing.kind === 'kelly') {
    const share = trades.length < sizing.minTrades ? sizing.fallback : sizing.multiplier * kellyOf(trades)
    return Math.min(sizing.maxFraction, Math.max(0, share))
  }
  return Number.NaN
}

export function needsFraction(sizing: Sizing): boolean {
  return sizing.kind !== 'units' && sizing.kind !== 'notional'
}

/** Base units to trade at `price`, a multiple of `lot` where that is above 0. `rate` and `fixed` are the fees of the fill. */
export function unitsOf(sizing: Sizing, terms: SizingTerms): number {
  const { equity, price, fraction, scale, rate, fixed, lot } = terms
  if (sizing.kind === 'units') return wholeLots(sizing.units * scale, lot)
  if (sizing.kind === 'notional') return wholeLots((sizing.notional * scale) / price, lot)
  const money = equity * fraction * scale - fixed
  // The division by the lot comes in one go with the others: it is the form whose rounding the reference results have.
  return lot > 0 ? Math.floor(money / (price * (1 + rate) * lot)) * lot : money / (price * (1 + rate))
}

export interface SizingTerms {
  readonly equity: number
  readonly price: number
  readonly fraction: number
  readonly scale: number
  readonly rate: number
  readonly fixed: number
  readonly lot: number
}

/** Rounded down; a quantity within 1e-9 of a whole number of lots is that number. */
export function wholeLots(quantity: number, lot: number): number {
  if (!(lot > 0)) return quantity
  const lots = quantity / lot
  const nearest = Math.round(lots)
  return (Math.abs(lots - nearest) < 1e-9 * Math.max(1, lots) ? nearest : Math.floor(lots)) * lot
}

/** Standard deviation (ddof 1) of the last `count` log returns; NaN with fewer. */
function recentVolatility(bars: Bars, count: number): number {
  if (bars.length <= count) return Number.NaN
  let sum = 0
  for (let back = 0; back < count; back++) sum += Math.log(bars.close(back) / bars.close(back + 1))
  const mean = sum / count
  let squares = 0
  for (let back = 0; back < count; back++) squares += (Math.log(bars.close(back) / bars.close(back + 1)) - mean) ** 2
  return Math.sqrt(squares / (count - 1))
}

/** p − (1 − p) / (average win / average loss) over returns of trades; 1 without a loss, 0 without a win. */
function kellyOf(trades: readonly Trade[]): number {
  const wins = trades.filter((trade) => trade.return > 0)
  const losses = trades.filter((trade) => trade.return < 0)
  if (wins.length === 0) return 0
  if (losses.length === 0) return 1
  const averageWin = wins.reduce((sum, trade) => sum + trade.return, 0) / wins.length
  const averageLoss = losses.reduce((sum, trade) => sum - trade.return, 0) / losses.length
  const won = wins.length / trades.length
  return won - (1 - won) / (averageWin / averageLoss)
}
